import { describe, expect, it } from "vitest";
import type { Person, PresenceClientMessage } from "../../../src/protocol/presence-messages.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { PeopleWorld, rosterOf } from "../../support/people-world.ts";

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

const grantUntil = (expiresMs: number) => ({ scopes: ["read", "presence"], limits: DEFAULT_LIMITS, expiresMs });

describe("a room of people", () => {
  it("[PP7] a newcomer hears its actor, pace and counts, then everybody; the others hear of it alone", () => {
    const { world, clients } = crowd(2);
    const carol = world.join({ hello: { user: { name: "Carol" }, state: { page: 1 } } });
    const hz = { state: 5, cursor: 20, typing: 20, event: 10, counts: 20 };
    expect(carol.takeHeard()).toEqual([
      { type: "welcome", welcome: { version: 1, session: carol.id, actor: 3, scopes: ["read", "presence"] } },
      { type: "pace", pace: { mode: "full", hz, dropped: 0 } },
      { type: "counts", people: 3, connections: 3 },
    ]);
    world.flush();
    const person = { ...SOMEBODY, user: { name: "Carol" }, state: { page: 1 } };
    const counts = { type: "counts", people: 3, connections: 3 };
    expect(clients[0]?.takeHeard()).toEqual([{ type: "person", actor: 3, person }, counts]);
    expect(carol.takeHeard()).toEqual([
      { type: "person", actor: 1, person: SOMEBODY },
      { type: "person", actor: 2, person: SOMEBODY },
      { type: "person", actor: 3, person },
      counts,
    ]);
  });

  it("[PP8] a flush is one encoding and one frame to each", () => {
    const { world, clients } = crowd(50);
    [world.sends, world.encodings] = [0, 0];
    for (const client of clients) world.say(client, MOVE, { type: "typing", where: "t" }, WAVE);
    world.flush();
    expect([world.sends, world.encodings]).toEqual([50, 1]);
    for (const { people } of clients) expect(people).toEqual(rosterOf(world.room));
  });

  it("[PP8] who moves alone hears nothing of it on any of its sockets", () => {
    const world = new PeopleWorld();
    const person = "alice-of-the-tabs-0";
    const [alice, second] = [world.join({ hello: { person } }), world.join({ hello: { person } })];
    const bob = world.join();
    world.say(alice, MOVE);
    world.flush();
    world.sends = 0;
    world.say(alice, { type: "cursor", x: 2, y: 2 }, { type: "typing", where: "t" });
    world.flush();
    expect([world.sends, bob.people.get(1)?.cursor]).toEqual([1, { anchor: 0, x: 2, y: 2 }]);
    world.say(second, WAVE);
    world.flush();
    expect(world.sends).toBe(4);
  });

  it("[PP9] in a quiet room nothing is pending and nothing is due, whatever happened before", () => {
    const { world, clients } = crowd(10);
    expect(world.isQuiet).toBe(true);
    for (const client of clients.slice(0, 3)) world.say(client, MOVE, WAVE);
    for (const client of clients.slice(3, 6)) world.close(client);
    world.open();
    expect(world.isQuiet).toBe(false);
    world.wait(10_000);
    expect(world.isQuiet).toBe(true);
    expect(world.room.nextDeadlineMs()).toBeUndefined();
  });

  it("[PP19] the pace follows from occupancy and budget, and is told again when it has moved by more than a fifth", () => {
    const { world, clients } = crowd(10, { framesPerSecond: 200 });
    const [alice] = clients;
    expect(alice?.pace).toEqual({
      mode: "full",
      hz: { state: 5, cursor: 20, typing: 20, event: 10, counts: 20 },
      dropped: 0,
    });
    world.join();
    world.join();
    world.flush();
    expect(alice?.takeHeard().filter(({ type }) => type === "pace")).toEqual([]);
    world.join();
    world.flush();
    const hz = { state: 5, cursor: 15.38, typing: 15.38, event: 10, counts: 15.38 };
    expect(alice?.takeHeard()[0]).toEqual({ type: "pace", pace: { mode: "full", hz, dropped: 0 } });
    expect(world.join().pace?.hz).toEqual(hz);
    expect(world.room.flushHz).toBeCloseTo(200 / 14);
  });

  it("[PP23] a token that ends is asked for, then its connection is closed to come back, and held", () => {
    const world = new PeopleWorld();
    const bob = world.join();
    const alice = world.join({ user: "alice", ...grantUntil(world.nowMs + 60_000) });
    world.flush();
    bob.takeHeard();
    world.nowMs = world.room.rights.dueMs;
    world.room.expireHeld(world.nowMs);
    expect(alice.takeHeard().at(-1)).toEqual({ type: "token-wanted", seconds: 30 });
    world.say(alice, { type: "token", token: "fresh" });
    expect(world.tokens).toEqual(["fresh"]);
    world.room.regrant(alice.id, grantUntil(world.nowMs + 60_000), world.nowMs);
    const rights = { scopes: ["read", "presence"], reason: "token-renewed" };
    expect(alice.takeHeard()).toEqual([{ type: "rights", rights }]);
    for (let stage = 0; stage < 3; stage += 1) {
      world.nowMs = world.room.rights.dueMs;
      world.room.expireHeld(world.nowMs);
    }
    expect(alice.closed?.reason).toBe("refresh-token");
    world.join({ user: "alice", ...grantUntil(world.nowMs + 60_000) });
    world.wait(6_000);
    expect(bob.takeHeard()).toEqual([]);
  });

  it("[PP23] a closed lock closes all who may not stay, and who comes", () => {
    const { world, clients } = crowd(2);
    const admin = world.join({ scopes: ["read", "presence", "admin"] });
    world.room.rights.setLock("closed");
    expect(clients.map(({ closed }) => closed?.reason)).toEqual(["forbidden", "forbidden"]);
    expect(world.open().closed?.reason).toBe("forbidden");
    world.flush();
    expect([...admin.people.keys()]).toEqual([3]);
  });

  it("[PP13][PP23] a fresh token that brings or takes presence makes its connection somebody or nobody", () => {
    const { world, clients } = crowd(1);
    const [bob] = clients;
    const alice = world.join({ user: "alice", scopes: ["read"], hello: { state: { a: 1 } } });
    world.room.regrant(alice.id, { scopes: ["read", "presence"], limits: DEFAULT_LIMITS }, world.nowMs);
    world.flush();
    expect([alice.actor, bob?.people.get(2), bob?.counts]).toEqual([
      2,
      { ...SOMEBODY, id: "alice", state: { a: 1 } },
      { people: 2, connections: 2 },
    ]);
    world.room.regrant(alice.id, { scopes: ["read"], limits: DEFAULT_LIMITS }, world.nowMs);
    world.flush();
    expect([alice.actor, bob?.people.has(2), bob?.counts]).toEqual([0, false, { people: 1, connections: 2 }]);
    expect(world.room.kick({ user: "alice" }, "out", world.nowMs)).toBe(1);
    expect(alice.closed).toEqual({ reason: "forbidden", detail: "out" });
  });
});
