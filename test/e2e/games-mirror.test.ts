/**
 * What the SDK's clients have decoded is what their room has, after every frame, through evictions, restarts and drops.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Mirrored, crowd, joinMirror, meet, putToSleep, restartRoom, wrongOf } from "../support/mirror-world.ts";
import { Random } from "../support/random.ts";
import { OFFLINE, SdkWorld, WAIT } from "../support/sdk-world.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const EVICTIONS = isLong ? 500 : 100;
const RESTARTS = isLong ? 100 : 10;
const SEED = Number(process.env["ROOST_SEED"] ?? 20_261_121);

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
afterEach(async () => await world.leaveAll());
afterAll(async () => await world.server.stop());

/** Somebody goes, and somebody new comes. */
async function swap(all: Mirrored[], at: number): Promise<void> {
  const [gone] = all.splice(at, 1);
  const roomId = all[0]?.room.roomId;
  if (gone === undefined || roomId === undefined) throw new Error("two at least");
  // It may have dropped a moment ago.
  await expect.poll(() => gone.room.connection.isOpen && !gone.room.reconnection.isReconnecting, WAIT).toBe(true);
  gone.isLeaving = true;
  expect(await gone.room.leave()).toBe(4000);
  expect(gone.wrong).toEqual([]);
  all.push(await joinMirror(world, { roomId, user: gone.room.sessionId }));
}

test(`[RO86] random play through ${EVICTIONS} evictions, with people who come, go and drop (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const all = await crowd(world);
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
  const all = await crowd(world);
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
