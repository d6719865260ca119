/**
 * A crowd that comes back at once after its server was replaced: everybody has the document but for what was typed meanwhile.
 * @module
 */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import * as Y from "yjs";
import { cpuMs, peakBytes, residentBytes, resetPeak } from "../../process-stats.ts";
import { digestOf } from "../content.ts";
import { Joiner, lastComplete } from "../joiner.ts";
import { type LoadAddress, LoadClient } from "../load-client.ts";
import { ReplicaCheck } from "../replica-check.ts";
import { typedUpdate } from "../typed-updates.ts";
import { untilThere } from "./type-document.ts";

export type ReconnectParams = {
  readonly address: LoadAddress;
  readonly sockets: number;
  /** What everybody has, V1; the server has it too. */
  readonly state: Uint8Array;
  /** Keystrokes of somebody who was back earlier; none of a server that takes no updates. */
  readonly edits: number;
  readonly serverPid: number;
};

export type ReconnectResult = {
  /** From the first connect to the last complete replica. */
  readonly tookMs: number;
  readonly serverCpuMs: number;
  readonly peakBytes: number;
  /** Over what was resident before they came. */
  readonly growthBytes: number;
  /** By all of them. */
  readonly receivedBytes: number;
};

const EARLY_BIRD = 990_000;
/** More handshakes than that would fill the listening queue of a server of Node, and the kernel retries after a second. */
const HANDSHAKES_AT_ONCE = 250;
const QUIET_MS = 1_000;

/** Rejects unless everybody ends up with the document and every edit. */
export async function reconnect(params: ReconnectParams): Promise<ReconnectResult> {
  const { address, sockets, state, edits, serverPid } = params;
  const { check, stateVector, updates } = whatTheyMustHave(state, edits);
  const typist = await typeEdits(address, updates);
  await pause(QUIET_MS);
  const before = { cpuMs: cpuMs(serverPid), residentBytes: residentBytes(serverPid) };
  resetPeak(serverPid);
  const joiners: Joiner[] = [];
  const startedMs = performance.now();
  try {
    const comeBack = async (): Promise<void> => {
      while (joiners.length < sockets) {
        const joiner = new Joiner(address, stateVector);
        joiners.push(joiner);
        await once(joiner.client.socket, "open");
      }
    };
    await Promise.all(Array.from({ length: HANDSHAKES_AT_ONCE }, comeBack));
    await Promise.all(joiners.map(({ client }) => client.whenSynced()));
    const completeMs = await lastComplete(joiners, check);
    if (completeMs === undefined) throw new Error("somebody never had everything");
    const peak = peakBytes(serverPid);
    return {
      tookMs: completeMs - startedMs,
      serverCpuMs: cpuMs(serverPid) - before.cpuMs,
      peakBytes: peak,
      growthBytes: peak - before.residentBytes,
      receivedBytes: joiners.reduce((sum, { client }) => sum + client.bytesReceived, 0),
    };
  } finally {
    for (const client of [typist, ...joiners.map((joiner) => joiner.client)]) client.socket.terminate();
  }
}

function whatTheyMustHave(state: Uint8Array, edits: number) {
  const updates = Array.from({ length: edits }, (_, clock) => typedUpdate(EARLY_BIRD, clock));
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  const stateVector = Y.encodeStateVector(doc);
  for (const update of updates) Y.applyUpdate(doc, update);
  const roots = [...doc.share.keys()].toSorted();
  const expected = { stateVector: Y.encodeStateVector(doc), roots, digest: digestOf(doc, roots) };
  return { check: new ReplicaCheck(expected, state), stateVector, updates };
}

/** Resolves when the server itself says that it has them, with who typed them: they stay. */
async function typeEdits(address: LoadAddress, updates: readonly Uint8Array[]): Promise<LoadClient> {
  const typist = await LoadClient.join(address);
  if (updates.length === 0) return typist;
  for (const update of updates) typist.sendUpdate(update);
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  await untilThere(address, Y.encodeStateVector(doc));
  return typist;
}
