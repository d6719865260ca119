import { describe, expect, test } from "vitest";
import { encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { yPartyserver } from "../../../src/dialects/y-partyserver.ts";
import { QUIET_RENEWAL_MS } from "../../../src/core/presence/room-presence.ts";
import { OUT_OF_REACH } from "../../../src/core/presence/sent-clocks.ts";
import { NOBODY } from "../../../src/protocol/profile.ts";
import { BLIP_HOLD_MS, NOTHING_KNOWN, TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";
import { type Shown, say, told } from "./presence-support.ts";

const STOCK = { dialect: yWebsocket };

/** Alice and Bob with stock clients, she shown at clock 2; both have heard all. */
function roomOf(user: string): TestRoom {
  const room = new TestRoom();
  room.join("alice", { ...STOCK, user });
  room.join("bob", STOCK);
  say(room, "alice", [1, 1, "new"]);
  room.flush();
  say(room, "alice", [1, 2, "new"]);
  room.flush();
  room.heard("alice");
  room.heard("bob");
  return room;
}

/**
 * She moves on while she is away, to `moved`, and comes back with it before the room has noticed that she was away. Returns what she
 * hears of herself as she joins. Her old socket goes then, unless it `lingers`.
 */
function comeBack(room: TestRoom, user: string, moved: Shown, lingers?: "lingers"): Shown {
  room.open("back", { ...STOCK, user });
  room.receive("back", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
  const [heard, ...more] = told(room, "back");
  if (heard === undefined || more.length > 0) throw new Error("told of more than herself");
  if (lingers === undefined) room.drop("alice");
  say(room, "back", moved);
  room.heard("bob");
  return heard;
}

/** What Bob sees of her. */
function seen(room: TestRoom): string | null | undefined {
  room.flush();
  return told(room, "bob").at(-1)?.[2];
}

describe("a client that comes back and repeats what it hears of itself", () => {
  test("[PR6] what it heard of itself as it came back is no news", () => {
    const room = roomOf("alice");
    room.join("carol", STOCK);
    const heard = comeBack(room, "alice", [1, 2, "new"]);
    say(room, "back", [1, 3, "moved"]);
    say(room, "back", heard);
    expect(seen(room)).toBe("moved");
  });

  test("[PR6] nor is it while its old socket is still there, though a way back to the same is", () => {
    const room = roomOf(NOBODY);
    room.join("carol", STOCK);
    const heard = comeBack(room, NOBODY, [1, 3, "moved"], "lingers");
    say(room, "back", heard);
    room.drop("alice");
    expect(seen(room)).toBe("moved");
    const again = roomOf(NOBODY);
    comeBack(again, NOBODY, [1, 3, "moved"], "lingers");
    say(again, "back", [1, 4, "new"]);
    again.drop("alice");
    expect(seen(again)).toBe("new");
  });

  test("[PR6] who moves back to where it was, before it hears of that, is there", () => {
    for (const moves of [1, 2, 3, 20]) {
      const room = roomOf("alice");
      comeBack(room, "alice", [1, 3, "moved"]);
      for (let move = 1; move < moves; move += 1) say(room, "back", [1, 3 + move, `move ${move}`]);
      say(room, "back", [1, 3 + moves, "new"]);
      expect(seen(room)).toBe("new");
    }
  });

  test("[PR6] nor does it matter how often the room says what it heard before it moved back", () => {
    const room = roomOf("alice");
    comeBack(room, "alice", [1, 3, "a"]);
    const states = ["b", "a", "c", "b", "a", "c", "a"];
    for (const [index, state] of states.entries()) {
      room.flush();
      say(room, "back", [1, 4 + index, state]);
      expect(seen(room)).toBe(state);
    }
  });

  test("[PR6] what it shows in answer to a null is what it was told before, and no news", () => {
    const room = roomOf("alice");
    const heard = comeBack(room, "alice", [1, 3, "moved"]);
    room.flush();
    say(room, "back", [1, 4, null]);
    room.flush();
    const nulled = told(room, "back").at(-1);
    if (nulled === undefined) throw new Error("heard of no null");
    say(room, "back", [1, 5, "shown again"]);
    room.flush();
    room.heard("bob");
    say(room, "back", heard);
    say(room, "back", [1, nulled[1] + 1, "new"]);
    expect(seen(room)).toBeUndefined();
    expect(told(room, "back").at(-1)?.[2]).toBe("shown again");
  });

  test("[PR6] nor is its answer to the end of its hold", () => {
    const room = roomOf("alice");
    room.open("back", { ...STOCK, user: "alice" });
    room.receive("back", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const [heard] = told(room, "back");
    room.drop("alice");
    room.advance(BLIP_HOLD_MS);
    room.flush();
    const [gone] = told(room, "back");
    expect([heard?.[2], gone?.[2]]).toEqual(["new", null]);
    say(room, "back", [1, 3, "moved"]);
    expect(seen(room)).toBe("moved");
    say(room, "back", [1, heard?.[1] ?? 0, "new"]);
    say(room, "back", [1, (gone?.[1] ?? 0) + 1, "new"]);
    expect(seen(room)).toBeUndefined();
  });

  // Told of its old state above its own clock, it would take that for its own, and were the server killed then, the newer one was lost.
  test("[PR11] who comes back while it is held hears nothing of itself that it has not said since", () => {
    for (const user of ["alice", NOBODY]) {
      const room = roomOf(user);
      room.drop("alice");
      room.open("back", { ...STOCK, user });
      room.receive("back", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
      expect(told(room, "back")).toEqual([]);
      room.open("other", { ...STOCK, user: "carol" });
      room.receive("other", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
      expect(told(room, "other").map(([client]) => client)).toEqual([1]);
      say(room, "back", [1, 3, "moved"]);
      expect(seen(room)).toBe("moved");
      expect(told(room, "other").at(-1)?.[2]).toBe("moved");
      expect(told(room, "back").every(([, , state]) => state === "moved")).toBe(true);
    }
  });

  test("[PR3] who was hidden as it came back and shows itself anew is believed while its place is kept", () => {
    const room = roomOf("alice");
    room.drop("alice");
    room.join("back", { ...STOCK, user: "alice" });
    room.heard("bob");
    say(room, "back", [1, 4, "anew"]);
    expect(seen(room)).toBe("anew");
  });

  test("[PR6] who forgets its peers' clocks and comes back with a move hears of itself out of reach as well", () => {
    const room = new TestRoom();
    const quiet = { dialect: yPartyserver, user: "alice" };
    room.join("bob", STOCK);
    room.join("alice", quiet);
    say(room, "alice", [1, 2, "new"]);
    room.flush();
    room.open("back", quiet);
    room.receive("back", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const clock = told(room, "back")[0]?.[1] ?? 0;
    room.drop("alice");
    // Its claim is one clock up, its way back to the same two.
    expect(clock).toBeGreaterThan(5);
    say(room, "back", [1, 3, "moved"]);
    say(room, "back", [1, clock, "new"]);
    expect(seen(room)).toBe("moved");
  });

  test("[PR6] who renews and hears itself alone hears that out of reach too, where others have heard of higher clocks", () => {
    const room = roomOf("alice");
    room.advance(QUIET_RENEWAL_MS);
    say(room, "alice", [1, 3, "new"]);
    room.flush();
    const [clock] = told(room, "alice").map(([, at]) => at);
    if (clock === undefined) throw new Error("heard of no renewal");
    for (const newcomer of ["carol", "dave"]) room.join(newcomer, STOCK);
    say(room, "alice", [1, clock + 1, "new"]);
    const [again] = told(room, "alice").map(([, at]) => at);
    expect(again).toBeGreaterThanOrEqual(clock + OUT_OF_REACH);
  });

  test("[PR3] an echo is known by what it says, however its JSON is written", () => {
    const room = new TestRoom();
    room.join("bob", STOCK);
    room.join("alice", { ...STOCK, user: "alice" });
    room.join("viewer", { ...STOCK, user: "alice" });
    const entry = (clock: number, state: string) =>
      ({ type: "awareness", update: encodeAwareness([{ client: 1, clock, state }]) }) as const;
    room.receive("alice", entry(1, '{ "is": "new" }'));
    room.flush();
    room.receive("viewer", entry(2, '{"is":"new"}'));
    expect(room.room.presence.ownedBy(idOf("viewer"))).toBeUndefined();
  });
});
