/**
 * `kill -9` of the server in the middle of turns and of ticks: the SDK's clients come back by themselves, to what they saw.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { crowd, endRoom, meet, wrongOf } from "../support/mirror-world.ts";
import { Random } from "../support/random.ts";
import { SdkWorld, WAIT } from "../support/sdk-world.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const KILLS = isLong ? 20 : 5;
const SEED = Number(process.env["ROOST_SEED"] ?? 20_261_121);
/** What a `tick` clock may take back, in turns, with one on the way. */
const TICK_LOSS = 22;

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
afterEach(async () => await world.leaveAll());
afterAll(async () => await world.server.stop());

test(`[RO86] [RO87] ${KILLS} kills in the middle of turns: what anybody has seen is there`, async () => {
  const random = new Random(SEED + 2);
  const all = await crowd(world);
  for (let round = 1; round <= KILLS; round += 1) {
    const playing = setInterval(() => random.pick(all).play(random.below(2 ** 31)), 3);
    await delay(100 + random.below(200));
    const killed = world.server.kill9();
    clearInterval(playing);
    await killed;
    const seen = Math.max(...all.map(({ turn }) => turn));
    await expect
      .poll(() => all.map(({ room }) => room.reconnection.isReconnecting), WAIT)
      .toEqual([false, false, false]);
    expect(await meet(all)).toBeGreaterThanOrEqual(seen);
    expect(wrongOf(all)).toEqual([]);
  }
  expect(Math.min(...all.map(({ drops }) => drops))).toBeGreaterThanOrEqual(KILLS);
});

test(`[RO86] [RO87] restarts and ${KILLS} kills in the middle of ticks: at most a second is lost`, async () => {
  const random = new Random(SEED + 3);
  const all = await crowd(world, "mirror-tick");
  const roomId = all[0]?.room.roomId ?? "";
  const inputs = all.map(({ room }) => room.input<{ seed: number; x: number }>());
  for (let round = 1; round <= KILLS; round += 1) {
    const pushing = setInterval(() => {
      for (const input of inputs) {
        Object.assign(input.data, { seed: random.below(2 ** 31), x: 0.5 });
        input.send();
      }
    }, 50);
    await delay(300 + random.below(1_000));
    await endRoom(world, roomId);
    await delay(200 + random.below(200));
    const killed = world.server.kill9();
    clearInterval(pushing);
    await killed;
    const seen = Math.max(...all.map(({ turn }) => turn));
    await expect
      .poll(() => all.map(({ room }) => room.reconnection.isReconnecting), WAIT)
      .toEqual([false, false, false]);
    for (const { room } of all) room.send("go");
    expect(await meet(all)).toBeGreaterThanOrEqual(seen - TICK_LOSS);
    expect(wrongOf(all)).toEqual([]);
  }
  const before = all.map(({ same }) => same);
  const isGoingOn = () => {
    // Again and again: nobody may have done anything for so long that the room has stopped.
    for (const { room } of all) room.send("go");
    return all.every(({ same }, at) => same > (before[at] ?? 0) + 5);
  };
  await expect.poll(isGoingOn, { ...WAIT, interval: 250 }).toBe(true);
  expect(wrongOf(all)).toEqual([]);
});
