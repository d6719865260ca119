import { describe, expect, test } from "vitest";
import { NOBODY } from "../../../src/protocol/profile.ts";
import { NOTHING_KNOWN, TestRoom, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

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

describe("a client that comes back and repeats what it hears of itself", () => {
  test("[PR6] what it heard of itself as it came back is no news either", () => {
    const room = roomOf("alice");
    room.drop("alice");
    room.join("carol", STOCK);
    room.open("back", { ...STOCK, user: "alice" });
    room.receive("back", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    expect(told(room, "back")).toContainEqual([1, 4, "new"]);
    // As it left, as it has moved since, and the echo.
    say(room, "back", [1, 2, "new"]);
    say(room, "back", [1, 3, "moved"]);
    say(room, "back", [1, 4, "new"]);
    room.flush();
    expect(told(room, "bob").at(-1)).toEqual([1, expect.any(Number), "moved"]);
  });

  test("[PR6] nor is it while its old socket is still there", () => {
    const nameless = { ...STOCK, user: NOBODY };
    const room = roomOf(NOBODY);
    room.join("carol", STOCK);
    room.open("back", nameless);
    room.receive("back", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    expect(told(room, "back")).toEqual([[1, 4, "new"]]);
    say(room, "back", [1, 2, "new"]);
    say(room, "back", [1, 3, "moved"]);
    say(room, "back", [1, 4, "new"]);
    room.drop("alice");
    room.flush();
    expect(told(room, "bob").at(-1)).toEqual([1, expect.any(Number), "moved"]);
  });
});
