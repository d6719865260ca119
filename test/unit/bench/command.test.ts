import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bench } from "../../bench/bench.ts";
import { parseCommandLine } from "../../bench/command-line.ts";
import { descendants } from "../../bench/process-tree.ts";
import { inOrderOf, runScenario } from "../../bench/runner.ts";
import type { Scenario } from "../../bench/scenario.ts";
import { SCENARIOS } from "../../bench/scenarios.ts";
import { NO_SERVER, scenarioOf } from "./made-up.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roost-bench-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(scenarios: readonly Scenario[], ...args: readonly string[]) {
  const lines: string[] = [];
  const code = await bench(args, {
    scenarios,
    targets: NO_SERVER,
    resultsDir: join(folder, "results"),
    stateRoot: folder,
    print: (line) => lines.push(line),
  });
  return { code, output: lines.join("\n") };
}

const kept = (path: string) => JSON.parse(readFileSync(join(folder, "results", path), "utf8"));

describe("npm run bench", () => {
  it("[BN8] measures every server once a round, each time in another order", async () => {
    const order: string[] = [];
    const scenario = scenarioOf({
      measure: (target) => {
        order.push(target.name);
        return Promise.resolve({ perSecond: 1 });
      },
    });
    await run([scenario], "--rounds=3");
    expect(order).toEqual(["raw relay", "Roost", "Roost", "raw relay", "raw relay", "Roost"]);
  });

  it("[BN8] lets every server come after every other one, and be in every place, equally often", () => {
    for (const count of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const servers = Array.from({ length: count }, (_, index) => index);
      const rounds = count % 2 === 0 ? count : 2 * count;
      const orders = Array.from({ length: rounds }, (_, index) => inOrderOf(index + 1, servers));
      const places = orders.flatMap((order) => order.map((server, place) => `${server} in ${place}`));
      const pairs = orders.flatMap((order) => order.slice(1).map((server, index) => `${server} after ${order[index]}`));
      for (const [seen, kinds] of [
        [places, count * count],
        [pairs, count * (count - 1)],
      ] as const) {
        const times = Object.values(Object.groupBy(seen, (one) => one)).map((all) => all?.length);
        expect([count, times.length, new Set(times).size <= 1]).toEqual([count, kinds, true]);
      }
    }
    expect(inOrderOf(3, [])).toEqual([]);
  });

  it("[BN8] gives each measurement an empty folder and removes it, whatever comes of it", async () => {
    const folders: string[] = [];
    const scenario = scenarioOf({
      measure: ({ name }, _scale, stateDir) => {
        expect(readdirSync(stateDir)).toEqual([]);
        writeFileSync(join(stateDir, "row"), "bytes");
        folders.push(stateDir);
        return name === "Roost" ? Promise.resolve({ perSecond: 1 }) : Promise.reject(new Error("deaf"));
      },
    });
    await run([scenario]);
    expect(new Set(folders).size).toBe(4);
    expect(folders.filter((path) => existsSync(path))).toEqual([]);
  });

  it("[BN7] names server and error of what fails, goes on with the rest and ends with an error", async () => {
    const deaf = scenarioOf({
      id: "deaf",
      measure: ({ name }) =>
        name === "Roost" ? Promise.reject(new Error("0 of 45 were delivered")) : Promise.resolve({ perSecond: 1 }),
    });
    const { code, output } = await run([deaf, scenarioOf()]);
    expect(code).toBe(1);
    expect(output).toContain("bench: deaf, round 1: Roost failed: 0 of 45 were delivered");
    expect(kept("made-up.json").measurements).toHaveLength(4);
  });

  it("[BN7] goes on well without a server that no goal is about, and says so", async () => {
    const targets = ["raw relay", "Roost", "y-websocket"] as const;
    const measure: Scenario["measure"] = ({ name }) =>
      name === "y-websocket"
        ? Promise.reject(new Error("deaf"))
        : Promise.resolve({ perSecond: name === "Roost" ? 30 : 10 });
    const { code, output } = await run([scenarioOf({ targets, measure })], "--check");
    expect([code, output]).toEqual([
      0,
      expect.stringContaining("bench: not needed: made-up, round 1: y-websocket failed: deaf"),
    ]);
  });

  it("[BN7] counts figures that are no numbers as failed", async () => {
    const nan = await run([scenarioOf({ measure: () => Promise.resolve({ perSecond: Number.NaN }) })]);
    expect(nan.code).toBe(1);
    expect(nan.output).toContain("perSecond is NaN");
  });

  it("[BN7] counts a measurement that does not end as failed, and ends what it started", async () => {
    let started = 0;
    const endless = scenarioOf({
      measure: () => {
        started = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }).pid ?? 0;
        return new Promise(() => undefined);
      },
    });
    const options = {
      scale: "full",
      rounds: 1,
      stateRoot: folder,
      onMeasured: () => undefined,
      timeoutMs: 50,
    } as const;
    expect(await runScenario(endless, NO_SERVER.slice(0, 1), options)).toEqual([
      { round: 1, target: "raw relay", error: "it took more than 50 ms" },
    ]);
    expect(started).toBeGreaterThan(0);
    await expect.poll(() => descendants(process.pid).includes(started), { timeout: 20_000 }).toBe(false);
  });

  it("[BN6] prints figures with their spread and judges goals; a broken one counts under --check alone", async () => {
    const good = await run([scenarioOf()], "--check");
    expect(good).toMatchObject({ code: 0 });
    expect(good.output).toMatch(/Roost: .*÷ raw relay +≥ 2 +3 +kept/);
    const slow = scenarioOf({ measure: () => Promise.resolve({ perSecond: 10 }) });
    expect((await run([slow])).code).toBe(0);
    const broken = await run([slow], "--check");
    expect(broken.code).toBe(1);
    expect(broken.output).toMatch(/÷ raw relay +≥ 2 +1 +broken/);
    const goal = { figure: "perSecond", atMost: 9, worst: true, note: "the runtime holds a frame for 10 ms" };
    const noted = await run([scenarioOf({ goals: [goal] })]);
    expect(noted.output).toMatch(
      /Roost: per second +≤ 9 in every round +30 +broken\n +the runtime holds a frame for 10 ms$/m,
    );
  });

  it("[BN6] fails when nothing was measured", async () => {
    expect((await run([], "--check")).code).toBe(1);
    expect((await run([scenarioOf({ targets: ["Roost"] })], "--targets=raw relay")).code).toBe(1);
  });

  it("[BN9] answers a name or flag it does not know with those it knows", async () => {
    const cases = [
      [["fan-out-11"], 'no scenario "fan-out-11". There are: made-up'],
      [["--targets=Rost"], 'no server "Rost". There are: raw relay, Roost'],
      [["--targets="], 'no server "". There are: raw relay, Roost'],
      [["--chek"], "There are: --check, --quick, --rounds=n"],
      [["--rounds=0"], "from 1 to 100"],
      [["--rounds=2.5"], "from 1 to 100"],
    ] as const;
    for (const [args, text] of cases) {
      const { code, output } = await run([scenarioOf()], ...args);
      expect([args, code, output]).toEqual([args, 2, expect.stringContaining(text)]);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("[BN9] takes scenarios in their order, servers in any spelling, and everything when nothing is named", () => {
    const choices = { scenarios: ["a", "b"], targets: ["raw relay", "y-websocket"] } as const;
    const all = { scenarios: ["a", "b"], targets: undefined, rounds: undefined, scale: "full", isCheck: false };
    expect(parseCommandLine([], choices)).toEqual({ ok: true, value: all });
    expect(
      parseCommandLine(["b", "a", "b", "--targets=Raw-Relay", "--quick", "--check", "--rounds=3"], choices),
    ).toEqual({
      ok: true,
      value: { scenarios: ["a", "b"], targets: ["raw relay"], rounds: 3, scale: "quick", isCheck: true },
    });
  });

  it("[BN10] keeps every raw round; a quick or partial run never replaces a whole one", async () => {
    await run([scenarioOf()]);
    const whole = kept("made-up.json");
    expect(whole).toMatchObject({
      id: "made-up",
      scale: "full",
      rounds: 2,
      shortcuts: [],
      targets: ["raw relay", "Roost"],
    });
    expect(whole.machine).toMatchObject({ node: process.versions.node });
    expect(whole.version.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(whole.measurements[0]).toEqual({ round: 1, target: "raw relay", figures: { perSecond: 10 } });
    const faster = scenarioOf({ measure: () => Promise.resolve({ perSecond: 99 }) });
    for (const flag of ["--quick", "--rounds=1", "--targets=Roost"]) {
      const { output } = await run([faster], flag);
      expect(output).toContain("not for README");
    }
    expect(kept("made-up.json")).toEqual(whole);
    expect(kept("trial/made-up.json").shortcuts).toEqual(["without raw relay"]);
  });

  it("[BN11] lists every scenario once, with figures and goals that can be judged", () => {
    const ids = SCENARIOS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, targets, goals, rounds, columns } of SCENARIOS) {
      const named = goals.flatMap(({ of, against }) => [of ?? "Roost", ...(against === undefined ? [] : [against])]);
      expect([id, named.filter((name) => !targets.includes(name))]).toEqual([id, []]);
      const unbound = goals.filter(({ atLeast, atMost }) => atLeast === undefined && atMost === undefined);
      expect([id, unbound, rounds > 0, goals.length > 0, columns.length > 0]).toEqual([id, [], true, true, true]);
    }
  });
});
