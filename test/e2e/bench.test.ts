/**
 * `npm run bench` on real servers, as small as it gets.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { bench } from "../bench/bench.ts";
import { descendants } from "../bench/process-tree.ts";
import type { Scenario } from "../bench/scenario.ts";
import { SCENARIOS } from "../bench/scenarios.ts";
import type { Target, TargetName, WireName } from "../bench/target.ts";
import { TARGETS } from "../bench/targets/targets.ts";

const SMALL = ["fan-out-10", "--quick", "--rounds=1", "--targets=raw relay,Roost"];

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "roost-bench-test-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(args: readonly string[], scenarios: readonly Scenario[], targets: readonly Target[]) {
  return await inFolder(async (folder) => {
    const lines: string[] = [];
    const code = await bench(args, {
      scenarios,
      targets,
      resultsDir: join(folder, "results"),
      stateRoot: folder,
      print: (line) => lines.push(line),
    });
    return { code, output: lines.join("\n") };
  });
}

test(
  "[BN12] raw relay and Roost are measured, and a goal that is out of reach fails --check",
  { timeout: 120_000 },
  async () => {
    const goals = [
      { figure: "deliveredPerSecond", atLeast: 1 },
      { figure: "deliveredPerSecond", against: "raw relay", atLeast: 1_000_000 },
    ] as const;
    const scenarios = SCENARIOS.map((scenario) => ({ ...scenario, goals }));
    const { code, output } = await run([...SMALL, "--check"], scenarios, Object.values(TARGETS));
    expect(output).toMatch(/^ {2}raw relay( +\d[\d,.]*){5} +[\d.]+ %$/m);
    expect(output).toMatch(/^ {2}Roost( +\d[\d,.]*){5} +[\d.]+ %$/m);
    expect(output).toMatch(/^ {2}Roost: delivered\/s +≥ 1 +[\d,.]+ +kept$/m);
    expect(output).toMatch(/^ {2}Roost: delivered\/s ÷ raw relay +≥ 1,000,000 +[\d,.]+ +broken$/m);
    expect([code, output]).toEqual([1, expect.stringContaining("bench: fan-out-10: 1 of 2 goals not kept")]);
  },
);

type FakeServer = {
  readonly name: TargetName;
  readonly wire: WireName;
  /** Of every frame; `index` counts them. */
  readonly hear: (from: FakeSocket, frame: Buffer, index: number) => void;
};

type FakeSocket = {
  /** From 1. */
  readonly number: number;
  readonly send: (frame: Uint8Array) => void;
  readonly sendToOthers: (frame: Uint8Array) => void;
};

/** A server in this process that does what it should not. */
function fake({ name, wire, hear }: FakeServer): Target {
  return {
    name,
    wire,
    start: async () => {
      const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
      await once(server, "listening");
      let [frames, sockets] = [0, 0];
      const rooms = new Map<WebSocket, string | undefined>();
      server.on("connection", (socket, { url }) => {
        rooms.set(socket, url);
        const others = () =>
          [...server.clients].filter(
            (other) => other !== socket && rooms.get(other) === url && other.readyState === other.OPEN,
          );
        const number = (sockets += 1);
        const send = (frame: Uint8Array) => socket.send(frame);
        const sendToOthers = (frame: Uint8Array) => others().forEach((other) => other.send(frame));
        socket.on("message", (frame: Buffer) => hear({ number, send, sendToOthers }, frame, (frames += 1)));
      });
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      const dropAll = () => [...server.clients].forEach((socket) => socket.terminate());
      return {
        socketUrl: (id) => `ws://127.0.0.1:${address.port}/${id}`,
        pid: () => process.pid,
        kill9: async () => dropAll(),
        stop: async () => {
          dropAll();
          server.close();
          await once(server, "close");
        },
      };
    },
  };
}

/** Relays frames, but forgets one in thirty. */
const FORGETFUL = fake({
  name: "raw relay",
  wire: "relay",
  hear: ({ sendToOthers }, frame, index) => index % 30 !== 0 && sendToOthers(frame),
});

/** Relays everything but what its first client sends. */
const DEAF = fake({
  name: "Roost",
  wire: "relay",
  hear: ({ number, sendToOthers }, frame) => number !== 1 && sendToOthers(frame),
});

const STEP_1 = Buffer.of(0, 0);
const EMPTY_STEP_2 = Uint8Array.of(0, 1, 2, 0, 0);
const ACK = Uint8Array.of(8, 1);

/** Acknowledges every update and keeps none. */
const LIAR = fake({
  name: "Roost",
  wire: "y-websocket",
  hear: ({ send }, frame) => send(frame.subarray(0, 2).equals(STEP_1) ? EMPTY_STEP_2 : ACK),
});

test(
  "[BN12] moves of somebody whom nobody hears are no moves in time, and leave no p99",
  { timeout: 120_000 },
  async () => {
    const { code, output } = await run(["presence-200", "--quick", "--rounds=1", "--check"], SCENARIOS, [DEAF]);
    // A thirtieth of the moves is nobody's; where the machine stands still others are late, too.
    expect(output).toMatch(/^ {2}Roost: in time share +≥ 100 %.* (?:\d|[1-8]\d|9[0-7])(\.\d+)? % +broken$/m);
    expect(output).toMatch(/^ {2}Roost: p99 ms .*Roost has no p99Ms +unknown$/m);
    expect(code).toBe(1);
  },
);

// What fails is no measurement, and waits rather than works: all of these at once.
test.concurrent.each(["fan-out-10", "pace-50", "many-documents"])(
  "[BN12] a server that loses an update has no figures of %s, only an error",
  { timeout: 120_000 },
  async (id) => {
    const { code, output } = await run([id, "--quick", "--rounds=1"], SCENARIOS, [FORGETFUL]);
    expect(code).toBe(1);
    expect(output).toMatch(/raw relay: FAILED: .*(an update was skipped|reached everybody|updates arrived)/);
    expect(output).toMatch(/^ {2}raw relay( +failed)+$/m);
  },
);

test.concurrent(
  "[BN12] what a server acknowledged and does not have after a kill is lost",
  { timeout: 120_000 },
  async () => {
    const { code, output } = await run(["kill", "--quick", "--rounds=1", "--check"], SCENARIOS, [LIAR]);
    expect(output).toMatch(/^ {2}Roost: lost +≤ 0.* [1-9][\d,]* +broken$/m);
    expect(output).toMatch(/lost share 100 %/);
    expect(code).toBe(1);
  },
);

test.concurrent("[BN13] Ctrl-C leaves neither a process nor a file behind", { timeout: 90_000 }, async ({ expect }) => {
  await inFolder(async (folder) => {
    const main = spawn(process.execPath, [join(import.meta.dirname, "../bench/main.ts"), ...SMALL], {
      env: { ...process.env, TMPDIR: folder },
      stdio: "ignore",
    });
    const { pid = 0 } = main;
    // The server's own process, the runtime below it, and the load generator.
    await expect.poll(() => descendants(pid).length, { timeout: 30_000, interval: 20 }).toBeGreaterThanOrEqual(3);
    const started = [pid, ...descendants(pid)];
    const exited = once(main, "exit");
    main.kill("SIGINT");
    expect(await exited).toEqual([130, null]);
    await expect.poll(() => started.filter(isAlive), { timeout: 20_000, interval: 20 }).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
