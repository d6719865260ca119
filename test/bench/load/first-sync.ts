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
import type { JoinResult, JoinSample } from "./jobs/join.ts";
import { runJob } from "./run-job.ts";

/** These may not lose anything: what they answer is asserted, and what others answer is a figure. */
const MUST_BE_RIGHT: readonly TargetName[] = ["Roost", "stored bytes"];
/** Longer than any of them waits before it saves (y-partyserver 2 s, Hocuspocus 2 s, Roost's snapshot 10 s). */
const SAVE_MS = 12_000;
const QUIET_STEP_MS = 500;
const QUIET_SHARE = 0.1;
const MAX_QUIET_MS = 90_000;

/** Joined first after each start, and not counted: a document of its own, so that the others are as nobody has opened them. */
export const WARM_UP_ID = "warm-up";

export function documentIds(measured: number): readonly string[] {
  return Array.from({ length: measured }, (_, index) => `document-${index}`);
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

/** What the joined documents hold; the one that warms the server up something else, where `warmUp` says so. */
export type JoinContent = { readonly content: Content; readonly warmUp?: Content };

/** Joins each document with so many clients at once, after {@link WARM_UP_ID}, which is not in the samples. */
export async function joinEach(
  { target, running, ids }: Fill,
  { content, warmUp = content }: JoinContent,
  clients: number,
): Promise<JoinResult> {
  const joined = await runJob("join", {
    warmUp: { address: loadOn(target, running, WARM_UP_ID).address, expected: warmUp.expected },
    addresses: ids.map((id) => loadOn(target, running, id).address),
    clients,
    expected: content.expected,
    serverPid: running.pid(),
  });
  if (MUST_BE_RIGHT.includes(target.name) && timeOf([joined.cold, ...joined.samples]) === undefined) {
    throw new Error(`${target.name} did not answer with what was typed`);
  }
  return joined;
}

/** Median of the samples; undefined when a client got something else than was typed. */
function timeOf(samples: readonly JoinSample[]): number | undefined {
  const times = samples.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  return times.length === samples.length ? median(times) : undefined;
}

/** A time under `name`, or `lost: 1`: no figure without its proof. */
export function timeFigure(name: string, { samples }: JoinResult): Figures {
  const ms = timeOf(samples);
  return ms === undefined ? { lost: 1 } : { [name]: ms };
}

/** The first join after the start, where its document is like the others. */
export function coldFigure({ cold }: JoinResult): Figures {
  return cold.ms === undefined ? {} : { coldMs: cold.ms };
}

const MEGABYTE = 1e6;

/** What joins of one client cost beside time. */
export function costFigures({ samples, peakBytes, growthBytes }: JoinResult): Figures {
  return {
    receivedKilobytes: median(samples.map(({ receivedBytes }) => receivedBytes)) / 1_000,
    cpuMs: samples.reduce((sum, { serverCpuMs }) => sum + serverCpuMs, 0) / samples.length,
    peakMegabytes: peakBytes / MEGABYTE,
    growthMegabytes: growthBytes / MEGABYTE,
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
