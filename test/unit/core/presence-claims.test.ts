/**
 * Whom an awareness id belongs to while its socket is away.
 */
import { describe, expect, test } from "vitest";
import { OUT_OF_REACH } from "../../../src/core/presence/sent-clocks.ts";
import { BLIP_HOLD_MS, TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

const STOCK = { dialect: yWebsocket };
/** An id is kept for its user after it has left. */
const KEPT_MS = 60_000;

/** A room in which `alice` shows client 1 at clock 6 (5 as she says), and `carol` looks on. */
function roomWithAlice(): TestRoom {
  const room = new TestRoom();
  room.join("carol", STOCK);
  room.join("alice", STOCK);
  say(room, "alice", [1, 5, "here"]);
  room.flush();
  room.heard("carol");
  return room;
}

function owner(room: TestRoom, name: string): number | undefined {
  return room.room.presence.ownedBy(idOf(name))?.client;
}

describe("claims of an awareness id", () => {
  test("[PR2] an id waits for its user through the hold and a minute more, whoever claims it meanwhile", () => {
    const room = roomWithAlice();
    room.join("mallory", { ...STOCK, user: "mallory" });
    room.drop("alice");
    say(room, "mallory", [1, 9_000, "stolen"]);
    room.advance(BLIP_HOLD_MS);
    say(room, "mallory", [1, 9_001, "stolen"]);
    room.flush();
    expect([owner(room, "mallory"), told(room, "carol")]).toEqual([undefined, [[1, 8, null]]]);
    room.advance(KEPT_MS - 1);
    say(room, "mallory", [1, 9_002, "stolen"]);
    expect(owner(room, "mallory")).toBeUndefined();
    room.join("alice2", { ...STOCK, user: "alice" });
    say(room, "alice2", [1, 6, "back"]);
    say(room, "mallory", [1, 9_003, "stolen"]);
    room.flush();
    expect(told(room, "carol")).toEqual([[1, 6 + OUT_OF_REACH, "back"]]);
    room.receive("alice2", { type: "bye" });
    room.advance(KEPT_MS);
    say(room, "mallory", [1, 9_004, "somebody else by then"]);
    expect(owner(room, "mallory")).toBe(1);
  });

  test("[PR2] one without a name is nobody's other socket: it has an id back once the former socket is gone, from nobody with a name", () => {
    const room = new TestRoom();
    const nobody = { ...STOCK, user: "anonymous" };
    room.join("carol", STOCK);
    for (const name of ["first", "second"]) room.join(name, nobody);
    say(room, "first", [1, 5, "here"]);
    say(room, "second", [1, 9_000, "stolen"]);
    expect([owner(room, "first"), owner(room, "second")]).toEqual([1, undefined]);
    room.drop("first");
    say(room, "second", [1, 9_001, "back"]);
    expect(owner(room, "second")).toBe(1);
    room.drop("second");
    // Whoever has just said who they are.
    room.join("dave", STOCK);
    say(room, "dave", [1, 9_500, "with a name"]);
    expect(owner(room, "dave")).toBe(1);
    room.drop("dave");
    room.join("third", nobody);
    say(room, "third", [1, 9_900, "stolen"]);
    expect(owner(room, "third")).toBeUndefined();
  });

  test("[PR2] what an older socket without a name had still under way replaces no claim", () => {
    const room = new TestRoom();
    const nobody = { ...STOCK, user: "anonymous" };
    room.join("carol", STOCK);
    for (const name of ["first", "older", "younger"]) room.join(name, nobody);
    say(room, "first", [1, 5, "half open"]);
    say(room, "younger", [1, 7, "back"]);
    say(room, "older", [1, 6, "before"]);
    room.drop("older");
    room.drop("first");
    room.flush();
    expect([owner(room, "younger"), told(room, "carol").at(-1)?.[2]]).toEqual([1, "back"]);
  });

  test.each(["awake", "asleep"])(
    "[PR2] %s: without a name the latest claim counts once the socket that had the id is gone",
    (when) => {
      const room = new TestRoom();
      const nobody = { user: "anonymous" };
      room.join("carol", STOCK);
      for (const name of ["first", "gone", "shy", "second"]) room.join(name, nobody);
      say(room, "first", [1, 5, "half open"]);
      say(room, "gone", [1, 6, "gone again"]);
      say(room, "shy", [1, 7, "shy"], [1, 8, null]);
      say(room, "second", [1, 7, "back"]);
      room.flush();
      expect(told(room, "carol").map(([, , state]) => state)).toEqual(["half open"]);
      expect(owner(room, "second")).toBeUndefined();
      if (when === "asleep") room.sleep();
      room.drop("gone");
      room.drop("first");
      room.flush();
      expect([owner(room, "second"), told(room, "carol").map(([, , state]) => state)]).toEqual([1, ["back"]]);
      room.drop("second");
      room.advance(BLIP_HOLD_MS);
      room.flush();
      expect(told(room, "carol").map(([, , state]) => state)).toEqual([null]);
    },
  );
});
