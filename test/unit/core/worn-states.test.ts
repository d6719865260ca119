/**
 * States that wear what a token says of its bearer.
 */
import { describe, expect, test } from "vitest";
import { encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { MAX_AWARENESS_BYTES } from "../../../src/protocol/limits.ts";
import { TestRoom, idOf, roost, yWebsocket } from "../../support/test-room.ts";
import { statesOf } from "./overload-support.ts";

const PROFILE = { name: "Alice", color: "#abc" };

function roomWith(options: Parameters<TestRoom["join"]>[1]): TestRoom {
  const room = new TestRoom();
  room.join("bob");
  room.join("alice", options);
  return room;
}

function says(room: TestRoom, clock: number, state: string | null): void {
  room.receive("alice", { type: "awareness", update: encodeAwareness([{ client: 1, clock, state }]) });
  room.flush();
}

/** What a name hears of states. */
function seen(room: TestRoom, name: string): readonly unknown[] {
  return statesOf(room.heard(name)).map((state) => (state === null ? null : JSON.parse(state)));
}

describe("states of somebody with a profile", () => {
  test.each([
    ["another's name", { name: "Bob", color: "#abc", role: "x" }, { role: "x" }],
    ["nobody", undefined, {}],
    ["no object", "Bob", {}],
    ["a list", [1], {}],
    ["null", null, {}],
  ])("[ID1] who says %s is shown as the token says, with all else as it was", (_, user, rest) => {
    const room = roomWith({ profile: PROFILE });
    says(room, 1, JSON.stringify({ user, cursor: 5 }));
    const shown = { user: { ...rest, ...PROFILE }, cursor: 5 };
    expect([seen(room, "bob"), seen(room, "alice")]).toEqual([[shown], [shown]]);
    expect(room.room.presence.everybodyElse(idOf("bob"))).toHaveLength(1);
  });

  test("[ID1] a key that stands there twice is read once, so that it means the same everywhere", () => {
    const room = roomWith({ profile: PROFILE });
    says(room, 1, '{"user":{"name":"Bob"},"user":{"name":"Alice","color":"#abc"}}');
    expect(statesOf(room.heard("bob"))).toEqual([JSON.stringify({ user: PROFILE })]);
  });

  test("[ID1] without a profile a state stays as it is, byte for byte", () => {
    const room = roomWith({});
    const said = '{ "user" : {"name":"Bob"} }';
    says(room, 1, said);
    expect(statesOf(room.heard("bob"))).toEqual([said]);
  });

  for (const dialect of [roost, yWebsocket]) {
    const family = dialect === roost ? "roost" : "stock";
    test(`[ID2] a ${family} client hears its worn state above what it said, once, and its echo is no news`, () => {
      const room = roomWith({ profile: PROFILE, dialect });
      const said = { cursor: 1, user: { name: "Bob" } };
      const worn = JSON.stringify({ cursor: 1, user: PROFILE });
      says(room, 1, JSON.stringify(said));
      const heard = room.heard("alice").find(({ type }) => type === "awareness");
      expect(heard?.type === "awareness" && statesOf([heard])).toEqual([worn]);
      room.heard("bob");
      if (heard?.type === "awareness") room.receive("alice", heard);
      room.flush();
      expect([seen(room, "alice"), seen(room, "bob")]).toEqual([[], []]);
      // It goes on with what it heard.
      says(room, 2_000, JSON.stringify({ cursor: 2, user: PROFILE }));
      expect([seen(room, "alice"), seen(room, "bob")]).toEqual([[], [{ cursor: 2, user: PROFILE }]]);
    });
  }

  test("[ID2] who says otherwise again is told again, also where nothing changes for the others", () => {
    const room = roomWith({ profile: PROFILE });
    says(room, 1, '{"user":{"name":"Bob"}}');
    says(room, 1_500, '{"user":{"name":"Bob"}}');
    expect(seen(room, "alice")).toHaveLength(2);
    says(room, 1_501, null);
    expect(seen(room, "bob").at(-1)).toBeNull();
  });

  test("[ID2] who says another name at the very clock it was told at has not heard yet, and is told again", () => {
    const room = roomWith({ profile: PROFILE, dialect: yWebsocket });
    says(room, 1, '{"user":{"name":"Bob"}}');
    room.heard("alice");
    says(room, 2, '{"user":{"name":"Carol"}}');
    expect(seen(room, "alice")).toEqual([{ user: PROFILE }]);
  });

  test("[ID3] a state that grows too large by what it wears ends its session, one that just fits does not", () => {
    const wornBytes = JSON.stringify({ x: "", user: PROFILE }).length;
    for (const [excess, closed] of [
      [0, undefined],
      [1, "too-large"],
    ] as const) {
      const room = roomWith({ profile: PROFILE });
      says(room, 1, JSON.stringify({ x: "x".repeat(MAX_AWARENESS_BYTES - wornBytes + excess) }));
      expect(room.closed.get("alice")?.reason).toBe(closed);
    }
  });

  test("[ID4] the profile of a fresh token is shown at once, to its bearer too, and after sleep", () => {
    const room = roomWith({ profile: PROFILE, dialect: yWebsocket });
    says(room, 1, '{"cursor":1}');
    for (const name of ["alice", "bob"]) room.heard(name);
    room.sleep();
    const married = { name: "Alice B.", color: "#abc" };
    room.regrant("alice", { profile: married });
    room.flush();
    const shown = { cursor: 1, user: married };
    expect([seen(room, "bob"), seen(room, "alice")]).toEqual([[shown], [shown]]);
    room.regrant("alice", { profile: married });
    room.flush();
    expect(seen(room, "bob")).toEqual([]);
    room.sleep();
    says(room, 3_000, '{"cursor":2,"user":{"name":"Bob"}}');
    expect(seen(room, "bob")).toEqual([{ cursor: 2, user: married }]);
  });
});
