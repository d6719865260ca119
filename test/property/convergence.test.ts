import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { recordResult } from "../support/results.ts";
import { Random } from "../support/random.ts";
import { editRandomly } from "./random-edits.ts";
import { contentOf } from "./random-history.ts";
import { isWaiting } from "./sync-client.ts";
import { SyncWorld } from "./sync-world.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const STEPS = 400;

type Deed = (world: SyncWorld, random: Random) => void;

const DEEDS: readonly (readonly [weight: number, deed: Deed])[] = [
  [30, (world, random) => editRandomly(random.pick(world.clients).doc, random)],
  [60, (world) => void world.deliverOne()],
  [15, (world) => world.flush()],
  [8, (world, random) => toggle(world, random)],
  [6, (world, random) => gossip(world, random)],
  [4, (world) => world.closeOneLate()],
  [4, (world, random) => world.wait(random.below(20_000))],
  [4, (world) => world.maintain()],
  [2, (world) => void world.sleep()],
  [1, (world) => world.crash()],
  [1, (world, random) => (world.isDiskFull = random.below(2) === 0)],
  [3, (world) => world.checkSeenIsSaved()],
];
const TOTAL_WEIGHT = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

function toggle(world: SyncWorld, random: Random): void {
  const client = random.pick(world.clients);
  if (world.isConnected(client)) world.disconnect(client);
  else world.connect(client);
}

/** One tab tells another what it has, past the server. */
function gossip(world: SyncWorld, random: Random): void {
  const [from, to] = [random.pick(world.clients).doc, random.pick(world.clients).doc];
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)));
}

const RUNS = isLong ? 1_000 : 100;

function pickDeed(random: Random): Deed {
  let rest = random.below(TOTAL_WEIGHT);
  for (const [weight, deed] of DEEDS) {
    rest -= weight;
    if (rest < 0) return deed;
  }
  throw new RangeError("the weights do not add up");
}

/** Everybody is online, and everything that is on its way arrives. */
function settle(world: SyncWorld): void {
  world.isDiskFull = false;
  for (let round = 0; round < 100; round += 1) {
    for (const client of world.clients) if (!world.isConnected(client)) world.connect(client);
    while (world.deliverOne());
    if (!world.room.pending.isEmpty) world.flush();
    else if (!world.deliverOne()) return;
  }
  throw new Error("the room does not come to rest");
}

function live(seed: number): void {
  const random = new Random(seed);
  const world = new SyncWorld(random);
  for (let step = 0; step < STEPS; step += 1) pickDeed(random)(world, random);
  settle(world);
  world.checkSeenIsSaved();
  const stored = world.stored();
  for (const { doc } of world.clients) {
    expect(isWaiting(doc)).toBe(false);
    expect(Y.decodeStateVector(Y.encodeStateVector(doc))).toEqual(Y.decodeStateVector(Y.encodeStateVector(stored)));
    expect(contentOf(doc)).toEqual(contentOf(stored));
  }
  for (const session of world.room.sessions()) expect(session.held).toEqual([]);
}

describe("convergence", () => {
  test("[RM24] whatever happens between two steps, all replicas and storage end equal, and what was seen is saved", () => {
    const worlds = forSeeds(RUNS, live);
    recordResult("convergence", {
      promise: "P1 P10",
      test: "random edits, disconnects, crashes, sleeps and compactions between any two steps",
      count: `${worlds} worlds of ${STEPS} steps`,
      result: "all replicas and storage equal, everything seen saved",
    });
  });

  test("[RM24] stored parts that bring formats are the document together, not one by one", () => {
    live(1_611_718_912);
  });
});
