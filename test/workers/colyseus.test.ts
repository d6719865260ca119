import { describe, expect, test } from "vitest";
import { colyseus } from "../../src/dialects/colyseus.ts";
import { type Box, ToyBox, play } from "../property/colyseus-toys.ts";
import { ColyseusWorld, pictureOf } from "../property/colyseus-world.ts";
import { Random } from "../support/random.ts";

const SEEDS = [1, 2, 3, 4, 5];
const STEPS = 60;

describe("Colyseus' states in the runtime", () => {
  test.each(SEEDS)("[GC1] every client's decoded state is the server's after every patch (seed %i)", (seed) => {
    const random = new Random(seed);
    const world = new ColyseusWorld<Box>({ begin: () => new ToyBox() });
    for (let step = 0; step < STEPS; step += 1) {
      if (step % 20 === 0) world.join();
      for (let more = random.below(4); more >= 0; more -= 1) play(world.state, random);
      world.flush();
      const picture = pictureOf(world.state);
      for (const { mirror } of world.watchers) expect(pictureOf(mirror.getState())).toEqual(picture);
    }
  });

  test.each(SEEDS)("[GC10] a state that was saved opens as it was, and its clients go on (seed %i)", (seed) => {
    const random = new Random(seed);
    const world = new ColyseusWorld<Box>({ begin: () => new ToyBox() });
    world.join();
    for (let step = 0; step < STEPS; step += 1) {
      for (let more = random.below(4); more >= 0; more -= 1) play(world.state, random);
      const before = pictureOf(world.state);
      if (random.below(4) === 0) {
        world.reopen();
        expect(pictureOf(world.state)).toEqual(before);
        world.resync();
      } else world.flush();
      for (const { mirror } of world.watchers) expect(pictureOf(mirror.getState())).toEqual(before);
    }
  });

  test("[DI44] payloads are written without code made at run time, and read again", () => {
    const payload = { list: [1, "two", { three: true }], bytes: Uint8Array.of(1, 2) };
    const [frame] = colyseus.encode([{ type: "message", name: "hi", payload }]);
    if (!(frame instanceof Uint8Array)) throw new Error("no frame");
    expect(colyseus.decode(frame)).toEqual({ ok: true, value: [{ type: "message", name: "hi", payload }] });
  });
});
