/**
 * Typists at a steady pace, far from saturation: how late the last receiver has each keystroke.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs } from "../../process-stats.ts";
import { Arrivals } from "../arrivals.ts";
import { Histogram } from "../histogram.ts";
import { type LoadAddress, LoadClient, joinMany } from "../load-client.ts";
import { typedUpdate } from "../typed-updates.ts";

export type PaceParams = {
  readonly address: LoadAddress;
  readonly clients: number;
  readonly typists: number;
  /** Of all typists together. */
  readonly updatesPerSecond: number;
  readonly updates: number;
  readonly serverPid: number;
};

export type PaceResult = {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly updates: number;
  readonly serverCpuMs: number;
};

const FIRST_TYPIST = 1_000;
/** The first ones meet cold code. */
const WARM_UP_UPDATES = 50;
/** One figure is the ratio of two latencies of a few milliseconds. */
const BUCKET_MS = 0.01;
/** The same arrivals for every server and round. */
const SEED = 20_261_023;
const DRAIN_MS = 20_000;

export async function pace(params: PaceParams): Promise<PaceResult> {
  const sockets: LoadClient[] = [];
  const latencies = new Histogram(BUCKET_MS);
  let completed = 0;
  let failure: Error | undefined;
  const arrivals = new Arrivals({
    typists: Array.from({ length: params.typists }, (_, index) => ({
      client: FIRST_TYPIST + index,
      socket: () => sockets[index],
    })),
    receivers: params.clients - 1,
    maxUpdates: params.updates,
    onComplete: (_typist, latencyMs) => {
      completed += 1;
      if (completed > WARM_UP_UPDATES) latencies.add(latencyMs);
    },
  });
  const onFrame = (frame: Uint8Array, client: LoadClient): void => {
    try {
      arrivals.heard(frame, client);
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  };
  try {
    await joinMany(params.clients, async (index) => {
      const client = new LoadClient(params.address, { onFrame });
      sockets[index] = client;
      await client.whenSynced();
      return client;
    });
    await pause(500);
    const cpuBeforeMs = cpuMs(params.serverPid);
    await type(params, (index) => {
      const typist = index % params.typists;
      const clock = Math.floor(index / params.typists);
      arrivals.sent(typist, clock);
      sockets[typist]?.sendUpdate(typedUpdate(FIRST_TYPIST + typist, clock));
    });
    const deadline = performance.now() + DRAIN_MS;
    while (completed < params.updates && failure === undefined && performance.now() < deadline) await pause(10);
    if (failure !== undefined) throw failure;
    if (completed < params.updates) throw new Error(`${completed} of ${params.updates} reached everybody`);
    const serverCpuMs = cpuMs(params.serverPid) - cpuBeforeMs;
    return { p50Ms: latencies.percentile(0.5), p99Ms: latencies.percentile(0.99), updates: completed, serverCpuMs };
  } finally {
    for (const client of sockets) client.socket.terminate();
  }
}

/**
 * Calls `send` for each update at its own time; a late timer does not shift those that follow. Gaps are exponential, as those
 * of people who do not know of each other: on an even grid of 20 ms no keystroke would ever meet a flush.
 */
async function type({ updates, updatesPerSecond }: PaceParams, send: (index: number) => void): Promise<void> {
  const random = seeded(SEED);
  const meanGapMs = 1_000 / updatesPerSecond;
  let dueMs = performance.now();
  for (let index = 0; index < updates; index += 1) {
    const leftMs = dueMs - performance.now();
    if (leftMs > 0) await pause(leftMs);
    send(index);
    dueMs -= meanGapMs * Math.log(1 - random());
  }
}

/** Numbers in [0, 1), the same ones for the same seed: the linear congruential generator of Numerical Recipes. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
