/**
 * First syncs of documents nobody has open: how long until the last of so many clients has everything.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs, peakBytes, residentBytes, resetPeak } from "../../process-stats.ts";
import type { Expected } from "../content.ts";
import { Joiner, lastComplete } from "../joiner.ts";
import type { LoadAddress } from "../load-client.ts";
import { ReplicaCheck } from "../replica-check.ts";

export type JoinParams = {
  /** Joined by one client {@link WARM_UP_JOINS} times before the others: what runs for the first time is slow on both sides. */
  readonly warmUp: { readonly address: LoadAddress; readonly expected: Expected };
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
};

export type JoinResult = {
  /** The first of all since the server started: its code is cold. */
  readonly cold: JoinSample;
  readonly samples: readonly JoinSample[];
  /** The most that was resident during the samples. */
  readonly peakBytes: number;
  /** The same above what was resident after the warm-up: what one document leaves behind counts for the next one. */
  readonly growthBytes: number;
};

const WARM_UP_JOINS = 10;
/** Between documents, so that what one still does is not the next one's. */
const REST_BETWEEN_MS = 300;

type JoinOne = { readonly address: LoadAddress; readonly check: ReplicaCheck } & Pick<
  JoinParams,
  "clients" | "serverPid"
>;

export async function join(params: JoinParams): Promise<JoinResult> {
  const { addresses, expected, clients, serverPid } = params;
  const cold = await warmUp(params);
  await pause(REST_BETWEEN_MS);
  const baseBytes = residentBytes(serverPid);
  resetPeak(serverPid);
  const check = new ReplicaCheck(expected);
  const samples: JoinSample[] = [];
  for (const address of addresses) {
    samples.push(await joinOne({ address, check, clients, serverPid }));
    await pause(REST_BETWEEN_MS);
  }
  const peak = peakBytes(serverPid);
  return { cold, samples, peakBytes: peak, growthBytes: peak - baseBytes };
}

async function warmUp({ warmUp: { address, expected }, serverPid }: JoinParams): Promise<JoinSample> {
  const joinIt = { address, check: new ReplicaCheck(expected), clients: 1, serverPid };
  const cold = await joinOne(joinIt);
  for (let count = 1; count < WARM_UP_JOINS; count += 1) await joinOne(joinIt);
  return cold;
}

async function joinOne({ address, check, clients, serverPid }: JoinOne): Promise<JoinSample> {
  const cpuBeforeMs = cpuMs(serverPid);
  const startedMs = performance.now();
  const joiners = Array.from({ length: clients }, () => new Joiner(address));
  try {
    // Nothing else is done before the last one has its answer: what checks would slow who still reads.
    await Promise.all(joiners.map((joiner) => joiner.client.whenSynced()));
    const completeMs = await lastComplete(joiners, check);
    return {
      ms: completeMs === undefined ? undefined : completeMs - startedMs,
      receivedBytes: joiners[0]?.client.bytesReceived ?? 0,
      serverCpuMs: cpuMs(serverPid) - cpuBeforeMs,
    };
  } finally {
    await Promise.all(joiners.map((joiner) => joiner.client.leave()));
  }
}
