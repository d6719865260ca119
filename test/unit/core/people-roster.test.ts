import { describe, expect, it } from "vitest";
import { type Person } from "../../../src/protocol/presence-messages.ts";
import { PeopleWorld, rosterOf } from "../../support/people-world.ts";

const SOMEBODY: Person = { user: {}, state: {}, status: "active", typing: "", cursor: null };
const ALICE = "alice-of-the-tabs-0";
const BOB = "bob-of-the-tabs-000";

/** Alice, and Bob who watches; all is told. */
function aliceAndBob() {
  const world = new PeopleWorld();
  const alice = world.join({ hello: { person: ALICE, user: { name: "Alice" } } });
  const bob = world.join({ hello: { person: BOB, user: { name: "Bob" } } });
  world.flush();
  bob.takeHeard();
  alice.takeHeard();
  return { world, alice, bob };
}

describe("people", () => {
  it("[PP1] sockets of one user, or of one person text, are one actor; the two never meet", () => {
    const world = new PeopleWorld();
    const actors = [
      world.join({ user: ALICE }),
      world.join({ user: ALICE, hello: { person: BOB } }),
      world.join({ hello: { person: ALICE } }),
      world.join({ hello: { person: ALICE } }),
      world.join({ hello: { person: `u-${ALICE}` } }),
      world.join(),
      world.join(),
    ].map(({ actor }) => actor);
    expect(actors).toEqual([1, 1, 2, 2, 3, 4, 5]);
    expect(rosterOf(world.room).get(1)).toEqual({ ...SOMEBODY, id: ALICE });
    expect(rosterOf(world.room).get(2)).toEqual(SOMEBODY);
  });

  it("[PP2] the first tab joins, the last leaves, and in between they are one person on two connections", () => {
    const { world, alice, bob } = aliceAndBob();
    const second = world.join({ hello: { person: ALICE, user: { name: "Alice" } } });
    world.flush();
    expect(bob.takeHeard()).toEqual([{ type: "counts", people: 2, connections: 3 }]);
    world.say(alice, { type: "bye" });
    world.flush();
    expect(bob.takeHeard()).toEqual([{ type: "counts", people: 2, connections: 2 }]);
    world.say(second, { type: "bye" });
    world.flush();
    expect(bob.takeHeard()).toEqual([
      { type: "left", actor: 1 },
      { type: "counts", people: 1, connections: 1 },
    ]);
  });

  it("[PP3] what came last from any tab counts, and a tab takes with it what it alone had said", () => {
    const { world, alice, bob } = aliceAndBob();
    world.say(alice, { type: "state", key: "page", json: '"/a"' }, { type: "state", key: "hand", json: "true" });
    world.say(alice, { type: "cursor", anchor: 7, x: 1, y: 2 }, { type: "typing", where: "title" });
    world.say(alice, { type: "status", status: "idle" });
    const second = world.join({ hello: { person: ALICE, user: { name: "Alice II" }, state: { page: "/b" } } });
    world.say(second, { type: "cursor", anchor: 8, x: 3, y: 4 }, { type: "typing", where: "body" });
    world.flush();
    expect(bob.people.get(1)).toEqual({
      user: { name: "Alice II" },
      state: { page: "/b", hand: true },
      status: "active",
      typing: "body",
      cursor: { anchor: 8, x: 3, y: 4 },
    });
    world.say(second, { type: "gone" }, { type: "typing", where: "" }, { type: "state", key: "page", json: "" });
    world.say(second, { type: "status", status: "away" });
    world.flush();
    expect(bob.people.get(1)).toEqual({
      user: { name: "Alice II" },
      state: { page: "/a", hand: true },
      status: "idle",
      typing: "title",
      cursor: { anchor: 7, x: 1, y: 2 },
    });
    world.say(alice, { type: "bye" });
    world.flush();
    expect(bob.people.get(1)).toEqual({ ...SOMEBODY, user: { name: "Alice II" }, status: "away" });
  });

  it("[PP3] many tabs together show no more than one may say, the newest of it", () => {
    const { world, bob } = aliceAndBob();
    for (let tab = 0; tab < 4; tab += 1) {
      world.join({ hello: { person: ALICE, state: { [`key ${tab}`]: "x".repeat(800) } } });
    }
    world.flush();
    expect(Object.keys(bob.people.get(1)?.state ?? {}).toSorted()).toEqual(["key 2", "key 3"]);
  });

  it("[PP4] what has changed is one message each, and what has not is none", () => {
    const { world, alice, bob } = aliceAndBob();
    world.say(alice, { type: "cursor", anchor: 7, x: 1, y: 1 }, { type: "cursor", x: 2, y: 2 });
    world.say(alice, { type: "state", key: "a", json: "1" }, { type: "state", key: "a", json: " 2 " });
    world.flush();
    expect(bob.takeHeard()).toEqual([
      { type: "state", actor: 1, key: "a", json: "2" },
      { type: "cursor", actor: 1, anchor: 7, x: 2, y: 2 },
    ]);
    world.say(alice, { type: "cursor", x: 3, y: 3 }, { type: "state", key: "a", json: "2" });
    world.say(alice, { type: "typing", where: "t" }, { type: "status", status: "idle" });
    world.flush();
    expect(bob.takeHeard()).toEqual([
      { type: "cursor", actor: 1, x: 3, y: 3 },
      { type: "typing", actor: 1, where: "t" },
      { type: "status", actor: 1, status: "idle" },
    ]);
    world.say(alice, { type: "gone" }, { type: "state", key: "a", json: "" });
    world.flush();
    expect(bob.takeHeard()).toEqual([
      { type: "state", actor: 1, key: "a", json: "" },
      { type: "gone", actor: 1 },
    ]);
    world.say(alice, { type: "gone" }, { type: "typing", where: "t" });
    world.flush();
    expect(bob.takeHeard()).toEqual([]);
  });

  it("[PP4][PP12] a later hello says anew what it names, and another face is the person again", () => {
    const { world, alice, bob } = aliceAndBob();
    world.say(alice, { type: "state", key: "a", json: "1" });
    world.say(alice, { type: "hello", version: 1, hello: { person: ALICE, user: { name: "Alicia" } } });
    world.flush();
    expect(bob.takeHeard()).toEqual([
      { type: "person", actor: 1, person: { ...SOMEBODY, user: { name: "Alicia" }, state: { a: 1 } } },
    ]);
    world.say(alice, { type: "hello", version: 1, hello: { person: BOB } });
    expect(alice.closed).toEqual({ reason: "malformed", detail: "it was somebody else before" });
  });

  it("[PP5] a navigation inside 5 s is heard by nobody, but for what is different", () => {
    const { world, alice, bob } = aliceAndBob();
    world.say(alice, { type: "cursor", anchor: 0, x: 1, y: 1 });
    world.flush();
    bob.takeHeard();
    world.close(alice);
    world.wait(4_999);
    const again = world.join({ hello: { person: ALICE, user: { name: "Alice" } } });
    world.say(again, { type: "cursor", anchor: 0, x: 1, y: 1 });
    world.wait(20_000);
    expect(again.actor).toBe(1);
    expect(bob.takeHeard()).toEqual([]);
    expect(bob.counts).toEqual({ people: 2, connections: 2 });
    world.close(again);
    world.join({ hello: { person: ALICE, user: { name: "Alice" }, state: { page: "/b" } } });
    world.wait(20_000);
    expect(bob.takeHeard()).toEqual([
      { type: "state", actor: 1, key: "page", json: '"/b"' },
      { type: "gone", actor: 1 },
    ]);
  });

  it("[PP5] who is not back in 5 s has left then, and counts until then", () => {
    const { world, alice, bob } = aliceAndBob();
    world.close(alice);
    world.wait(4_999);
    expect([bob.takeHeard(), world.room.counts().people]).toEqual([[], 2]);
    world.wait(1);
    expect(bob.takeHeard()).toEqual([
      { type: "left", actor: 1 },
      { type: "counts", people: 1, connections: 1 },
    ]);
    expect(world.isQuiet).toBe(true);
  });

  it("[PP5] a late close of the old socket takes nothing away from who is back", () => {
    const { world, alice, bob } = aliceAndBob();
    const again = world.join({ hello: { person: ALICE, user: { name: "Alice" } } });
    world.close(alice);
    world.wait(20_000);
    expect(again.actor).toBe(1);
    expect(bob.people.get(1)).toEqual({ ...SOMEBODY, user: { name: "Alice" } });
    expect(bob.counts).toEqual({ people: 2, connections: 2 });
  });

  it("[PP6] an actor is the smallest number that was nobody's for 60 s", () => {
    const { world, alice } = aliceAndBob();
    world.say(alice, { type: "bye" });
    world.wait(59_999);
    expect(world.join().actor).toBe(3);
    world.wait(1);
    expect(world.join().actor).toBe(1);
    expect(world.join().actor).toBe(4);
  });
});
