import { describe, expect, it } from "vitest";
import type { Person, PresenceClientMessage } from "../../../src/protocol/presence-messages.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { PeopleWorld } from "../../support/people-world.ts";
import { picture } from "../../support/pictures.ts";

const SOMEBODY: Person = { user: {}, state: {}, status: "active", typing: "", cursor: null };
const MOVE: PresenceClientMessage = { type: "cursor", anchor: 0, x: 1, y: 1 };
const DEEP = "[".repeat(65) + "]".repeat(65);

function keys(count: number, from = 0): Readonly<Record<string, number>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${from + index}`, index]));
}

function later(hello: object): PresenceClientMessage {
  return { type: "hello", version: 1, hello };
}

function aliceAndBob() {
  const world = new PeopleWorld();
  const alice = world.join({ user: "alice" });
  const bob = world.join();
  world.say(alice, { type: "state", key: "a", json: "1" }, { type: "typing", where: "title" });
  world.flush();
  for (const client of [alice, bob]) client.takeHeard();
  return { world, alice, bob };
}

describe("what an application says by mistake", () => {
  it.each<readonly [string, PresenceClientMessage]>([
    ["a key without a name", { type: "state", key: "", json: "1" }],
    ["a long key", { type: "state", key: "k".repeat(65), json: "1" }],
    ["a key that is none", { type: "state", key: "__proto__", json: "1" }],
    ["deep JSON", { type: "state", key: "a", json: DEEP }],
    ["a large value", { type: "state", key: "a", json: JSON.stringify("é".repeat(4_096)) }],
    ["an event with a long name", { type: "event", name: "n".repeat(65), json: "1" }],
    ["an event without a name", { type: "event", name: "", json: "1" }],
    ["a deep event", { type: "event", name: "n", json: DEEP }],
    ["a large event", { type: "event", name: "n", json: JSON.stringify("x".repeat(4_096)) }],
    ["a long place", { type: "typing", where: "t".repeat(65) }],
    ["a user that is none", later({ user: "Alice" })],
    ["a state that is none", later({ state: [1] })],
    ["a deep state", later({ state: { a: JSON.parse(DEEP) } })],
    ["a view that is none", later({ view: { top: -1, bottom: 3 } })],
  ])("[PP28] %s is refused as if it had not been said, and whoever said it is told why", (_, message) => {
    const { world, alice, bob } = aliceAndBob();
    world.say(alice, message, MOVE);
    world.flush();
    expect(alice.closed).toBeUndefined();
    expect(bob.takeHeard()).toEqual([{ type: "cursor", actor: 1, anchor: 0, x: 1, y: 1 }]);
    const pace = { mode: "full", hz: alice.pace?.hz, dropped: 0, refused: { times: 1, reason: expect.any(String) } };
    expect(alice.takeHeard()[0]).toEqual({ type: "pace", pace });
  });

  it("[PP28] of a hello all that fits is said, the first one too", () => {
    const { world, bob } = aliceAndBob();
    const state = { ...keys(31), deep: JSON.parse(DEEP), "": 1, last: 1, ["k".repeat(65)]: 1, more: 2 };
    const carol = world.join({ user: "carol", hello: { state } });
    expect(carol.pace?.refused).toEqual({ times: 4, reason: "a state has at most 32 keys" });
    world.flush();
    expect(bob.people.get(carol.actor)).toEqual({ ...SOMEBODY, id: "carol", state: { ...keys(31), last: 1 } });
  });

  it("[PP28] keys beyond the limit are refused, also those that waited; what is taken back makes place", () => {
    const { world, alice, bob } = aliceAndBob();
    world.say(alice, later({ state: keys(31) }), { type: "state", key: "one more", json: "1" });
    world.flush();
    expect(Object.keys(bob.people.get(1)?.state ?? {})).toHaveLength(32);
    expect(bob.people.get(1)?.state).not.toHaveProperty("one more");
    world.say(alice, { type: "state", key: "a", json: "" }, { type: "state", key: "one more", json: "1" });
    world.flush();
    expect(bob.people.get(1)?.state).toEqual({ ...keys(31), "one more": 1 });
    const slow = world.join({ user: "slow", limits: { ...DEFAULT_LIMITS, presencePerSecond: 1 } });
    for (let index = 0; index < 100; index += 1) world.say(slow, MOVE);
    for (let index = 0; index < 40; index += 1) world.say(slow, { type: "state", key: `key ${index}`, json: "1" });
    world.wait(2_000);
    expect(slow.closed).toBeUndefined();
    expect(Object.keys(bob.people.get(slow.actor)?.state ?? {})).toHaveLength(32);
  });

  it("[PP28] a tab that says the key of another one's and 32 more is not closed", () => {
    const world = new PeopleWorld();
    const person = "alice-of-the-tabs-0";
    const [first, second] = [world.join({ hello: { person } }), world.join({ hello: { person } })];
    world.say(first, { type: "state", key: "mine", json: "1" });
    world.say(second, { type: "state", key: "mine", json: "2" });
    // The first tab was told that this is the other one's now, and has place for 32 of its own.
    for (const key of Object.keys(keys(32))) world.say(first, { type: "state", key, json: "1" });
    world.flush();
    expect([first.closed, second.closed]).toEqual([undefined, undefined]);
    expect(first.pace?.refused?.reason).toBe("a state has at most 32 keys");
    expect(first.people.get(1)?.state).toMatchObject({ mine: 2 });
  });

  it("[PP28] a face that does not fit beside the state is refused, and so is a state beside a face", () => {
    const { world, alice, bob } = aliceAndBob();
    const avatar = picture("png", 4_000);
    world.say(alice, later({ user: { avatar } }), later({ state: { a: 1, long: "x".repeat(8_000) } }));
    expect(alice.pace?.refused?.reason).toBe("user and state are limited to 11264 bytes");
    world.flush();
    expect(bob.people.get(1)).toMatchObject({ user: { avatar }, state: { a: 1 } });
    expect(bob.people.get(1)?.state).not.toHaveProperty("long");
  });

  it("[PP28] how much was refused is told once in 5 s", () => {
    const { world, alice } = aliceAndBob();
    const bad: PresenceClientMessage = { type: "state", key: "", json: "1" };
    for (let times = 0; times < 5; times += 1) world.say(alice, bad);
    expect(alice.takeHeard()).toHaveLength(1);
    world.nowMs += 5_000;
    world.say(alice, MOVE);
    expect(alice.pace?.refused).toEqual({ times: 4, reason: "a key of the state has 1 to 64 characters" });
    world.nowMs += 5_000;
    alice.takeHeard();
    world.say(alice, MOVE);
    expect(alice.takeHeard()).toEqual([]);
  });

  it("[PP28] a connection that nobody vouches for says 2 KB of state, a user 8 KB", () => {
    const { world, alice, bob } = aliceAndBob();
    const long = (chars: number): PresenceClientMessage => later({ state: { long: "x".repeat(chars) } });
    world.say(alice, long(8_100));
    world.say(bob, long(2_000), long(2_040));
    world.flush();
    expect(alice.people.get(1)?.state["long"]).toHaveLength(8_100);
    expect(alice.people.get(2)?.state["long"]).toHaveLength(2_000);
    expect(bob.pace?.refused?.reason).toBe("a state is limited to 2048 bytes");
    expect(alice.pace?.refused).toBeUndefined();
  });
});
