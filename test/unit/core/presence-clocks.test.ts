import { describe, expect, test } from "vitest";
import { encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { QUIET_RENEWAL_MS, RENEWAL_SPACING_MS } from "../../../src/core/presence/room-presence.ts";
import { WAKE_LEAP } from "../../../src/core/presence/sent-clocks.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { NOTHING_KNOWN, TestRoom, idOf, roost, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

const STOCK = { dialect: yWebsocket };

function hush(room: TestRoom, ...names: readonly string[]): void {
  room.flush();
  for (const name of names) room.heard(name);
}

/** Stock clients that show themselves as 1, 2, … at clock 1, one clock up in the room. */
function stockRoom(...names: readonly string[]): TestRoom {
  const room = new TestRoom();
  for (const name of names) room.join(name, STOCK);
  for (const [index, name] of names.entries()) say(room, name, [index + 1, 1, "new"]);
  hush(room, ...names);
  for (const [index, name] of names.entries()) say(room, name, [index + 1, 2, "new"]);
  hush(room, ...names);
  return room;
}

describe("clocks of awareness", () => {
  test("[PR5] an owner is believed at a higher clock, or when it says null at the same one", () => {
    const room = stockRoom("alice", "bob");
    say(room, "alice", [1, 3, "moved"]);
    say(room, "alice", [1, 3, "again"]);
    say(room, "alice", [1, 1, "old"]);
    room.flush();
    expect(told(room, "bob")).toEqual([[1, 3, "moved"]]);
    say(room, "alice", [1, 3, null]);
    room.flush();
    expect(told(room, "bob")).toEqual([[1, 4, null]]);
  });

  test("[PR6] what an owner sends back of its own is no news, also when it has moved meanwhile", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob"]) room.join(name, STOCK);
    say(room, "alice", [1, 1, "first"]);
    room.flush();
    expect(told(room, "alice")).toEqual([[1, 2, "first"]]);
    // Under way before she heard of clock 2.
    say(room, "alice", [1, 2, "second"]);
    room.flush();
    expect(told(room, "alice")).toEqual([[1, 3, "second"]]);
    room.heard("bob");
    say(room, "alice", [1, 2, "first"]);
    say(room, "alice", [1, 3, "second"]);
    room.flush();
    expect(told(room, "bob")).toEqual([]);
    expect(told(room, "alice")).toEqual([]);
  });

  test("[PR7] a state said before its owner heard of a raise goes out above it, to the owner too", () => {
    const room = stockRoom("alice", "bob");
    room.join("carol", STOCK);
    room.join("dave", STOCK);
    hush(room, "alice", "bob");
    say(room, "alice", [1, 3, "moved"]);
    room.flush();
    const shown = told(room, "bob");
    expect(shown).toEqual([[1, expect.any(Number), "moved"]]);
    expect(shown[0]?.[1]).toBeGreaterThan(4);
    expect(told(room, "alice")).toEqual(shown);
  });

  test("[PR8] a null is relayed, and its owner may show itself again", () => {
    const room = stockRoom("alice", "bob");
    say(room, "alice", [1, 3, null]);
    room.flush();
    say(room, "alice", [1, 4, "back"]);
    room.flush();
    expect(told(room, "bob")).toEqual([
      [1, 3, null],
      [1, 4, "back"],
    ]);
  });

  test("[PR11] a newcomer hears everybody: one clock up where its family keeps old clocks, as is where not", () => {
    const room = stockRoom("alice", "bob");
    room.open("carol", STOCK);
    room.receive("carol", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    expect(told(room, "carol")).toEqual([
      [1, 3, "new"],
      [2, 3, "new"],
    ]);
    hush(room, "carol");
    expect(told(room, "alice")).toEqual([]);
    room.open("dave");
    room.receive("dave", { type: "hello" }, { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    expect(told(room, "dave")).toEqual([
      [1, 3, "new"],
      [2, 3, "new"],
    ]);
    room.receive("alice", { type: "query-awareness" });
    expect(told(room, "alice")).toEqual([[2, 3, "new"]]);
  });

  test("[PR12] a change costs one frame for each other socket, and the echoes of all of them nothing", () => {
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const room = stockRoom(...names);
    room.frames = 0;
    say(room, "s0", [1, 3, "moved"]);
    room.flush();
    expect(room.frames).toBe(19);
    for (const name of names.slice(1)) say(room, name, [1, 3, "moved"]);
    room.flush();
    expect(room.frames).toBe(19);
  });

  test("[PR13] renewals go out together, to families that need them, with all that were quiet", () => {
    const room = stockRoom("alice", "bob");
    room.join("carol", { dialect: roost });
    say(room, "carol", [3, 1, "quiet"]);
    hush(room, "alice", "bob", "carol");
    room.advance(15_000);
    say(room, "alice", [1, 3, "new"]);
    say(room, "bob", [2, 3, "new"]);
    hush(room, "alice", "bob", "carol");
    room.advance(15_000);
    room.frames = 0;
    say(room, "alice", [1, WAKE_LEAP + 4, "new"]);
    say(room, "bob", [2, WAKE_LEAP + 4, "new"]);
    room.flush();
    const clocks = (name: string) => new Set(told(room, name).map(([client]) => client));
    expect(clocks("alice")).toEqual(new Set([1, 2, 3]));
    expect(clocks("bob")).toEqual(new Set([1, 2, 3]));
    expect(clocks("carol")).toEqual(new Set([3]));
    expect(room.frames).toBe(3);
  });

  test("[PR13] with people who only look on and renew, no entry is silent for 30 s", () => {
    const room = stockRoom("alice", "bob");
    room.join("carol", { dialect: roost });
    say(room, "carol", [3, 1, "quiet"]);
    hush(room, "alice", "bob");
    const heardMs = new Map([1, 2, 3].map((client) => [client, room.nowMs]));
    const clocks = { alice: 2, bob: 2 };
    let longestMs = 0;
    for (let second = 1; second < 200; second += 1) {
      room.advance(1_000);
      if (second % 17 === 0) say(room, "alice", [1, (clocks.alice += 2_000), "new"]);
      if (second % 18 === 4) say(room, "bob", [2, (clocks.bob += 2_000), "new"]);
      room.flush();
      for (const [client] of told(room, "bob")) {
        longestMs = Math.max(longestMs, room.nowMs - (heardMs.get(client) ?? 0));
        heardMs.set(client, room.nowMs);
      }
    }
    expect(longestMs).toBeLessThan(27_000);
    expect([...heardMs.values()].every((atMs) => room.nowMs - atMs < 27_000)).toBe(true);
  });

  test("[PR13] people who only look on come again and again, and quiet owners hear which clock they have", () => {
    const room = new TestRoom();
    room.join("carol", { dialect: roost });
    say(room, "carol", [3, 1, "quiet"]);
    hush(room, "carol");
    for (const viewer of ["v1", "v2"]) {
      room.advance(30_000);
      room.join(viewer, STOCK);
    }
    const clock = ownedClock(room, "carol");
    expect(told(room, "carol").at(-1)).toEqual([3, clock, "quiet"]);
  });

  test("[PR14] who renews hears something, though the renewals have just gone out", () => {
    const room = stockRoom("alice", "bob");
    room.advance(QUIET_RENEWAL_MS);
    say(room, "alice", [1, 3, "new"]);
    hush(room, "alice", "bob");
    room.advance(RENEWAL_SPACING_MS - 1);
    say(room, "bob", [2, WAKE_LEAP + 3, "new"]);
    expect(told(room, "bob")).toEqual([[2, WAKE_LEAP + 3, "new"]]);
  });

  test("[PR15] after sleep everybody is there, and heard again by those who kept their clocks", () => {
    const room = stockRoom("alice", "bob");
    room.join("carol", { dialect: roost });
    say(room, "carol", [3, 1, "quiet"]);
    hush(room, "alice", "bob", "carol");
    room.join("dave", STOCK);
    room.flush();
    const before = [1, 2, 3].map((client, index) => [client, ownedClock(room, ["alice", "bob", "carol"][index])]);
    room.sleep();
    room.advance(15_000);
    room.open("eve", STOCK);
    room.receive("eve", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const after = told(room, "eve");
    expect(after.map(([client]) => client)).toEqual([1, 2, 3]);
    for (const [index, [, clock]] of after.entries()) expect(clock).toBeGreaterThan(before[index]?.[1] ?? Infinity);
  });

  test("[PR15] after sleep an owner that never heard its last clock is believed all the same", () => {
    const room = stockRoom("alice", "bob");
    room.join("carol", STOCK);
    room.flush();
    room.sleep();
    say(room, "alice", [1, 3, "moved"]);
    room.flush();
    expect(told(room, "bob").map(([client, , state]) => [client, state])).toEqual([[1, "moved"]]);
  });

  test("[PR15] of two sockets that remember one id the younger one has it after sleep", () => {
    const room = stockRoom("alice", "bob");
    room.advance(1);
    room.open("alice2", { ...STOCK, user: "alice" });
    say(room, "alice2", [1, 2, "new"]);
    // The process was killed before the old socket's attachment was written again.
    const { traits } = yWebsocket;
    const facts = (name: string, joinedMs: number) => ({
      ...{ id: idOf(name), user: "alice", scopes: ["read", "presence"], limits: DEFAULT_LIMITS, traits, joinedMs },
    });
    const progress = { hasSaidHello: false, isSynced: true };
    const kept = { client: 1, clock: 5, state: '{"is":"new"}' };
    room.room.restore(facts("young", room.nowMs + 2), progress, kept, room.nowMs);
    room.room.restore(facts("old", room.nowMs + 1), progress, kept, room.nowMs);
    expect(ownedClock(room, "young")).toBe(5);
    expect(ownedClock(room, "old")).toBeUndefined();
    room.room.restore(facts("youngest", room.nowMs + 3), progress, kept, room.nowMs);
    expect([ownedClock(room, "young"), ownedClock(room, "youngest")]).toEqual([undefined, 5]);
  });

  test("[PR17] a damaged or hostile awareness frame ends its session", () => {
    const entry = { client: 1, clock: 1, state: '{"is":"x"}' };
    const whole = encodeAwareness([entry]);
    const frames = {
      cut: whole.subarray(0, -1),
      long: Uint8Array.of(...whole, 0),
      absurd: encodeAwareness([{ ...entry, clock: 2 ** 49 }]),
      crowd: Uint8Array.of(0x89, 0x27),
      text: Uint8Array.of(1, 1, 1, 2, 0xc3, 0x28),
    };
    const room = new TestRoom();
    for (const [name, update] of Object.entries(frames)) {
      room.join(name, STOCK);
      room.receive(name, { type: "awareness", update });
      expect([name, room.closed.get(name)?.reason]).toEqual([name, "malformed"]);
    }
  });
});

function ownedClock(room: TestRoom, name = ""): number | undefined {
  return room.room.presence.ownedBy(idOf(name))?.clock;
}
