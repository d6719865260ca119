import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { Random } from "../support/random.ts";
import { editRandomly } from "./random-edits.ts";
import { contentOf } from "./random-history.ts";
import { RightsWorld } from "./rights-world.ts";
import { isWaiting } from "./sync-client.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const STEPS = 300;

type Deed = (world: RightsWorld, random: Random) => void;

const DEEDS: readonly (readonly [weight: number, deed: Deed])[] = [
  [30, ({ sync }, random) => editRandomly(random.pick(sync.clients).doc, random)],
  [60, ({ sync }) => void sync.deliverOne()],
  [15, ({ sync }) => sync.flush()],
  [8, (world, random) => toggle(world, random)],
  [5, ({ sync }, random) => gossip(sync.clients, random)],
  [4, ({ sync }) => sync.closeOneLate()],
  [8, ({ sync }, random) => sync.wait(random.below(20_000))],
  [6, (world) => world.renew()],
  [3, (world) => world.lock()],
  [5, (world) => world.alarm()],
  [3, ({ sync }) => sync.maintain()],
  [3, ({ sync }) => void sync.sleep()],
  [1, ({ sync }) => sync.crash()],
];
const TOTAL_WEIGHT = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

function toggle(world: RightsWorld, random: Random): void {
  const client = random.pick(world.sync.clients);
  if (world.sync.isConnected(client)) world.sync.disconnect(client);
  else if (!world.isClosed()) world.sync.connect(client);
}

function gossip(clients: readonly { readonly doc: Y.Doc }[], random: Random): void {
  const [from, to] = [random.pick(clients).doc, random.pick(clients).doc];
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)));
}

function pickDeed(random: Random): Deed {
  let rest = random.below(TOTAL_WEIGHT);
  for (const [weight, deed] of DEEDS) {
    rest -= weight;
    if (rest < 0) return deed;
  }
  throw new RangeError("the weights do not add up");
}

/** Everybody is online, with another token where the last one is over, and everything that is on its way arrives. */
function settle({ sync }: RightsWorld): void {
  for (let round = 0; round < 100; round += 1) {
    for (const client of sync.clients) if (!sync.isConnected(client)) sync.connect(client);
    while (sync.deliverOne());
    if (!sync.room.pending.isEmpty) sync.flush();
    else if (!sync.deliverOne() && sync.clients.every((client) => sync.isConnected(client))) return;
  }
  throw new Error("the room does not come to rest");
}

function live(seed: number): void {
  const random = new Random(seed);
  const world = new RightsWorld(random);
  const { sync } = world;
  for (let step = 0; step < STEPS; step += 1) pickDeed(random)(world, random);
  if (!world.isClosed()) {
    settle(world);
    world.checkReaders();
  }
  sync.checkSeenIsSaved();
  world.free();
  settle(world);
  sync.checkSeenIsSaved();
  const stored = sync.stored();
  for (const { doc } of sync.clients) {
    expect(isWaiting(doc)).toBe(false);
    expect(Y.decodeStateVector(Y.encodeStateVector(doc))).toEqual(Y.decodeStateVector(Y.encodeStateVector(stored)));
    expect(contentOf(doc)).toEqual(contentOf(stored));
  }
}

describe("rights that change", () => {
  test("[RG11] who may read has what was acked, nothing acked is lost, and nobody writes who may not", () => {
    forSeeds(isLong ? 1_000 : 100, live);
  });
});
