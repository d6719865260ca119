import { describe, expect, it } from "vitest";
import type { Person, PresenceClientMessage } from "../../../src/protocol/presence-messages.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { PeopleWorld } from "../../support/people-world.ts";
import { picture } from "../../support/pictures.ts";

const SOMEBODY: Person = { user: {}, state: {}, status: "active", typing: "", cursor: null };
const MOVE: PresenceClientMessage = { type: "cursor", anchor: 0, x: 1, y: 1 };
const WAVE: PresenceClientMessage = { type: "event", name: "wave", json: "" };

function crowd(count: number, options: ConstructorParameters<typeof PeopleWorld>[0] = {}) {
  const world = new PeopleWorld(options);
  const clients = Array.from({ length: count }, () => world.join());
  world.wait(2_000);
  for (const client of clients) client.takeHeard();
  return { world, clients };
}

describe("what strangers say to a room of people", () => {
  it("[PP11] what is bad ends its own connection, and nobody else hears of it", () => {
    const bad: readonly (readonly [string, PresenceClientMessage])[] = [
      ["malformed", { type: "state", key: "a", json: "{" }],
      ["malformed", { type: "event", name: "n", json: "nothing" }],
      ["malformed", { type: "hello", version: 2, hello: {} }],
      ["malformed", { type: "hello", version: 1, hello: { person: "short" } }],
      ["malformed", { type: "hello", version: 1, hello: { person: "somebody-else-entirely" } }],
      ["too-large", { type: "state", key: "a", json: "1".repeat(65_536) }],
    ];
    for (const [reason, message] of bad) {
      const { world, clients } = crowd(2);
      const [alice, bob] = clients;
      if (alice === undefined || bob === undefined) throw new Error("nobody came");
      world.say(alice, { type: "state", key: "kept", json: "1" });
      world.flush();
      bob.takeHeard();
      world.say(alice, message, MOVE);
      expect([alice.closed?.reason, bob.closed]).toEqual([reason, undefined]);
      world.flush();
      expect(bob.takeHeard()).toEqual([
        { type: "left", actor: 1 },
        { type: "counts", people: 1, connections: 1 },
      ]);
    }
  });

  it("[PP11] a bad hello is nobody", () => {
    const hellos: readonly unknown[] = [[], "hello", { person: "short" }, { person: "a person with spaces" }];
    const world = new PeopleWorld();
    for (const hello of hellos) {
      // SAFETY: the wire brings any JSON.
      const client = world.join({ hello: hello as object });
      expect([hello, client.closed?.reason]).toEqual([hello, "malformed"]);
    }
    const whole = { name: "n".repeat(128), color: "#aAbBcC", avatar: picture("png", 4_072) };
    const state = Object.fromEntries(Array.from({ length: 32 }, (_, key) => [key, "x".repeat(200)]));
    const good = world.join({
      user: "alice",
      hello: { person: "p".repeat(64), user: whole, state, view: { top: 0, bottom: 65_535 } },
    });
    world.flush();
    expect(good.people.get(1)).toEqual({ ...SOMEBODY, id: "alice", user: whole, state });
    expect(world.room.counts().connections).toBe(1);
  });

  it("[PP12] the hello comes first, and within 10 s", () => {
    const world = new PeopleWorld();
    const [alice, bob] = [world.open(), world.open()];
    world.say(alice, MOVE);
    expect(alice.closed?.reason).toBe("malformed");
    expect(world.room.counts().connections).toBe(0);
    world.wait(9_999);
    expect(bob.closed).toBeUndefined();
    world.wait(1);
    expect(bob.closed?.reason).toBe("hello-late");
    expect(world.isQuiet).toBe(true);
  });

  it("[PP20] above its limit a cursor is shown a second later, the last one, and counted", () => {
    const { world, clients } = crowd(1);
    const limits = { ...DEFAULT_LIMITS, presencePerSecond: 1 };
    const alice = world.join({ limits });
    const [bob] = clients;
    for (let x = 0; x < 150; x += 1) world.say(alice, { type: "cursor", anchor: 0, x, y: 0 });
    world.say(alice, { type: "state", key: "a", json: "1" });
    world.flush();
    const shown = bob?.people.get(alice.actor)?.cursor?.x ?? 0;
    expect(shown).toBeGreaterThan(50);
    expect(shown).toBeLessThan(100);
    expect(alice.pace?.dropped).toBe(1);
    expect(world.limited).toContain("presencePerSecond");
    world.wait(1_000);
    expect(bob?.people.get(alice.actor)).toEqual({ ...SOMEBODY, cursor: { anchor: 0, x: 149, y: 0 }, state: { a: 1 } });
    world.wait(4_000);
    for (let x = 0; x < 20; x += 1) world.say(alice, { type: "cursor", x, y: 0 });
    expect(alice.pace?.dropped).toBeGreaterThan(50);
    expect(alice.takeHeard().filter(({ type }) => type === "pace")).toHaveLength(3);
    expect(alice.closed).toBeUndefined();
  });

  it("[PP20] what is said within the rate again is not undone by what waited", () => {
    const { world } = crowd(1);
    const alice = world.join({ limits: { ...DEFAULT_LIMITS, presencePerSecond: 3 } });
    for (let x = 0; x < 100; x += 1)
      world.say(alice, { type: "cursor", anchor: 0, x, y: 0 }, { type: "typing", where: "late" });
    world.nowMs += 900;
    world.say(alice, { type: "cursor", x: 777, y: 0 }, { type: "typing", where: "" });
    world.wait(1_000);
    expect(world.room.describe()[1]?.person).toEqual({ ...SOMEBODY, cursor: { anchor: 0, x: 777, y: 0 } });
  });

  it("[PP20] events above the rate are dropped and counted", () => {
    const { world, clients } = crowd(1);
    const alice = world.join({ limits: { ...DEFAULT_LIMITS, eventsPerSecond: 1 } });
    for (let times = 0; times < 100; times += 1) world.say(alice, WAVE);
    world.flush();
    const heard = clients[0]?.takeHeard().filter(({ type }) => type === "event").length ?? 0;
    expect(heard).toBeLessThan(95);
    world.nowMs += 5_000;
    world.say(alice, MOVE);
    expect(
      alice.takeHeard().reduce((sum, message) => sum + (message.type === "pace" ? message.pace.dropped : 0), heard),
    ).toBe(100);
  });

  it("[PP20] nobody is closed below ten times the pace, and who sends more is", () => {
    const { world } = crowd(1);
    const [alice, bob] = [world.join(), world.join()];
    for (let tick = 0; tick < 1_000; tick += 1) {
      world.nowMs += 10;
      world.say(alice, MOVE);
      for (let times = 0; times < 3; times += 1) if (bob.closed === undefined) world.say(bob, MOVE);
    }
    expect([alice.closed, bob.closed?.reason]).toEqual([undefined, "too-fast"]);
  });

  it("[PP21] events are passed on once and in order, and tallied where they are too many", () => {
    const { world, clients } = crowd(3);
    const [alice, bob, carol] = clients;
    if (alice === undefined || bob === undefined || carol === undefined) throw new Error("nobody came");
    world.say(alice, { type: "event", name: "say", json: '{"a" : 1}' }, WAVE);
    world.say(bob, { type: "event", name: "say", json: "2" }, { type: "bye" });
    world.flush();
    expect(carol.takeHeard()).toEqual([
      { type: "event", actor: 1, name: "say", json: '{"a":1}' },
      { type: "event", actor: 1, name: "wave", json: "" },
      { type: "event", actor: 2, name: "say", json: "2" },
      { type: "left", actor: 2 },
      { type: "counts", people: 2, connections: 2 },
    ]);
    for (let times = 0; times < 130; times += 1) world.say(alice, WAVE);
    world.flush();
    const heard = carol.takeHeard();
    expect([heard.length, heard.at(-1)]).toEqual([101, { type: "tally", name: "wave", times: 30 }]);
    world.nowMs += 5_000;
    for (let times = 0; times < 5; times += 1) {
      world.say(alice, { type: "event", name: "long", json: JSON.stringify("x".repeat(4_000)) });
    }
    world.flush();
    expect(carol.takeHeard().map(({ type }) => type)).toEqual(["event", "event", "event", "event", "tally"]);
  });
});
