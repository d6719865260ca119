/**
 * The load of games, on real servers and on one that cheats.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { InputRelayResult } from "../bench/load/jobs/input-relay.ts";
import { runJob } from "../bench/load/run-job.ts";
import type { TargetName } from "../bench/target.ts";
import { ensurePeers } from "../bench/targets/peers.ts";
import { TARGETS } from "../bench/targets/targets.ts";
import { loadOn, withTarget } from "../bench/with-target.ts";
import { startServer } from "../support/server.ts";
import { upTo } from "../support/up-to.ts";

const ROOT = join(import.meta.dirname, "../..");
const CLIENTS = 6;
const SMALL = { clients: CLIENTS, perSecond: 20, bytes: 64, warmUpMs: 200, measureMs: 1_000 } as const;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roost-bench-games-"));
  // Installed once, from the network: no time of a test.
  await ensurePeers();
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test.for<TargetName>(["raw relay", "raw batching", "PartyServer broadcast", "Colyseus", "Roost games"])(
  "[BN16] %s relays every input of everybody to all others",
  { timeout: 180_000 },
  async (name) => {
    const target = TARGETS[name];
    const expected = CLIENTS * SMALL.perSecond * (CLIENTS - 1);
    // What comes in a second in which the machine stood still, or in the one after it, says nothing. An input that is lost is an error.
    const isUndisturbed = ({ delivered }: InputRelayResult) => delivered > expected / 2 && delivered < expected * 2;
    const result = await withTarget(target, join(folder, name), (running) => {
      const relay = (room: number) => runJob("input-relay", { ...loadOn(target, running, `bench-${room}`), ...SMALL });
      let rooms = 0;
      return upTo(4, () => relay((rooms += 1)), isUndisturbed);
    });
    expect(result.delivered).toBeGreaterThan(expected / 2);
    expect(result.delivered).toBeLessThan(expected * 2);
    expect(result.frames).toBeGreaterThan(0);
    expect(result.p50Ms).toBeLessThanOrEqual(result.p99Ms);
  },
);

test.for([
  ["lost", (frame: Buffer) => (Math.random() < 0.2 ? [] : [frame])],
  ["told twice", (frame: Buffer) => (Math.random() < 0.2 ? [frame, frame] : [frame])],
] as const)("[BN16] an input that is %s is an error", async ([, forward]) => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => {
    socket.on("message", (frame: Buffer) => {
      for (const other of server.clients) if (other !== socket) for (const each of forward(frame)) other.send(each);
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { readonly port: number };
  const address = { url: `ws://127.0.0.1:${port}`, wire: "relay", documentId: "bench" } as const;
  try {
    await expect(runJob("input-relay", { address, serverPid: process.pid, ...SMALL })).rejects.toThrow(
      /input \d+ of \d+ came where \d+ was due/,
    );
  } finally {
    server.close();
    for (const socket of server.clients) socket.terminate();
  }
});

async function loadtest(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(ROOT, "test/bench/loadtest.ts"), ...args], { cwd: ROOT });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return { code, output };
}

/** Rooms of four players, and what is told of the game. */
const PLAYED = [
  ["arena", "1 room", /^latency: own input +p50 [\d.]+ ms, p99 [\d.]+ ms$[^]*^tick jitter: clients +p50 [\d.]+ ms/m],
  ["relay", "1 room", /^latency: others' input +p50 [\d.]+ ms, p99 [\d.]+ ms$/m],
  ["board", "2 rooms", /^latency: ping +p50 [\d.]+ ms, p99 [\d.]+ ms$/m],
] as const;

const NO_DROPS = /^drops +0 sockets, 0 inputs without an answer, 0 too many$/m;

// One plays, the other waits for rooms to fall asleep.
test.concurrent(
  "[BN17] the load test plays each of the games, and says what it measured",
  { timeout: 240_000 },
  async () => {
    const server = await startServer();
    try {
      for (const [game, rooms, told] of PLAYED) {
        const where = game === "arena" ? [] : ["--url", server.url];
        // After a second in which the machine stood still a room has too many inputs at once.
        const play = () => loadtest("--game", game, "--clients", "4", "--seconds", "2", ...where);
        const { code, output } = await upTo(4, play, (played) => NO_DROPS.test(played.output));
        expect(output).toMatch(told);
        expect(output).toMatch(new RegExp(`^game +${game}, 4 clients in ${rooms}, 2 s$`, "m"));
        expect(output).toMatch(NO_DROPS);
        expect(code).toBe(0);
      }
    } finally {
      await server.stop();
    }
  },
);

test.concurrent(
  "[BN17] a game that nobody plays, or a count that is none, is answered with what there is",
  { timeout: 120_000 },
  async () => {
    for (const args of [["--game", "chess"], ["--clients", "0"], ["--seconds", "soon"], ["--what"]]) {
      expect(await loadtest(...args)).toEqual({ code: 2, output: expect.stringContaining("--game arena|relay|board") });
    }
  },
);

test.concurrent(
  "[BN18] games that wait for a move are counted asleep, and those that something keeps awake are not",
  { timeout: 120_000 },
  async () => {
    const target = TARGETS["Roost games"];
    const measured = await withTarget(target, join(folder, "idle"), async (running) => {
      const { address, serverPid } = loadOn(target, running, "");
      const params = { url: address.url, serverPid, rooms: 4, measureMs: 500 };
      const [asleep, awake] = await Promise.all([
        runJob("game-idle", { ...params, game: "board", playersEach: 2 }),
        runJob("game-idle", { ...params, game: "arena", playersEach: 1 }),
      ]);
      return [asleep.awake, awake.awake];
    });
    expect(measured).toEqual([0, 4]);
  },
);
