import { describe, expect, test } from "vitest";
import { sizeFor } from "../../src/core/people/room-size.ts";
import type { Rate } from "../../src/protocol/limits.ts";
import type { ActorId, Person } from "../../src/protocol/presence-messages.ts";
import type { PeopleClient } from "../support/people-client.ts";
import { rosterOf } from "../support/people-world.ts";
import { Random } from "../support/random.ts";
import { BOUNDS, PeopleLives, SPEAKERS, withoutVolatile } from "./people-lives.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const STEPS = 200;

type Deed = (lives: PeopleLives, random: Random) => void;

const DEEDS: readonly (readonly [weight: number, deed: Deed])[] = [
  [14, (lives) => lives.open()],
  [2, (lives) => lives.helloLate()],
  [30, (lives) => lives.speak()],
  [5, (lives) => lives.raise()],
  [6, (lives) => lives.look()],
  [12, (lives) => lives.leave()],
  [2, (lives) => lives.closeAgain()],
  [2, (lives) => lives.openAgain()],
  [3, (lives) => lives.regrant()],
  [20, (lives) => flush(lives)],
  [20, (lives, random) => wait(lives, random.below(700))],
  [4, (lives) => wait(lives, 5_000)],
  [4, (lives) => sleep(lives)],
  [1, (lives, random) => void (random.below(4) === 0 && lives.crash())],
];
const TOTAL_WEIGHT = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

function pickDeed(random: Random): Deed {
  let rest = random.below(TOTAL_WEIGHT);
  for (const [weight, deed] of DEEDS) {
    rest -= weight;
    if (rest < 0) return deed;
  }
  throw new RangeError("the weights do not add up");
}

/** One frame to each at most, and nobody is said to leave who is there. */
function flush(lives: PeopleLives): void {
  const { world } = lives;
  const { greeted } = lives;
  for (const client of world.clients.values()) client.takeHeard();
  world.sends = 0;
  world.flush();
  lives.noteSends();
  expect(world.sends).toBeLessThanOrEqual(greeted.length);
  const here = rosterOf(world.room);
  if (world.room.counts().size !== "full") return;
  for (const client of greeted) {
    for (const message of client.takeHeard()) {
      if (message.type === "left") expect(here.has(message.actor), `${message.actor} never left`).toBe(false);
    }
  }
  expectTold(lives);
}

function wait(lives: PeopleLives, ms: number): void {
  const { world, model } = lives;
  flush(lives);
  const before = model.counts();
  const endMs = world.nowMs + ms;
  // From end to end of what is held: each leaves counts, for however short, that may still be what clients know.
  const recent = [{ atMs: world.nowMs, counts: before }];
  while (world.nowMs < endMs) {
    const untilMs = Math.min(endMs, world.nowMs + 50, ...model.holdEnds(world.nowMs));
    world.wait(untilMs - world.nowMs);
    model.expire(world.nowMs);
    recent.push({ atMs: world.nowMs, counts: model.counts() });
  }
  lives.noteSends();
  const known = recent.filter((_, at) => (recent[at + 1]?.atMs ?? endMs) >= endMs - 1_050).map((at) => at.counts);
  for (const { counts, id } of lives.greeted) {
    if (ms < 1_000) continue;
    expect(known, `counts of ${id}`).toContainEqual(counts);
  }
  expectTold(lives);
}

function sleep(lives: PeopleLives): void {
  const before = rosterOf(lives.world.room);
  lives.sleep();
  expect(rosterOf(lives.world.room)).toEqual(before);
  expectRoster(lives);
}

/** The room's own view is the model's. */
function expectRoster({ world, model }: PeopleLives): void {
  const here = rosterOf(world.room);
  const sorted = (people: Iterable<Person>) => [...people].map((person) => canonical(person)).toSorted();
  expect(sorted(here.values())).toEqual(sorted(model.people().values()));
  const { size: _, ...counts } = world.room.counts();
  expect(counts).toEqual(model.counts());
}

/** What every client was told is what it may see. */
function expectTold(lives: PeopleLives): void {
  const { world, greeted } = lives;
  const here = rosterOf(world.room);
  const { size, people } = world.room.counts();
  if (lives.isPoor && !lives.world.isQuiet) return;
  // A large room is told anew when there is something to tell.
  if (lives.isJustAwake && people > BOUNDS.fullAgain) return;
  for (const client of greeted) {
    const known = withoutVolatile(client.people, client.actor);
    const right = withoutVolatile(here, client.actor);
    expect(client.pace?.mode, `size that ${client.id} knows`).toBe(size);
    if (size === "full") expect(known).toEqual(right);
    else if (size === "count") expect(known.size).toBe(0);
    else for (const [actor, person] of known) expect(person, `${actor} for ${client.id}`).toEqual(right.get(actor));
  }
}

/** Samples are chosen, reports are out. */
function expectSettled(lives: PeopleLives): void {
  const { world } = lives;
  expectRoster(lives);
  expectTold(lives);
  const here = rosterOf(world.room);
  const { size, ...counts } = world.room.counts();
  for (const client of lives.greeted) {
    expect(client.counts).toEqual(counts);
    if (size === "sampled") expectSample(client, here);
  }
  expect(size).toBe(sizeFor(size, counts.people, BOUNDS));
}

function expectSample(client: PeopleClient, here: ReadonlyMap<ActorId, Person>): void {
  const { people, follows, actor } = client;
  const isFollowing = follows !== actor && here.has(follows);
  if (isFollowing) expect(people.has(follows), `${client.id} follows ${follows}`).toBe(true);
  const places = Math.min(SPEAKERS, here.size);
  expect(people.size).toBeGreaterThanOrEqual(places);
  expect(people.size).toBeLessThanOrEqual(places + (isFollowing ? 1 : 0));
}

function live(seed: number, toldBytes?: Rate): void {
  const random = new Random(seed);
  const lives = new PeopleLives(random, toldBytes);
  for (let step = 0; step < STEPS; step += 1) {
    pickDeed(random)(lives, random);
    if (step % 50 !== 49) continue;
    wait(lives, 1_500);
    expectRoster(lives);
  }
  wait(lives, 20_000);
  expectSettled(lives);
  expect(lives.world.isQuiet).toBe(true);
  lives.sleep();
  expectRoster(lives);
  for (const client of [...lives.greeted]) lives.world.close(client);
  lives.world.wait(20_000);
  expect(lives.world.room.counts()).toEqual({ people: 0, connections: 0, size: "full" });
  expect(lives.world.isQuiet).toBe(true);
}

/** JSON with its keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

describe("people", () => {
  test("[PP22] any life of a room leaves the roster and counts of a simple model, and every client what it may see", () => {
    forSeeds(isLong ? 2_000 : 150, (seed) => live(seed));
  });

  test("[PP22][PP27] so it is in the end where words have to wait, and nobody hears of who is not shown yet", () => {
    forSeeds(isLong ? 1_000 : 75, (seed) => live(seed, { perSecond: 200, burst: 100 }));
  });
});
