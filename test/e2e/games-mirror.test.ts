/**
 * What the SDK's clients have decoded is what their room has, after every frame, through evictions, kills and drops.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Mirrored, endRoom, joinMirror, meet, putToSleep, restartRoom, wrongOf } from "../support/mirror-world.ts";
import { Random } from "../support/random.ts";
import { OFFLINE, SdkWorld, WAIT } from "../support/sdk-world.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const EVICTIONS = isLong ? 500 : 100;
const RESTARTS = isLong ? 100 : 10;
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

async function crowd(game: string): Promise<Mirrored[]> {
  const first = await joinMirror(world, { game });
  const { roomId } = first.room;
  return [
    first,
    await joinMirror(world, { game, roomId, user: "bob" }),
    await joinMirror(world, { game, roomId, user: "carol" }),
  ];
}

/** Somebody goes, and somebody new comes. */
async function swap(all: Mirrored[], at: number): Promise<void> {
  const [gone] = all.splice(at, 1);
  const roomId = all[0]?.room.roomId;
  if (gone === undefined || roomId === undefined) throw new Error("two at least");
  gone.isLeaving = true;
  expect(await gone.room.leave()).toBe(4000);
  expect(gone.wrong).toEqual([]);
  all.push(await joinMirror(world, { roomId, user: `p${Math.random()}` }));
}

test(`[RO86] random play through ${EVICTIONS} evictions, with people who come, go and drop (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const all = await crowd("mirror");
  const roomId = all[0]?.room.roomId ?? "";
  let checks = 0;
  for (let round = 0; round < EVICTIONS; round += 1) {
    for (let move = 1 + random.below(3); move > 0; move -= 1) random.pick(all).play(random.below(2 ** 31));
    if (round % 20 === 7) random.pick(all).room.connection.close(OFFLINE);
    // In the middle of it as often as after it.
    if (random.below(2) === 0) await meet(all);
    await putToSleep(world, roomId);
    if (round % 25 === 13) {
      checks += all[1]?.same ?? 0;
      await swap(all, 1);
    }
    expect(wrongOf(all)).toEqual([]);
  }
  all[0]?.play(1);
  await meet(all);
  for (const { same } of all) checks += same;
  expect(wrongOf(all)).toEqual([]);
  expect(checks).toBeGreaterThan(3 * EVICTIONS);
});

test(`[RO86] random play through ${RESTARTS} restarts of the room, as a deploy brings them`, async () => {
  const random = new Random(SEED + 1);
  const all = await crowd("mirror");
  const roomId = all[0]?.room.roomId ?? "";
  for (let round = 0; round < RESTARTS; round += 1) {
    for (let move = 1 + random.below(3); move > 0; move -= 1) random.pick(all).play(random.below(2 ** 31));
    const seen = random.below(2) === 0 ? await meet(all) : Math.max(...all.map(({ turn }) => turn));
    await restartRoom(world, roomId);
    await expect.poll(() => Math.min(...all.map(({ drops }) => drops)), WAIT).toBeGreaterThan(round);
    expect(await meet(all)).toBeGreaterThanOrEqual(seen);
    expect(wrongOf(all)).toEqual([]);
  }
});

test(`[RO86] [RO87] ${KILLS} kills in the middle of turns: what anybody has seen is there`, async () => {
  const random = new Random(SEED + 2);
  const all = await crowd("mirror");
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
  const all = await crowd("mirror-tick");
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
  for (const { room } of all) room.send("go");
  await expect.poll(() => all.every(({ same }, at) => same > (before[at] ?? 0) + 5), WAIT).toBe(true);
  expect(wrongOf(all)).toEqual([]);
});
