import { describe, expect, test } from "vitest";
import { MAX_AWARENESS_BYTES } from "../../../src/protocol/limits.ts";
import { encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { QUIET_RENEWAL_MS } from "../../../src/core/presence/room-presence.ts";
import { OUT_OF_REACH } from "../../../src/core/presence/sent-clocks.ts";
import { BLIP_HOLD_MS, NOTHING_KNOWN, TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

const STOCK = { dialect: yWebsocket };
/** Clocks below it were said by people, those above by the room after a wake. */
const LEAP = 1_000;

/** A room in which `alice` shows client 1 at clock 6 (5 as she says), and `carol` looks on. */
function roomWithAlice(options = STOCK): TestRoom {
  const room = new TestRoom();
  room.join("carol", STOCK);
  room.join("alice", { ...options, user: "alice" });
  say(room, "alice", [1, 5, "here"]);
  room.flush();
  for (const name of ["alice", "carol"]) room.heard(name);
  return room;
}

function owner(room: TestRoom, name: string): number | undefined {
  return room.room.presence.ownedBy(idOf(name))?.client;
}

describe("who owns an awareness id", () => {
  test("[PR1] a socket owns the id of its first entry, and says nothing about others", () => {
    const room = roomWithAlice();
    say(room, "alice", [2, 9, "impostor"], [1, 6, "moved"]);
    room.flush();
    expect(told(room, "carol")).toEqual([[1, 7, "moved"]]);
    expect(owner(room, "alice")).toBe(1);
  });

  test("[PR2] the same person's new socket takes an id over; the late close of the old one changes nothing", () => {
    const room = roomWithAlice();
    room.open("alice2", { ...STOCK, user: "alice" });
    room.receive("alice2", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    say(room, "alice2", [1, 5, "here"]);
    room.flush();
    expect([owner(room, "alice"), owner(room, "alice2")]).toEqual([undefined, 1]);
    // Out of reach as it joined, and again for its own sake.
    const clock = 6 + 2 * OUT_OF_REACH;
    expect(told(room, "carol")).toEqual([[1, clock, "here"]]);
    expect(room.keep()).toEqual([]);
    room.drop("alice");
    room.advance(BLIP_HOLD_MS);
    room.flush();
    expect(told(room, "carol")).toEqual([]);
    say(room, "alice2", [1, clock + 1, "moved"]);
    room.flush();
    expect(told(room, "carol")).toEqual([[1, clock + 1, "moved"]]);
  });

  test("[PR2] what its older socket had still under way changes nothing either", () => {
    const room = roomWithAlice();
    room.join("older", { ...STOCK, user: "alice" });
    room.join("younger", { ...STOCK, user: "alice" });
    say(room, "younger", [1, 8, "moved"]);
    say(room, "older", [1, 7, "before"]);
    room.flush();
    expect([owner(room, "older"), owner(room, "younger")]).toEqual([undefined, 1]);
    expect(told(room, "carol").map(([, , state]) => state)).toEqual(["moved"]);
  });

  test("[PR2] after sleep the old socket does not bring back what the new one has left", () => {
    const room = roomWithAlice();
    room.join("alice2", { ...STOCK, user: "alice" });
    say(room, "alice2", [1, 900, "here"]);
    room.flush();
    room.receive("alice2", { type: "bye" });
    room.flush();
    room.sleep();
    expect(owner(room, "alice")).toBeUndefined();
  });

  test("[PR2] nobody takes over the id of somebody else who is there", () => {
    const room = roomWithAlice();
    room.join("mallory");
    say(room, "mallory", [1, 900, "stolen"]);
    room.flush();
    expect(told(room, "carol")).toEqual([]);
    expect(owner(room, "alice")).toBe(1);
  });

  test("[PR3] the echo of a peer that shows nothing of its own is no claim, whoever it is and whenever it comes", () => {
    const room = roomWithAlice();
    room.join("viewer", { ...STOCK, user: "alice" });
    room.join("second", STOCK);
    const heard = 6 + OUT_OF_REACH;
    say(room, "viewer", [1, heard, "here"]);
    expect(owner(room, "viewer")).toBeUndefined();
    room.drop("alice");
    say(room, "viewer", [1, heard, "here"]);
    room.advance(BLIP_HOLD_MS);
    room.flush();
    say(room, "viewer", [1, heard, "here"]);
    say(room, "second", [1, heard + 2, null]);
    room.flush();
    expect(owner(room, "viewer")).toBeUndefined();
    expect(told(room, "carol")).toEqual([[1, heard + 2, null]]);
  });

  test("[PR3] who looked on at first may show itself later, though it left at a higher clock before", () => {
    const room = roomWithAlice();
    room.drop("alice");
    room.advance(BLIP_HOLD_MS);
    room.flush();
    room.join("alice", { ...STOCK, user: "alice" });
    say(room, "alice", [1, 6, "back"]);
    room.flush();
    expect(told(room, "carol")).toEqual([
      [1, 7, null],
      [1, 6 + OUT_OF_REACH, "back"],
    ]);
  });

  test("[PR3] a clock that the room never sent is no echo: who shows itself late is believed though its place was kept", () => {
    const room = new TestRoom();
    room.join("carol", STOCK);
    room.join("alice", { ...STOCK, user: "alice" });
    say(room, "alice", [1, 5, "here"]);
    room.flush();
    room.advance(QUIET_RENEWAL_MS);
    // A renewal leaps, and the wire has dropped before alice hears of it.
    say(room, "alice", [1, 7, "here"]);
    room.flush();
    room.join("alice2", { ...STOCK, user: "alice" });
    say(room, "alice2", [1, LEAP + 7 + OUT_OF_REACH, "here"]);
    expect(owner(room, "alice2")).toBeUndefined();
    say(room, "alice2", [1, 8, "late"]);
    expect(owner(room, "alice2")).toBe(1);
  });

  test("[PR4] who comes back before its leave is sent never left", () => {
    const room = roomWithAlice();
    room.drop("alice");
    room.advance(BLIP_HOLD_MS);
    room.open("alice2", { ...STOCK, user: "alice" });
    say(room, "alice2", [1, 5, "here"]);
    room.flush();
    expect(told(room, "carol")).toEqual([[1, 5 + OUT_OF_REACH, "here"]]);
  });

  test("[PR4] who comes back within the hold never left: its state goes to all, itself included, above the clock they know", () => {
    const room = roomWithAlice();
    room.drop("alice");
    room.advance(BLIP_HOLD_MS - 1);
    room.flush();
    room.open("alice2", { ...STOCK, user: "alice" });
    say(room, "alice2", [1, 5, "here"]);
    room.receive("alice2", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    room.flush();
    room.advance(BLIP_HOLD_MS);
    room.flush();
    expect(told(room, "carol")).toEqual([[1, 5 + OUT_OF_REACH, "here"]]);
    expect(told(room, "alice2")).toEqual([[1, 5 + OUT_OF_REACH, "here"]]);
  });

  test("[PR4] who comes back after the hold is shown again at once", () => {
    const room = roomWithAlice();
    room.drop("alice");
    room.advance(BLIP_HOLD_MS);
    room.flush();
    room.open("alice2", { ...STOCK, user: "alice" });
    say(room, "alice2", [1, 5, "here"]);
    room.flush();
    expect(told(room, "carol")).toEqual([
      [1, 7, null],
      [1, 5 + OUT_OF_REACH, "here"],
    ]);
  });

  test("[PR9] a leave is held, then said; a goodbye, or an end by the room, is said at once", () => {
    const room = roomWithAlice();
    room.join("bob");
    say(room, "bob", [2, 1, "bob"]);
    room.join("dave");
    say(room, "dave", [3, 1, "dave"]);
    room.flush();
    room.heard("carol");
    room.drop("alice");
    room.receive("bob", { type: "bye" });
    room.receive("dave", { type: "awareness", update: Uint8Array.of(255) });
    room.flush();
    expect(told(room, "carol")).toEqual([
      [2, LEAP + 3, null],
      [3, LEAP + 3, null],
    ]);
    expect(room.room.nextDeadlineMs(0)).toBe(room.nowMs + BLIP_HOLD_MS);
    room.advance(BLIP_HOLD_MS);
    room.flush();
    expect(told(room, "carol")).toEqual([[1, 7, null]]);
    expect(room.room.nextDeadlineMs(0)).toBeUndefined();
  });

  test("[PR9] a null said right before the goodbye is not lost with it", () => {
    const room = roomWithAlice();
    say(room, "alice", [1, 5, null]);
    room.receive("alice", { type: "bye" });
    room.flush();
    expect(told(room, "carol")).toEqual([[1, 8, null]]);
  });

  test("[PR10] a state larger than the limit, in bytes of UTF-8, ends its session; so does one that is no object", () => {
    const room = roomWithAlice();
    const state = (text: string): string => JSON.stringify({ text });
    const frame = 'x"}'.length + '{"text":'.length;
    const fits = state("é".repeat((MAX_AWARENESS_BYTES - frame) / 2 - 1));
    room.receive("alice", { type: "awareness", update: encodeAwareness([{ client: 1, clock: 7, state: fits }]) });
    expect(room.closed.size).toBe(0);
    const large = state("é".repeat(MAX_AWARENESS_BYTES / 2));
    room.receive("alice", { type: "awareness", update: encodeAwareness([{ client: 1, clock: 8, state: large }]) });
    room.receive("carol", { type: "awareness", update: encodeAwareness([{ client: 2, clock: 1, state: "[1]" }]) });
    room.join("bob");
    room.receive("bob", { type: "awareness", update: encodeAwareness([{ client: 3, clock: 1, state: "{no}" }]) });
    expect([...room.closed].map(([name, { reason }]) => [name, reason])).toEqual([
      ["alice", "too-large"],
      ["carol", "malformed"],
      ["bob", "malformed"],
    ]);
  });

  test("[PR16] without the scope, presence is ignored and the socket stays", () => {
    const room = roomWithAlice();
    room.join("bob", { ...STOCK, scopes: ["read"] });
    say(room, "bob", [2, 1, "bob"]);
    room.flush();
    expect(told(room, "carol")).toEqual([]);
    expect(room.closed.size).toBe(0);
  });
});
