/**
 * Sockets that must not stay beyond a time, at the engine: whoever came with a key or a token is judged anew now and then.
 */
import { describe, expect, test } from "vitest";
import { TestRoom, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const ALL = ["read", "write", "presence"];

/** A room in which `alice` and `bob` are synced; alice's token ends in an hour, and she must not stay so long. */
function roomWithToken({ closesMs }: { readonly closesMs: number }): TestRoom {
  const room = new TestRoom();
  room.join("bob");
  room.join("alice", { expiresMs: room.nowMs + HOUR, closesMs });
  return room;
}

describe("the end of a session", () => {
  test("[RG12] who must not stay beyond a time is closed then, unless it was judged anew", () => {
    const room = roomWithToken({ closesMs: 1_000_000 + 600 * SECOND });
    const closesMs = room.nowMs + 600 * SECOND;
    room.join("carol", { closesMs });
    room.join("dave", { closesMs, dialect: yWebsocket });
    room.regrant("carol", { scopes: ALL, closesMs: closesMs + 1 });
    room.heard("carol");
    room.advanceRights(600 * SECOND - 1);
    expect([room.closed.size, room.heard("alice"), room.heard("carol")]).toEqual([0, [], []]);
    room.advanceRights(1);
    expect([...room.closed]).toEqual(["alice", "dave"].map((name) => [name, { reason: "refresh-token", detail: "" }]));
    expect(room.room.rights.dueMs).toBe(closesMs + 1);
  });

  test("[PR9] who is closed by the end of a token is held for a blip", () => {
    const room = roomWithToken({ closesMs: 1_000_000 + SECOND });
    say(room, "alice", [1, 1, "here"]);
    room.flush();
    room.heard("bob");
    room.advanceRights(SECOND);
    room.flush();
    expect([room.closed.get("alice")?.reason, told(room, "bob")]).toEqual(["refresh-token", []]);
    room.join("alice2", { user: "alice" });
    say(room, "alice2", [1, 2, "here"]);
    room.advance(10 * SECOND);
    room.flush();
    expect(told(room, "bob").map(([, , state]) => state)).toEqual(["here"]);
  });
});
