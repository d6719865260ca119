/**
 * Crowds at the door of several games, and owners who are back before they are gone.
 */
import type { Room } from "@colyseus/sdk";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { OFFLINE, SdkWorld, WAIT } from "../support/sdk-world.ts";

const COMERS = 50;

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
afterEach(async () => await world.leaveAll());
afterAll(async () => await world.server.stop());

type Found = { readonly roomId: string; readonly clients: number; readonly maxClients: number };

async function listed(game: string): Promise<readonly Found[]> {
  const response = await fetch(`${world.server.url}/v1/games/${game}/rooms?limit=1000`);
  // SAFETY: the schema of the route.
  return ((await response.json()) as { readonly rooms: readonly Found[] }).rooms;
}

async function come(game: string, index: number): Promise<Room> {
  return world.kept(await world.clientOf(`${game}${index}`).joinOrCreate(game));
}

function sizesOf(rooms: readonly { readonly roomId: string }[]): readonly number[] {
  const sizes = new Map<string, number>();
  for (const { roomId } of rooms) sizes.set(roomId, (sizes.get(roomId) ?? 0) + 1);
  return [...sizes.values()].toSorted((one, other) => other - one);
}

async function expectListed(game: string, rooms: readonly Room[]): Promise<void> {
  await expect.poll(async () => (await listed(game)).map(({ clients }) => clients), WAIT).toEqual(sizesOf(rooms));
}

test("[RO78] crowds of several games at once fill each one's rooms exactly, with people who leave at the same time", async () => {
  const games = [
    ["board", 2],
    ["mirror", 8],
    ["counter", 4],
  ] as const;
  await Promise.all(
    games.map(async ([game, places]) => {
      let rooms = await Promise.all(Array.from({ length: COMERS }, (_, index) => come(game, index)));
      const full = Math.floor(COMERS / places);
      expect(sizesOf(rooms)).toEqual([...Array.from({ length: full }, () => places), COMERS % places].filter(Boolean));
      await expectListed(game, rooms);
      const leavers = rooms.filter((_, index) => index % 5 === 0);
      rooms = rooms.filter((_, index) => index % 5 !== 0);
      const [, comers] = await Promise.all([
        Promise.all(leavers.map(async (room) => await room.leave())),
        Promise.all(Array.from({ length: leavers.length }, (_, index) => come(game, COMERS + index))),
      ]);
      rooms.push(...comers);
      expect(Math.max(...sizesOf(rooms))).toBeLessThanOrEqual(places);
      await expectListed(game, rooms);
      // Once it is calm again every place that is free is found.
      const free = (await listed(game)).reduce((sum, { clients, maxClients }) => sum + maxClients - clients, 0);
      const before = new Set(rooms.map(({ roomId }) => roomId));
      const last = await Promise.all(Array.from({ length: free }, (_, index) => come(game, 2 * COMERS + index)));
      expect(last.filter(({ roomId }) => !before.has(roomId)).length).toBe(0);
      await expectListed(game, [...rooms, ...last]);
    }),
  );
});

test("[RO73] a stale socket that closes after its owner is back changes nothing, however often", async () => {
  const alice = await world.join({ mode: "stale" });
  const bob = await world.join({ mode: "stale" }, "bob");
  alice.reconnection.maxDelay = 100;
  for (let round = 0; round < 5; round += 1) {
    let returns = 0;
    alice.onReconnect.once(() => (returns += 1));
    const { transport, events } = alice.connection;
    const stale: unknown = Reflect.get(transport, "ws");
    if (!(stale instanceof WebSocket)) throw new Error("a socket");
    // The page goes on in another one, while this one is open still.
    stale.onclose = null;
    events.onclose?.({ code: OFFLINE, reason: "" });
    await expect.poll(() => returns, WAIT).toBe(1);
    stale.close();
    alice.send("add", 1);
    await expect.poll(() => bob.state.total, WAIT).toBe(round + 1);
  }
  expect((await world.health(alice.roomId)).players).toEqual({ connected: 2, dropped: 0, held: 0 });
});
