/**
 * How Colyseus' SDK, as it is published, goes on after a drop, a crash and a sleep.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { OFFLINE, type Play, SdkWorld, WAIT, totalOf } from "../support/sdk-world.ts";

/** The platform evicts an object 10 s after its last event; a machine that is busy notices it a little later. */
const SLEEP_MS = 15_000;

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
afterEach(async () => await world.leaveAll());
afterAll(async () => await world.server.stop());

test("[RT167] a line that drops comes back by itself, with its seat and what was said meanwhile", async () => {
  const alice = await world.join({ mode: "drop" });
  const bob = await world.join({ mode: "drop" }, "bob");
  alice.send("add", 3);
  await expect.poll(() => totalOf(bob), WAIT).toBe(3);
  for (let round = 1; round <= 3; round += 1) {
    let returns = 0;
    alice.onReconnect.once(() => (returns += 1));
    const before = alice.reconnectionToken;
    const comeBack = holdReconnect(alice);
    alice.connection.close(OFFLINE);
    await expect.poll(async () => (await world.health(bob.roomId)).players, WAIT).toMatchObject({ dropped: 1 });
    bob.send("add", 1);
    alice.send("add", 2);
    comeBack();
    await expect.poll(() => returns, WAIT).toBe(1);
    await expect.poll(() => [totalOf(alice), totalOf(bob)], WAIT).toEqual([3 + 3 * round, 3 + 3 * round]);
    expect(alice.reconnectionToken).not.toBe(before);
  }
  expect(alice.state.scores.get(alice.sessionId)).toBe(9);
});

/** Its first attempt to come back goes out when what this returns is called: otherwise nobody may have seen that it was gone. */
function holdReconnect({ connection }: Play): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const reconnect = connection.reconnect.bind(connection);
  connection.reconnect = (options) => {
    connection.reconnect = reconnect;
    void promise.then(() => reconnect(options));
  };
  return resolve;
}

test("[RT167] kill -9 of the server: everybody comes back by itself to the state they saw", async () => {
  const alice = await world.join({ mode: "kill" });
  const bob = await world.join({ mode: "kill" }, "bob");
  for (let round = 1; round <= 2; round += 1) {
    let returns = 0;
    for (const room of [alice, bob]) room.onReconnect.once(() => (returns += 1));
    alice.send("add", 1);
    await expect.poll(() => totalOf(bob), WAIT).toBe(3 * round - 2);
    await world.server.kill9();
    await expect.poll(() => returns, WAIT).toBe(2);
    await expect.poll(() => [totalOf(alice), totalOf(bob)], WAIT).toEqual([3 * round - 2, 3 * round - 2]);
    bob.send("add", 2);
    await expect.poll(() => [totalOf(alice), totalOf(bob)], WAIT).toEqual([3 * round, 3 * round]);
  }
  await expect.poll(async () => (await world.listed("kill")).map(({ clients }) => clients), WAIT).toEqual([2]);
});

test("[RT167] a room that slept goes on with the next move, on the same sockets", async () => {
  const alice = await world.join({ mode: "sleep" });
  const bob = await world.join({ mode: "sleep" }, "bob");
  const wakes = async (): Promise<number> => {
    // SAFETY: what the Worker of these tests answers.
    const probe = (await (await fetch(`${world.server.url}/probe`)).json()) as Record<string, number>;
    return probe[`default/game/${alice.roomId}`] ?? 0;
  };
  alice.send("note", "before");
  await expect.poll(() => [...bob.state.notes], WAIT).toEqual(["before"]);
  let drops = 0;
  for (const room of [alice, bob]) room.onDrop(() => (drops += 1));
  const before = await wakes();
  await delay(SLEEP_MS);
  expect(await wakes()).toBe(before);
  bob.send("note", "after");
  await expect.poll(() => [...alice.state.notes], WAIT).toEqual(["before", "after"]);
  alice.send("add", 2);
  await expect.poll(() => [totalOf(bob), bob.state.scores.get(alice.sessionId)], WAIT).toEqual([2, 2]);
  expect([(await wakes()) - before, drops]).toEqual([1, 0]);
});

test("[RT167] a game with a tick moves while somebody plays, and stops by itself", async () => {
  type Ticks = { readonly ticks: number; readonly moves: number };
  const room = world.kept(await world.clientOf().joinOrCreate<Ticks>("sparks"));
  /** Its ticks, with somebody who plays: on a slow machine it may have stopped before it was seen to go. */
  const ticksInPlay = () => {
    room.send("go");
    return room.state?.ticks;
  };
  await expect.poll(ticksInPlay, { ...WAIT, interval: 250 }).toBeGreaterThan(10);
  const input = room.input<{ by: number }>();
  for (let count = 0; count < 5; count += 1) {
    Object.assign(input.data, { by: 2 });
    input.send();
    await delay(50);
  }
  await expect.poll(() => room.state.moves, WAIT).toBe(10);
  await expect.poll(async () => (await world.health(room.roomId)).isTicking, WAIT).toBe(false);
  const { ticks } = await world.health(room.roomId);
  await delay(300);
  expect((await world.health(room.roomId)).ticks).toBe(ticks);
  await expect.poll(ticksInPlay, { ...WAIT, interval: 250 }).toBeGreaterThan(ticks);
});
