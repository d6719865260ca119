/**
 * First syncs after a restart: documents are filled, the server ends and starts on what it kept, and people join.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import * as encoding from "lib0/encoding";
import { splitUpdate } from "../../../src/core/document/split-parts.ts";
import { MAX_ROW_BYTES } from "../../../src/protocol/limits.ts";
import { cpuMs } from "../process-stats.ts";
import type { Figures } from "../scenario.ts";
import { median } from "../statistics.ts";
import type { RunningTarget, Target, TargetName } from "../target.ts";
import { loadOn } from "../with-target.ts";
import type { Content } from "./content.ts";
import type { JoinSample } from "./jobs/join.ts";
import { runJob } from "./run-job.ts";

/** These may not lose anything: what they answer is asserted, and what others answer is a figure. */
const MUST_BE_RIGHT: readonly TargetName[] = ["Roost", "stored bytes"];
/** Longer than any of them waits before it saves (y-partyserver 2 s, Hocuspocus 2 s, Roost's snapshot 10 s). */
const SAVE_MS = 12_000;
const QUIET_STEP_MS = 500;
const QUIET_SHARE = 0.1;
const MAX_QUIET_MS = 90_000;

/** Names of documents with the same content; the first is joined to warm the server up and not counted. */
export function documentIds(measured: number): readonly string[] {
  return ["warm-up", ...Array.from({ length: measured }, (_, index) => `document-${index}`)];
}

export type Fill = { readonly target: Target; readonly running: RunningTarget; readonly ids: readonly string[] };

/** Puts the content into each document the way the server takes it. */
export async function fill({ target, running, ids }: Fill, content: Content, isParallel = false): Promise<void> {
  if (target.name === "stored bytes") {
    for (const id of ids) await putParts(running.socketUrl(id), content.state);
    return;
  }
  await runJob("type-document", {
    addresses: ids.map((id) => loadOn(target, running, id).address),
    isParallel,
    typists: content.typists,
    stateVector: content.expected.stateVector,
  });
}

/** Resolves when the server has saved: after the longest delay of any, once it has nothing to do any more. */
export async function untilSaved(running: RunningTarget): Promise<void> {
  await pause(SAVE_MS);
  const deadline = performance.now() + MAX_QUIET_MS;
  for (;;) {
    const beforeMs = cpuMs(running.pid());
    await pause(QUIET_STEP_MS);
    if (cpuMs(running.pid()) - beforeMs < QUIET_STEP_MS * QUIET_SHARE) return;
    if (performance.now() > deadline) throw new Error("the server did not come to rest");
  }
}

/** Joins each document with so many clients at once; the first document is not in the samples. */
export async function joinEach(
  { target, running, ids }: Fill,
  content: Content,
  clients: number,
): Promise<readonly JoinSample[]> {
  const samples = await runJob("join", {
    addresses: ids.map((id) => loadOn(target, running, id).address),
    clients,
    expected: content.expected,
    serverPid: running.pid(),
  });
  const measured = samples.slice(1);
  if (MUST_BE_RIGHT.includes(target.name) && timeOf(measured) === undefined) {
    throw new Error(`${target.name} did not answer with what was typed`);
  }
  return measured;
}

/** Median of the samples; undefined when a client got something else than was typed. */
function timeOf(samples: readonly JoinSample[]): number | undefined {
  const times = samples.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  return times.length === samples.length ? median(times) : undefined;
}

/** A time under `name`, or `lost: 1`: no figure without its proof. */
export function timeFigure(name: string, samples: readonly JoinSample[]): Figures {
  const ms = timeOf(samples);
  return ms === undefined ? { lost: 1 } : { [name]: ms };
}

const MEGABYTE = 1e6;

/** What joins of one client cost beside time. Memory: the worst of them, above what the server held before it. */
export function costFigures(samples: readonly JoinSample[]): Figures {
  return {
    receivedKilobytes: median(samples.map(({ receivedBytes }) => receivedBytes)) / 1_000,
    cpuMs: samples.reduce((sum, { serverCpuMs }) => sum + serverCpuMs, 0) / samples.length,
    peakMegabytes: Math.max(...samples.map(({ peakBytes }) => peakBytes)) / MEGABYTE,
    growthMegabytes: Math.max(...samples.map(({ growthBytes }) => growthBytes)) / MEGABYTE,
  };
}

async function putParts(socketUrl: string, state: Uint8Array): Promise<void> {
  const encoder = encoding.createEncoder();
  for (const part of splitUpdate(state, MAX_ROW_BYTES)) encoding.writeVarUint8Array(encoder, part);
  const response = await fetch(socketUrl.replace(/^ws/, "http"), {
    method: "PUT",
    // A copy: fetch takes no view into a shared buffer.
    body: new Uint8Array(encoding.toUint8Array(encoder)),
  });
  if (!response.ok) throw new Error(`stored bytes answered ${response.status}: ${await response.text()}`);
}
