/**
 * Floods, and failures half way through a flush, at the engine.
 */
import { describe, expect, test } from "vitest";
import { encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { TokenBucket, ratesOf } from "../../../src/core/rate-limit.ts";
import { ANSWER_RATE, MESSAGE_RATE, PRESENCE_BYTE_RATE, SHED_PRESENCE_MS } from "../../../src/protocol/limits.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { textOf, writer } from "../../support/edits.ts";
import { NOTHING_KNOWN, TestRoom, yWebsocket } from "../../support/test-room.ts";
import { MIB, endsOf, shows, statesOf } from "./overload-support.ts";

const BURST_BYTES = ratesOf(DEFAULT_LIMITS).bytes.burst;
const PRESENCE_BURST = ratesOf(DEFAULT_LIMITS).presence.burst;

describe("rates of a socket", () => {
  test("[OV1] a bucket starts full, fills with time up to its burst, and a clock that goes back changes nothing", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 1_000);
    expect([bucket.take(20, 1_000), bucket.take(1, 1_000)]).toEqual([true, false]);
    expect([bucket.take(1, 1_100), bucket.take(1, 900), bucket.take(1, 1_150)]).toEqual([true, false, false]);
    expect([bucket.take(20, 9_999_999), bucket.take(1, 9_999_999)]).toEqual([true, false]);
    bucket.charge(5);
    expect([bucket.take(1, 9_999_999 + 500), bucket.take(1, 9_999_999 + 600)]).toEqual([false, true]);
  });

  test("[OV1] who sends more messages than fit is closed; a burst that fits passes, and time makes room again", () => {
    const room = new TestRoom();
    const { perSecond, burst } = MESSAGE_RATE;
    for (const name of ["alice", "bob"]) room.join(name);
    const tick = { type: "received", seq: 0 } as const;
    // hello was one.
    for (let count = 0; count < burst - 1; count++) room.receive("alice", tick);
    room.advance(1_000);
    for (let count = 0; count < perSecond; count++) room.receive("alice", tick);
    expect(room.closed.size).toBe(0);
    for (let count = 0; count < burst; count++) room.receive("bob", tick);
    expect(room.closed.size).toBe(0);
    room.receive("alice", tick);
    expect(endsOf(room)).toEqual([["alice", "too-fast"]]);
  });

  test("[OV1] who sends more bytes than fit is closed, and nothing of that message is read", () => {
    const room = new TestRoom();
    room.join("alice", { dialect: yWebsocket });
    const update = new Uint8Array(BURST_BYTES / 4);
    for (let count = 0; count < 4; count++) room.receive("alice", { type: "awareness", update: update.subarray(0, 1) });
    room.receive("alice", { type: "update", update: new Uint8Array(BURST_BYTES) });
    expect(endsOf(room)).toEqual([["alice", "too-fast"]]);
  });

  test("[OV2] repeated questions cost the bytes of their answers, the first nothing", () => {
    const room = new TestRoom();
    const [alice, text] = [writer(1), "x".repeat(MIB)];
    room.join("alice");
    for (let count = 0; count < 6; count++) {
      room.receive("alice", { type: "update", number: count + 2, update: alice.type(text) });
      room.flush();
    }
    room.join("bob");
    room.join("carol");
    const question = { type: "sync-step-1", stateVector: NOTHING_KNOWN } as const;
    const fit = Math.ceil(ANSWER_RATE.burst / (6 * MIB));
    for (let count = 0; count < fit; count++) room.receive("bob", question);
    expect(room.closed.size).toBe(0);
    room.receive("bob", question);
    expect(endsOf(room)).toEqual([["bob", "too-fast"]]);
    for (let count = 0; count < fit; count++) room.receive("carol", question);
    room.advance(2_000);
    room.receive("carol", question);
    expect(room.closed.has("carol")).toBe(false);
  });

  test("[OV2] a question without an answer worth naming costs something too", () => {
    const room = new TestRoom();
    room.join("alice", { dialect: yWebsocket });
    for (let count = 0; count < ANSWER_RATE.burst / 1024; count++) room.receive("alice", { type: "query-awareness" });
    expect(room.closed.size).toBe(0);
    room.receive("alice", { type: "query-awareness" });
    expect(endsOf(room)).toEqual([["alice", "too-fast"]]);
  });

  test("[OV3] presence above its rate is shown late, as its latest state, and once in a while for everybody", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob", "carol"]) room.join(name);
    let clock = 0;
    for (const [client, name] of ["alice", "bob"].entries()) {
      for (clock = 1; clock <= PRESENCE_BURST; clock++) room.receive(name, shows(clock, client + 1));
      room.flush();
    }
    room.heard("carol");
    expect(room.room.isShedding).toBe(false);
    for (clock = 1_000; clock < 3_000; clock++) room.receive("alice", shows(clock, 1));
    for (clock = 1_000; clock < 3_000; clock++) room.receive("bob", shows(clock, 2));
    expect([!room.room.pending.isEmpty, room.room.isShedding]).toEqual([false, true]);
    expect(room.room.nextDeadlineMs(10_000)).toBe(room.nowMs + SHED_PRESENCE_MS);
    room.advance(SHED_PRESENCE_MS - 1);
    expect(!room.room.pending.isEmpty).toBe(false);
    room.advance(1);
    room.flush();
    expect(statesOf(room.heard("carol"))).toEqual(['{"at":2999}', '{"at":2999}']);
    expect([room.room.isShedding, room.room.nextDeadlineMs(10_000)]).toEqual([false, undefined]);
    expect(room.closed.size).toBe(0);
  });

  test("[OV3] presence is counted in bytes too, with time to make room", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob"]) room.join(name);
    const large = (clock: number) => {
      const state = JSON.stringify({ at: clock, x: "x".repeat(8_000) });
      return { type: "awareness", update: encodeAwareness([{ client: 1, clock, state }]) } as const;
    };
    const fit = Math.floor(PRESENCE_BYTE_RATE.burst / large(1).update.length);
    expect(fit).toBeLessThan(PRESENCE_BURST / 2);
    let clock = 0;
    const isLateAfter = (count: number): boolean => {
      for (let index = 0; index < count; index++) room.receive("alice", large((clock += 1)));
      return room.room.isShedding;
    };
    expect([isLateAfter(fit), isLateAfter(1)]).toEqual([false, true]);
    room.advance(SHED_PRESENCE_MS);
    room.flush();
    expect(JSON.parse(statesOf(room.heard("bob")).at(-1) ?? "")).toMatchObject({ at: clock });
    room.advance(1_000);
    const again = Math.floor(PRESENCE_BYTE_RATE.perSecond / large(1).update.length);
    expect([isLateAfter(again), isLateAfter(3)]).toEqual([false, true]);
    expect([room.closed.size, new Set(room.limited)]).toEqual([0, new Set(["presencePerSecond"])]);
  });

  test("[OV3] who leaves right after a flood is gone for everybody, whatever still waited", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob"]) room.join(name);
    for (let clock = 1; clock <= PRESENCE_BURST + 5; clock++) room.receive("alice", shows(clock));
    room.receive("alice", { type: "bye" });
    room.flush();
    room.advance(SHED_PRESENCE_MS);
    room.flush();
    expect(statesOf(room.heard("bob")).at(-1)).toBeNull();
  });

  test("[OV4] while one floods presence the updates of others are acked and heard at once", () => {
    const room = new TestRoom();
    for (const name of ["flood", "alice", "bob"]) room.join(name);
    const alice = writer(7);
    for (let count = 0; count < 200; count++) {
      for (let clock = 1; clock <= 20; clock++) room.receive("flood", shows(count * 20 + clock));
      room.receive("alice", { type: "update", number: count + 2, update: alice.type("a") });
      room.flush();
      expect(room.heardTypes("alice")).toContain("ack");
      expect(room.heardTypes("bob")).toContain("update");
    }
    expect(room.closed.size).toBe(0);
  });
});

describe("failures after a row", () => {
  for (const failsAfter of ["row", "send"] as const) {
    test(`[OV9] when the ${failsAfter} fails everybody synced comes again and finds the row`, () => {
      const room = new TestRoom();
      for (const name of ["alice", "bob"]) room.join(name);
      room.open("carol", { dialect: yWebsocket });
      room.receive("alice", { type: "update", number: 2, update: writer(1).type("kept") });
      room.failsAfter = failsAfter;
      expect(room.flush()).toBe(-1);
      room.failsAfter = undefined;
      expect(endsOf(room)).toEqual([
        ["alice", "unavailable"],
        ["bob", "unavailable"],
      ]);
      room.heard("carol");
      room.receive("carol", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
      const answer = room.heard("carol").find(({ type }) => type === "sync-step-2");
      expect(answer?.type === "sync-step-2" && textOf([answer.update])).toBe("kept");
      room.join("again");
      room.receive("again", { type: "update", number: 2, update: writer(2).type("!") });
      expect(room.flush()).toBe(2);
      expect(room.heardTypes("carol")).toContain("update");
    });
  }
});
