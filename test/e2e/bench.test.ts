/**
 * `npm run bench` on real servers, as small as it gets.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { bench } from "../bench/bench.ts";
import { descendants } from "../bench/process-tree.ts";
import type { Scenario } from "../bench/scenario.ts";
import { SCENARIOS } from "../bench/scenarios.ts";
import type { Target } from "../bench/target.ts";
import { TARGETS } from "../bench/targets/targets.ts";

const SMALL = ["fan-out-10", "--quick", "--rounds=1", "--targets=raw relay,Roost"];

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roost-bench-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(args: readonly string[], scenarios: readonly Scenario[], targets: readonly Target[]) {
  const lines: string[] = [];
  const code = await bench(args, {
    scenarios,
    targets,
    resultsDir: join(folder, "results"),
    stateRoot: folder,
    print: (line) => lines.push(line),
  });
  return { code, output: lines.join("\n") };
}

test("[BN12] raw relay and Roost are measured, and a goal that is out of reach fails --check", async () => {
  const goals = [
    { figure: "deliveredPerSecond", atLeast: 1 },
    { figure: "deliveredPerSecond", against: "raw relay", atLeast: 1_000_000 },
  ] as const;
  const scenarios = SCENARIOS.map((scenario) => ({ ...scenario, goals }));
  const { code, output } = await run([...SMALL, "--check"], scenarios, Object.values(TARGETS));
  expect(output).toMatch(/^ {2}raw relay( +\d[\d,.]*){5}$/m);
  expect(output).toMatch(/^ {2}Roost( +\d[\d,.]*){5}$/m);
  expect(output).toMatch(/^ {2}Roost: delivered\/s +≥ 1 +[\d,.]+ +kept$/m);
  expect(output).toMatch(/^ {2}Roost: delivered\/s ÷ raw relay +≥ 1,000,000 +[\d,.]+ +broken$/m);
  expect([code, output]).toEqual([1, expect.stringContaining("bench: fan-out-10: 1 of 2 goals not kept")]);
});

/** Relays frames, but forgets one in a hundred. */
const FORGETFUL: Target = {
  name: "raw relay",
  wire: "relay",
  start: async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    let heard = 0;
    server.on("connection", (socket) =>
      socket.on("message", (frame) => {
        heard += 1;
        if (heard % 100 === 0) return;
        for (const other of server.clients) {
          if (other !== socket && other.readyState === WebSocket.OPEN) other.send(frame);
        }
      }),
    );
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return {
      socketUrl: () => `ws://127.0.0.1:${address.port}`,
      pid: () => process.pid,
      kill9: () => Promise.reject(new Error("it lives in the test")),
      stop: async () => {
        for (const socket of server.clients) socket.terminate();
        server.close();
        await once(server, "close");
      },
    };
  },
};

test("[BN12] a server that loses an update has no figures, only an error", async () => {
  const { code, output } = await run(["fan-out-10", "--quick", "--rounds=1"], SCENARIOS, [FORGETFUL]);
  expect(code).toBe(1);
  expect(output).toMatch(/raw relay: FAILED: .*an update was skipped/);
  expect(output).toMatch(/^ {2}raw relay( +failed){5}$/m);
});

test("[BN13] Ctrl-C leaves neither a process nor a file behind", async () => {
  const main = spawn(process.execPath, [join(import.meta.dirname, "../bench/main.ts"), ...SMALL], {
    env: { ...process.env, TMPDIR: folder },
    stdio: "ignore",
  });
  const { pid = 0 } = main;
  // The server's own process, the runtime below it, and the load generator.
  await expect.poll(() => descendants(pid).length, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(3);
  const started = [pid, ...descendants(pid)];
  const exited = once(main, "exit");
  main.kill("SIGINT");
  expect(await exited).toEqual([130, null]);
  await expect.poll(() => started.filter(isAlive), { timeout: 5_000, interval: 20 }).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
