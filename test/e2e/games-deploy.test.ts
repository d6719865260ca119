/**
 * A deploy that changes the shape of a game's state, while people are there.
 */
import { afterAll, afterEach, beforeEach, beforeAll, expect, test } from "vitest";
import type { Room } from "@colyseus/sdk";
import { putToSleep, restartRoom } from "../support/mirror-world.ts";
import { SdkWorld, WAIT } from "../support/sdk-world.ts";

type Shown = { toJSON(): unknown };
type Play = Room<unknown, Shown>;

const CHANGED = "The game has changed since: load it anew.";

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
beforeEach(async () => await deploy(1));
afterEach(async () => await world.leaveAll());
afterAll(async () => await world.server.stop());

async function deploy(shape: number): Promise<void> {
  expect((await fetch(`${world.server.url}/deploy?shape=${shape}`)).status).toBe(204);
}

async function meetIn(mode: string): Promise<readonly [Play, Play]> {
  const alice = world.kept(await world.clientOf().joinOrCreate<Shown>("shape", { mode }));
  const bob = world.kept(await world.clientOf("bob").joinOrCreate<Shown>("shape", { mode }));
  for (const word of ["one", "two"]) alice.send("word", word);
  await expect.poll(() => shownBy(alice, bob), WAIT).toEqual(both({ moves: 2, words: ["one", "two"] }));
  return [alice, bob];
}

const shownBy = (...rooms: readonly Play[]): unknown[] => rooms.map(({ state }) => state?.toJSON());
const both = (state: object): object[] => [state, state];

/** The SDK cannot learn another shape in the same room: its page comes back as new. */
async function comeBack(user: string, room: Play): Promise<Play> {
  return world.kept(await world.clientOf(user).reconnect<Shown>(room.reconnectionToken));
}

function endOf(room: Play): { readonly codes: number[]; readonly errors: unknown[] } {
  const end = { codes: new Array<number>(), errors: new Array<unknown>() };
  room.onLeave((code) => end.codes.push(code));
  // The line that was cut is one without words.
  room.onError((_code, message) => message !== undefined && end.errors.push(message));
  return end;
}

test("[RO88] [GM58] who is connected is sent away with the reason, and comes back to its seat in the new shape", async () => {
  const [alice, bob] = await meetIn("deploy");
  const ends = [endOf(alice), endOf(bob)];
  await deploy(2);
  await restartRoom(world, alice.roomId);
  await expect.poll(() => ends.map(({ codes }) => codes), WAIT).toEqual([[4403], [4403]]);
  expect(ends.map(({ errors }) => errors)).toEqual([[CHANGED], [CHANGED]]);
  // What it shows is what it saw last, not the bytes of another shape.
  expect(shownBy(alice, bob)).toEqual(both({ moves: 2, words: ["one", "two"] }));
  const [alice2, bob2] = [await comeBack("alice", alice), await comeBack("bob", bob)];
  expect([alice2.sessionId, bob2.sessionId]).toEqual([alice.sessionId, bob.sessionId]);
  const migrated = { title: "migrated", moves: 2, words: { w0: "one", w1: "two" } };
  await expect.poll(() => shownBy(alice2, bob2), WAIT).toEqual(both(migrated));
  bob2.send("word", "three");
  const after = { title: "migrated", moves: 3, words: { ...migrated.words, w2: "three" } };
  await expect.poll(() => shownBy(alice2, bob2), WAIT).toEqual(both(after));
  // Who knows it goes on by itself.
  await restartRoom(world, alice.roomId);
  const carol = world.kept(await world.clientOf("carol").joinById<Shown>(alice.roomId));
  carol.send("word", "four");
  const last = { title: "migrated", moves: 4, words: { ...after.words, w3: "four" } };
  await expect.poll(() => shownBy(alice2, bob2, carol), WAIT).toEqual([last, last, last]);
});

test("[RO88] [GM58] whose socket outlived the change is sent away too", async () => {
  const [alice, bob] = await meetIn("asleep");
  const ends = [endOf(alice), endOf(bob)];
  await deploy(2);
  await putToSleep(world, alice.roomId);
  bob.send("word", "three");
  await expect.poll(() => ends.map(({ codes }) => codes), WAIT).toEqual([[4403], [4403]]);
  const bob2 = await comeBack("bob", bob);
  await expect.poll(() => shownBy(bob2)[0], WAIT).toMatchObject({ title: "migrated" });
});

test("[RO88] without a migration nobody is let in, nothing is lost, and the next deploy mends it", async () => {
  const [alice] = await meetIn("forgotten");
  await deploy(3);
  await restartRoom(world, alice.roomId);
  expect(await world.refusal(world.clientOf("carol").joinById(alice.roomId))).toMatch(/cannot be opened: version 1/);
  await deploy(2);
  await restartRoom(world, alice.roomId);
  const carol = world.kept(await world.clientOf("carol").joinById<Shown>(alice.roomId));
  await expect
    .poll(() => shownBy(carol), WAIT)
    .toEqual([{ title: "migrated", moves: 2, words: { w0: "one", w1: "two" } }]);
});
