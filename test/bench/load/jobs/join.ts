/**
 * First syncs of documents nobody has open: how long until the last of so many clients has everything.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs, peakBytes, residentBytes, resetPeak } from "../../process-stats.ts";
import type { Expected } from "../content.ts";
import { type LoadAddress, LoadClient } from "../load-client.ts";
import { ReplicaCheck } from "../replica-check.ts";

export type JoinParams = {
  /** One after the other. */
  readonly addresses: readonly LoadAddress[];
  /** Of each document, all at once. */
  readonly clients: number;
  readonly expected: Expected;
  readonly serverPid: number;
};

/** One document; without `ms` where a client got something else than was typed. */
export type JoinSample = {
  /** From the first connect to the last complete replica. */
  readonly ms: number | undefined;
  /** By one client. */
  readonly receivedBytes: number;
  readonly serverCpuMs: number;
  readonly peakBytes: number;
  /** Of resident memory, from before to the highest point. */
  readonly growthBytes: number;
};

/** A server that answers before it has loaded sends the rest as updates: so long after its answer they count. */
const REST_MS = 10_000;
const REST_POLL_MS = 10;
/** Between documents, so that what one leaves behind is not the next one's. */
const REST_BETWEEN_MS = 300;

export async function join(params: JoinParams): Promise<readonly JoinSample[]> {
  const check = new ReplicaCheck(params.expected);
  const samples: JoinSample[] = [];
  for (const address of params.addresses) {
    await pause(REST_BETWEEN_MS);
    samples.push(await joinOne(address, check, params));
  }
  return samples;
}

async function joinOne(address: LoadAddress, check: ReplicaCheck, params: JoinParams): Promise<JoinSample> {
  const { clients, serverPid } = params;
  const before = { cpuMs: cpuMs(serverPid), residentBytes: residentBytes(serverPid) };
  resetPeak(serverPid);
  const startedMs = performance.now();
  const joiners = Array.from({ length: clients }, () => new Joiner(address));
  try {
    // Nothing else is done before the last one has its answer: what checks would slow who still reads.
    await Promise.all(joiners.map((joiner) => joiner.client.whenSynced()));
    const completeMs: (number | undefined)[] = [];
    for (const joiner of joiners) completeMs.push(await joiner.whenComplete(check));
    const serverCpuMs = cpuMs(serverPid) - before.cpuMs;
    const peak = peakBytes(serverPid);
    const isComplete = completeMs.every((atMs) => atMs !== undefined);
    return {
      ms: isComplete ? Math.max(...completeMs.map((atMs) => atMs ?? 0)) - startedMs : undefined,
      receivedBytes: joiners[0]?.client.bytesReceived ?? 0,
      serverCpuMs,
      peakBytes: peak,
      growthBytes: peak - before.residentBytes,
    };
  } finally {
    await Promise.all(joiners.map((joiner) => joiner.client.leave()));
  }
}

class Joiner {
  readonly client: LoadClient;
  readonly #updates: { readonly update: Uint8Array; readonly atMs: number }[] = [];
  #answered = 0;

  constructor(address: LoadAddress) {
    this.client = new LoadClient(address, {
      onHeard: (heard) => {
        if (heard.type !== "update") return;
        this.#updates.push({ update: heard.update, atMs: performance.now() });
        if (heard.completes && this.#answered === 0) this.#answered = this.#updates.length;
      },
    });
  }

  /** When it had everything; undefined when it never did. */
  async whenComplete(check: ReplicaCheck): Promise<number | undefined> {
    const deadline = performance.now() + REST_MS;
    for (let count = this.#answered; ; count += 1) {
      while (this.#updates.length < count) {
        if (performance.now() > deadline) return undefined;
        await pause(REST_POLL_MS);
      }
      const had = this.#updates.slice(0, count);
      if (check.isComplete(had.map(({ update }) => update))) return had.at(-1)?.atMs;
    }
  }
}
