/**
 * What one room tells everybody of what its people show and say to each other, however many they are.
 */
import { describe, expect, test } from "vitest";
import { decodeAwareness, encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import type { RoomMessage } from "../../../src/core/events.ts";
import { MAX_AWARENESS_BYTES, MAX_CUSTOM_CHARS, SHOWN_BYTE_RATE } from "../../../src/protocol/limits.ts";
import { yPartyserver } from "../../../src/dialects/y-partyserver.ts";
import { TestRoom } from "../../support/test-room.ts";

const LOUD = Array.from({ length: 60 }, (_, index) => `loud ${index}`);
const { perSecond, burst } = SHOWN_BYTE_RATE;
const STEP_MS = 20;

/** A state of so many bytes that says which one it is. */
const stateOf = (number: number, bytes: number) => JSON.stringify({ number, pad: "x".repeat(bytes - 40) });
const HEAVY = MAX_AWARENESS_BYTES - 200;
const LIGHT = 120;

class Crowd {
  readonly room = new TestRoom();
  /** The latest number that Alice has heard of each client. */
  readonly seen = new Map<number, number>();
  readonly #clients = new Map<string, number>();
  readonly #said = new Map<string, number>();
  heardBytes = 0;

  constructor() {
    for (const name of ["alice", "carol", ...LOUD]) {
      this.room.join(name);
      this.#clients.set(name, this.#clients.size + 1);
    }
  }

  clientOf(name: string): number {
    return this.#clients.get(name) ?? 0;
  }

  saidBy(name: string): number {
    return this.#said.get(name) ?? 0;
  }

  show(name: string, bytes: number): void {
    const number = this.saidBy(name) + 1;
    this.#said.set(name, number);
    const entry = { client: this.clientOf(name), clock: number, state: stateOf(number, bytes) };
    this.room.receive(name, { type: "awareness", update: encodeAwareness([entry]) });
  }

  /** As the shell does: what is due is released, and a flush goes where something is pending. */
  tick(): void {
    this.room.advance(STEP_MS);
    if (!this.room.room.pending.isEmpty) this.room.flush();
    this.listen();
  }

  listen(): void {
    for (const message of this.room.heard("alice")) this.#hear(message);
  }

  /** Until nothing is due any more; how long that took. */
  settle(): number {
    const sinceMs = this.room.nowMs;
    while (this.room.room.isShedding || !this.room.room.pending.isEmpty) {
      if (this.room.nowMs - sinceMs > 60_000) throw new Error("something waits for ever");
      this.tick();
    }
    return this.room.nowMs - sinceMs;
  }

  #hear(message: RoomMessage): void {
    if (message.type !== "awareness") return;
    this.heardBytes += message.update.length;
    const decoded = decodeAwareness(message.update);
    if (!decoded.ok) throw new Error(decoded.error.reason);
    for (const { client, state } of decoded.value) {
      const { number } = JSON.parse(state ?? '{"number":0}') as { readonly number: number };
      expect(number === 0 || number > (this.seen.get(client) ?? 0)).toBe(true);
      this.seen.set(client, number);
    }
  }
}

/** Everybody of the crowd shows as much as a socket may, and Carol moves, for so long. How long Carol's moves took, at most. */
function flood(crowd: Crowd, ms: number): number {
  let longestMs = 0;
  let waitsSinceMs: number | undefined;
  for (let at = 0; at < ms; at += STEP_MS) {
    if (at % 100 === 0) for (const name of LOUD) crowd.show(name, HEAVY);
    crowd.show("carol", LIGHT);
    waitsSinceMs ??= crowd.room.nowMs;
    crowd.tick();
    if (crowd.seen.get(crowd.clientOf("carol")) !== crowd.saidBy("carol")) continue;
    longestMs = Math.max(longestMs, crowd.room.nowMs - waitsSinceMs);
    waitsSinceMs = undefined;
  }
  return longestMs;
}

describe("awareness", () => {
  test("[OV11] many who each keep to their own rate are told at the room's, and the latest of each arrives", () => {
    const crowd = new Crowd();
    const floodMs = 10_000;
    flood(crowd, floodMs);
    expect(crowd.heardBytes).toBeGreaterThan((perSecond * floodMs) / 2_000);
    expect(crowd.heardBytes).toBeLessThan(burst + (perSecond * floodMs) / 1_000 + MAX_AWARENESS_BYTES);
    expect(crowd.room.closed.size).toBe(0);
    const settledMs = crowd.settle();
    expect(settledMs).toBeLessThan(((LOUD.length * MAX_AWARENESS_BYTES) / perSecond) * 1_000 + 1_000);
    for (const name of [...LOUD, "carol"]) expect(crowd.seen.get(crowd.clientOf(name))).toBe(crowd.saidBy(name));
  });

  test("[OV11] whoever says little is told all the while, and each of those who say much in turn", () => {
    const crowd = new Crowd();
    flood(crowd, 5_000);
    const before = new Map(crowd.seen);
    const carolsMs = flood(crowd, 5_000);
    expect(carolsMs).toBeLessThan(200);
    for (const name of LOUD) {
      const client = crowd.clientOf(name);
      expect(crowd.seen.get(client)).toBeGreaterThan(before.get(client) ?? 0);
    }
  });

  test("[OV11] flushes that come one after the other, with nothing between them, take up what waits", () => {
    const crowd = new Crowd();
    flood(crowd, 5_000);
    for (let at = 0; at < 10_000; at += STEP_MS) {
      crowd.show("carol", LIGHT);
      crowd.room.nowMs += STEP_MS;
      crowd.room.flush();
      crowd.listen();
    }
    for (const name of LOUD) expect(crowd.seen.get(crowd.clientOf(name))).toBe(crowd.saidBy(name));
  });

  test("[OV11] what fits waits for nothing, nor do edits and leaves in a flood", () => {
    const crowd = new Crowd();
    for (const name of LOUD) crowd.show(name, LIGHT);
    crowd.tick();
    expect(crowd.room.room.isShedding).toBe(false);
    expect(crowd.seen.size).toBe(LOUD.length);
    flood(crowd, 5_000);
    for (const name of LOUD) crowd.show(name, HEAVY);
    crowd.show("carol", LIGHT);
    crowd.room.receive("carol", { type: "bye" });
    crowd.tick();
    expect(crowd.seen.get(crowd.clientOf("carol"))).toBe(0);
    crowd.settle();
    expect(crowd.seen.get(crowd.clientOf("carol"))).toBe(0);
  });

  test("[OV11] what waited for its turn when its socket went is not told after the leave", () => {
    const crowd = new Crowd();
    flood(crowd, 5_000);
    for (const name of LOUD) {
      crowd.show(name, HEAVY);
      crowd.room.drop(name);
    }
    crowd.settle();
    crowd.room.advance(10_000);
    crowd.tick();
    crowd.settle();
    for (const name of LOUD) expect(crowd.seen.get(crowd.clientOf(name))).toBe(0);
  });
});

test("[OV11] of applications' messages a room passes as much, and drops the rest", () => {
  const room = new TestRoom();
  const names = ["ann", ...LOUD];
  for (const name of names) room.join(name, { dialect: yPartyserver });
  const payload = "m".repeat(MAX_CUSTOM_CHARS);
  let heard = 0;
  const seconds = 10;
  for (let at = 0; at < seconds * 1_000; at += 100) {
    for (const name of LOUD) room.receive(name, { type: "custom", payload });
    room.flush();
    heard += room.heard("ann").filter(({ type }) => type === "custom").length * payload.length;
    room.advance(100);
  }
  expect(heard).toBeGreaterThan((perSecond * seconds) / 2);
  expect(heard).toBeLessThan(burst + perSecond * seconds + payload.length);
  expect(room.limited).toContain("presencePerSecond");
  expect(room.closed.size).toBe(0);
});
