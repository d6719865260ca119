import { expect, it } from "vitest";
import type { PresenceClientMessage } from "../../../src/protocol/presence-messages.ts";
import { PeopleWorld, rosterOf } from "../../support/people-world.ts";

const MOVE: PresenceClientMessage = { type: "cursor", anchor: 0, x: 1, y: 1 };
/** A thousand characters take a second. */
const POOR = { toldBytes: { perSecond: 1_000, burst: 100 } };

const say = (key: string, chars: number): PresenceClientMessage => ({
  type: "state",
  key,
  json: JSON.stringify("x".repeat(chars)),
});

function aliceAndBob() {
  const world = new PeopleWorld(POOR);
  const [alice, bob] = [world.join({ user: "alice" }), world.join({ user: "bob" })];
  world.wait(10_000);
  for (const client of [alice, bob]) client.takeHeard();
  return { world, alice, bob };
}

it("[PP27] what waits is told when it may be, the last of it; cursors do not wait, nor who leaves", () => {
  const { world, alice, bob } = aliceAndBob();
  world.say(alice, say("a", 1_000));
  world.flush();
  expect(bob.takeHeard()).toHaveLength(1);
  world.say(alice, say("a", 10), { type: "typing", where: "title" }, MOVE);
  world.flush();
  expect(bob.takeHeard()).toEqual([{ type: "cursor", actor: 1, anchor: 0, x: 1, y: 1 }]);
  expect([world.isQuiet, world.room.hasPending]).toEqual([false, false]);
  world.say(alice, say("a", 20));
  world.wait(2_000);
  expect(bob.takeHeard()).toEqual([
    { type: "state", actor: 1, key: "a", json: JSON.stringify("x".repeat(20)) },
    { type: "typing", actor: 1, where: "title" },
  ]);
  expect(world.isQuiet).toBe(true);
  world.say(alice, say("a", 1_000));
  world.flush();
  world.say(alice, say("b", 1_000), { type: "bye" });
  bob.takeHeard();
  world.flush();
  expect(bob.takeHeard().map(({ type }) => type)).toEqual(["left", "counts"]);
  expect(world.isQuiet).toBe(true);
});

it("[PP27] who comes while words wait is told later, and a newcomer hears what the others know", () => {
  const { world, alice, bob } = aliceAndBob();
  world.say(alice, say("a", 1_000));
  world.flush();
  world.say(alice, say("a", 5));
  bob.takeHeard();
  const carol = world.join({ user: "carol" });
  world.say(carol, MOVE);
  world.flush();
  expect(bob.takeHeard().map(({ type }) => type)).toEqual(["counts"]);
  expect([...carol.people.keys()]).toEqual([1, 2]);
  expect(carol.people.get(1)).toEqual(bob.people.get(1));
  const dave = world.join({ user: "dave" });
  world.flush();
  world.say(dave, { type: "bye" });
  world.wait(5_000);
  for (const client of [alice, bob, carol]) expect(client.people).toEqual(rosterOf(world.room));
  expect(bob.heard.filter(({ type }) => type === "left")).toEqual([]);
});

it("[PP27] what waits outlives a socket that comes back from before a sleep when all others are back", () => {
  const { world, alice, bob } = aliceAndBob();
  const carol = world.join({ user: "carol" });
  world.wait(10_000);
  const [facts, kept] = world.facts(carol);
  world.room.close(carol.id, true, world.nowMs);
  world.say(alice, say("a", 1_000), say("b", 1_000));
  world.flush();
  world.say(alice, say("a", 1));
  world.flush();
  world.room.restore(facts, kept, world.nowMs);
  world.wait(10_000);
  expect(bob.people.get(1)?.state["a"]).toBe("x");
});
