import { SchemaSerializer } from "@colyseus/sdk";
import { describe, expect, test } from "vitest";
import { Random } from "../support/random.ts";
import { type Box, ToyBox, play } from "./colyseus-toys.ts";
import { ColyseusWorld, pictureOf } from "./colyseus-world.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const STEPS = 60;

function boxWorld(clock: "event" | { hz: number } = "event"): ColyseusWorld<Box> {
  return new ColyseusWorld({ begin: () => new ToyBox(), clock, mirror: () => new SchemaSerializer() });
}

function expectSame(world: ColyseusWorld<Box>): void {
  const picture = pictureOf(world.state);
  for (const { mirror } of world.watchers) expect(pictureOf(mirror.getState())).toEqual(picture);
}

describe("states of Colyseus under random play", () => {
  test("[GC1] every client's decoded state is the server's after every patch", () => {
    const runs = forSeeds(isLong ? 2_000 : 30, (seed) => {
      const random = new Random(seed);
      const world = boxWorld();
      world.join();
      for (let step = 0; step < STEPS; step += 1) {
        for (let more = random.below(4); more >= 0; more -= 1) play(world.state, random);
        if (random.below(10) === 0) world.join();
        world.flush();
        expectSame(world);
      }
    });
    expect(runs).toBeGreaterThan(0);
  });

  test("[GC10] a state that was saved opens as it was, ids and all, and its clients go on from one whole state", () => {
    forSeeds(isLong ? 2_000 : 30, (seed) => {
      const random = new Random(seed);
      const world = boxWorld();
      for (let step = 0; step < STEPS; step += 1) {
        if (step % 20 === 0) world.join();
        play(world.state, random);
        if (random.below(3) > 0) world.flush();
        if (random.below(8) > 0) continue;
        const before = pictureOf(world.state);
        world.reopen();
        expect(pictureOf(world.state)).toEqual(before);
        expect(world.codec.hasChanges).toBe(false);
        play(world.state, random);
        world.resync();
        expectSame(world);
      }
    });
  });

  test("[GC11] who has seen all that was saved needs no whole state after it: patches go on where they were", () => {
    forSeeds(isLong ? 2_000 : 30, (seed) => {
      const random = new Random(seed);
      const world = boxWorld();
      world.join();
      for (let step = 0; step < STEPS; step += 1) {
        for (let more = random.below(4); more >= 0; more -= 1) play(world.state, random);
        const saved = world.save();
        world.flush();
        if (random.below(4) === 0) world.reopen(saved);
        expectSame(world);
      }
    });
  });

  test("[GC12] after a crash that takes back what was sent, ids mean what they meant, and one whole state puts it right", () => {
    forSeeds(isLong ? 2_000 : 30, (seed) => {
      const random = new Random(seed);
      const world = boxWorld({ hz: 20 });
      let saved = world.save();
      const playOn = (isDue: boolean) => {
        for (let more = random.below(4); more > 0; more -= 1) play(world.state, random);
        if (isDue || world.codec.mustSave === true) saved = world.save();
      };
      world.join();
      for (let step = 0; step < STEPS; step += 1) {
        playOn(random.below(10) === 0);
        world.flush();
        if (random.below(8) === 0) {
          world.reopen(saved);
          playOn(false);
          world.resync();
        }
        expectSame(world);
      }
    });
  });
});
