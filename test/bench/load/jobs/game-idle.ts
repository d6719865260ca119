/**
 * Turn-based games with everybody connected and nobody to move, until the runtime has evicted them; then each is asked.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs, residentBytes } from "../../process-stats.ts";
import { GameClient } from "../game-client.ts";

export type GameIdleParams = {
  /** Of a server that tells at `/probe` how often it has made each room. */
  readonly url: string;
  readonly game: string;
  readonly rooms: number;
  readonly playersEach: number;
  /** So long its CPU is counted while they sleep. */
  readonly measureMs: number;
  readonly serverPid: number;
};

export type GameIdleResult = {
  /** Rooms that were not made anew by what came after the wait, or that were made while nobody did anything. */
  readonly awake: number;
  readonly sockets: number;
  readonly serverCpuMs: number;
  readonly residentBytes: number;
  /** From a ping to its answer, out of sleep; of the slowest room. */
  readonly slowestWakeMs: number;
};

const AT_ONCE = 8;
/** The runtime evicts an object 10 s after its last event. */
const ASLEEP_MS = 14_000;
const ANSWER_MS = 30_000;

type Table = { readonly roomId: string; readonly players: readonly GameClient[]; answered: () => void };

export async function gameIdle(params: GameIdleParams): Promise<GameIdleResult> {
  const { rooms, playersEach, measureMs, serverPid, url } = params;
  const tables: Table[] = [];
  try {
    for (let from = 0; from < rooms; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, rooms - from);
      tables.push(...(await Promise.all(Array.from({ length: count }, () => sitDown(params)))));
    }
    await pause(ASLEEP_MS);
    const before = await madeOf(url);
    const cpuBeforeMs = cpuMs(serverPid);
    await pause(measureMs);
    const serverCpuMs = cpuMs(serverPid) - cpuBeforeMs;
    const still = await madeOf(url);
    const resident = residentBytes(serverPid);
    let slowestWakeMs = 0;
    // One after the other: a thousand at once would measure the queue.
    for (const table of tables) slowestWakeMs = Math.max(slowestWakeMs, await wakeMs(table));
    const woken = await madeOf(url);
    const awake = tables.filter(
      ({ roomId }) => woken(roomId) !== still(roomId) + 1 || still(roomId) !== before(roomId),
    ).length;
    const lost = tables.flatMap(({ players }) => players).filter(({ closeReason }) => closeReason !== undefined);
    if (lost.length > 0) throw new Error(`${lost.length} sockets were closed: ${lost[0]?.closeReason}`);
    return { awake, sockets: rooms * playersEach, serverCpuMs, residentBytes: resident, slowestWakeMs };
  } finally {
    for (const { players } of tables) for (const { socket } of players) socket.terminate();
  }
}

async function sitDown({ url, game, playersEach }: GameIdleParams): Promise<Table> {
  const first = await GameClient.join({ url, game }, { onFrame: () => table.answered() });
  const players = [first];
  const table: Table = { roomId: first.roomId, players, answered: () => undefined };
  while (players.length < playersEach) players.push(await GameClient.join({ url, game, roomId: first.roomId }));
  return table;
}

async function wakeMs(table: Table): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("a room did not answer")), ANSWER_MS);
  table.answered = resolve;
  const startMs = performance.now();
  table.players[0]?.ping();
  await promise.finally(() => clearTimeout(timer));
  return performance.now() - startMs;
}

async function madeOf(url: string): Promise<(roomId: string) => number> {
  const probe = new URL("/probe", url.replace(/^ws/, "http"));
  // SAFETY: what the Worker of these measurements answers.
  const made = (await (await fetch(probe)).json()) as Readonly<Record<string, number>>;
  return (roomId) => made[`default/game/${roomId}`] ?? 0;
}
