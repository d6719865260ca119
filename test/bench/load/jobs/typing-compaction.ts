/**
 * One person types at a steady pace, one reads: how late each keystroke was, and when.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { layoutOf } from "../../../../src/core/document/struct-reader.ts";
import { type LoadAddress, LoadClient } from "../load-client.ts";
import { sampleDocument } from "../sample-document.ts";
import { SleepingRoom } from "../sleeping-room.ts";
import { typedUpdate } from "../typed-updates.ts";

export type SteadyTypingParams = {
  readonly address: LoadAddress;
  readonly updatesPerSecond: number;
  readonly updates: number;
};

/** `atMs` since the epoch, when it was sent; `latencyMs` until the reader had it. */
export type TimedKeystroke = { readonly atMs: number; readonly latencyMs: number };

const TYPIST = 1_000;
const DRAIN_MS = 20_000;

/** Rejects unless the reader gets every keystroke. */
export async function steadyTyping(params: SteadyTypingParams): Promise<readonly TimedKeystroke[]> {
  const { address, updatesPerSecond, updates } = params;
  const sentMs: number[] = [];
  const typed: TimedKeystroke[] = [];
  const hear = (update: Uint8Array): void => {
    const nowMs = performance.now();
    const end = layoutOf(update).blocks.find(({ client }) => client === TYPIST)?.end ?? 0;
    for (let clock = typed.length; clock < end; clock += 1) {
      const atMs = sentMs[clock] ?? nowMs;
      typed.push({ atMs: performance.timeOrigin + atMs, latencyMs: nowMs - atMs });
    }
  };
  const reader = await LoadClient.join(address, {
    onHeard: (heard) => {
      if (heard.type === "update") hear(heard.update);
    },
  });
  const typist = await LoadClient.join(address);
  const startMs = performance.now();
  for (let clock = 0; clock < updates; clock += 1) {
    const leftMs = startMs + (clock * 1_000) / updatesPerSecond - performance.now();
    if (leftMs > 0) await pause(leftMs);
    sentMs.push(performance.now());
    typist.sendUpdate(typedUpdate(TYPIST, clock));
  }
  const deadline = performance.now() + DRAIN_MS;
  while (typed.length < updates && performance.now() < deadline) await pause(10);
  await Promise.all([reader.leave(), typist.leave()]);
  if (typed.length < updates) throw new Error(`${typed.length} of ${updates} were delivered`);
  return typed;
}

/** A document of about so many bytes is at `address` when this resolves. */
export async function seedDocument(params: {
  readonly address: LoadAddress;
  readonly documentBytes: number;
}): Promise<void> {
  await new SleepingRoom(params.address, sampleDocument(params.documentBytes)).seed();
}
