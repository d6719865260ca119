import { describe, expect, it } from "vitest";
import { type Person } from "../../../src/protocol/presence-messages.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { picture } from "../../support/pictures.ts";
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

describe("what a room of people keeps and tells", () => {
  it("[PP10] after a sleep people, actors and what they say are as before, and nobody is told anything", () => {
    const { world, alice, bob } = aliceAndBob();
    const reader = world.join({ scopes: ["read"] });
    const second = world.join({ hello: { person: ALICE, user: { name: "Älice 🦊" }, state: { __a: { b: "🦊" } } } });
    world.say(alice, { type: "cursor", anchor: 9, x: 1, y: 2 }, { type: "typing", where: "tïtle" });
    world.say(second, { type: "status", status: "away" }, { type: "state", key: "1e3", json: "1e3" });
    world.flush();
    const before = { roster: rosterOf(world.room), counts: world.room.counts() };
    for (const client of [alice, bob, reader, second]) client.takeHeard();
    world.sleep();
    expect({ roster: rosterOf(world.room), counts: world.room.counts() }).toEqual(before);
    world.wait(60_000);
    world.say(alice, { type: "cursor", x: 5, y: 5 }, { type: "state", key: "1e3", json: "1000" });
    world.flush();
    expect(bob.takeHeard()).toEqual([{ type: "cursor", actor: 1, x: 5, y: 5 }]);
    expect(world.join().actor).toBe(3);
  });

  it("[PP10] what a connection keeps has at most 12 KB", () => {
    const world = new PeopleWorld();
    const client = world.join({
      user: "alice",
      hello: {
        user: { name: "\u{1f98a}".repeat(64), avatar: picture("png", 2_400) },
        state: Object.fromEntries(Array.from({ length: 32 }, (_, key) => [`key ${key}`, '"'.repeat(112)])),
      },
    });
    world.say(client, { type: "typing", where: "\u{1f98a}".repeat(32) });
    world.flush();
    expect(client.closed).toBeUndefined();
    const size = world.kept(client)?.said.length ?? 0;
    expect(size).toBeGreaterThan(10_000);
    expect(size).toBeLessThanOrEqual(12 * 1024 - 256);
  });

  it("[PP13] without presence a connection hears and counts, is nobody, and is ignored", () => {
    const { world, alice, bob } = aliceAndBob();
    const reader = world.join({ scopes: ["read"], hello: { user: { name: "Eve" } } });
    world.say(reader, { type: "cursor", anchor: 0, x: 1, y: 1 }, { type: "event", name: "wave", json: "" });
    world.flush();
    expect([reader.actor, [...reader.people.keys()], bob.people.size]).toEqual([0, [1, 2], 2]);
    expect(bob.takeHeard()).toEqual([{ type: "counts", people: 2, connections: 3 }]);
    world.say(alice, { type: "typing", where: "t" });
    world.flush();
    expect(reader.people.get(1)?.typing).toBe("t");
    expect(world.open({ scopes: ["presence"] }).closed?.reason).toBe("forbidden");
  });

  it("[PP14] a token's profile stands in place of the page's, field by field", () => {
    const { world, bob } = aliceAndBob();
    const carol = world.join({
      user: "carol",
      profile: { name: "Carol" },
      hello: { user: { name: "Mallory", color: "#f00" } },
    });
    world.flush();
    expect(bob.people.get(3)).toEqual({ ...SOMEBODY, id: "carol", user: { name: "Carol", color: "#f00" } });
    world.room.regrant(
      carol.id,
      { limits: DEFAULT_LIMITS, scopes: ["read", "presence"], profile: { name: "Carola" } },
      world.nowMs,
    );
    world.flush();
    expect(bob.people.get(3)?.user).toEqual({ name: "Carola", color: "#f00" });
  });

  it("[PP25] who asks from outside hears who is there, and never the text that joins tabs", () => {
    const { world, alice } = aliceAndBob();
    world.wait(7_000);
    world.say(alice, { type: "status", status: "idle" });
    const text = JSON.stringify(world.room.describe());
    expect(text).not.toContain(ALICE);
    expect(world.room.describe()[0]).toEqual({
      actor: 1,
      person: { ...SOMEBODY, user: { name: "Alice" }, status: "idle" },
      connections: 1,
      joinedMs: 1_000_000,
      lastSeenMs: 1_007_000,
    });
  });
});
