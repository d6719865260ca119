/**
 * A great many games that wait for a move.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Room } from "@colyseus/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordResult } from "../support/results.ts";
import { SdkWorld } from "../support/sdk-world.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const GAMES = isLong ? 1_000 : 100;
const AT_ONCE = 10;
/** The platform evicts an object 10 s after its last event; a machine that is busy notices it a little later. */
const SLEEP_MS = 15_000;

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
afterAll(async () => {
  await world.leaveAll();
  await world.server.stop();
});

test(`[RO90] ${GAMES} games that wait for a move: none is awake`, { timeout: isLong ? 900_000 : 110_000 }, async () => {
  const pairs: { readonly dark: Room; readonly light: Room }[] = [];
  for (let at = 0; at < GAMES; at += AT_ONCE) {
    pairs.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => sitDown(at + index)))));
  }
  const awake = await wakesOf();
  await delay(SLEEP_MS);
  const still = await wakesOf();
  // Each that was asleep is made once more by its next move.
  await Promise.all(pairs.map(async ({ dark }) => expect(await dark.request("now", null)).toBeTypeOf("number")));
  const woken = await wakesOf();
  const slept = pairs.filter(({ dark: { roomId } }) => woken(roomId) === still(roomId) + 1).length;
  const disturbed = pairs.filter(({ dark: { roomId } }) => still(roomId) !== awake(roomId)).length;
  expect([slept, disturbed]).toEqual([GAMES, 0]);
  expect(pairs.every(({ dark, light }) => dark.connection.isOpen && light.connection.isOpen)).toBe(true);
  recordResult("games-idle", {
    promise: "P2",
    test: "turn-based games with both players connected, quiet until the runtime evicts them; then each is asked",
    count: `${GAMES} rooms, ${2 * GAMES} sockets`,
    result: `${GAMES - slept} awake`,
  });
});

async function sitDown(index: number): Promise<{ readonly dark: Room; readonly light: Room }> {
  const dark = world.kept(await world.clientOf(`dark${index}`).create("board"));
  const light = world.kept(await world.clientOf(`light${index}`).joinById(dark.roomId));
  for (const room of [dark, light]) room.onMessage("passed", () => undefined);
  expect(await dark.request("now", null)).toBeTypeOf("number");
  return { dark, light };
}

async function wakesOf(): Promise<(roomId: string) => number> {
  // SAFETY: what the Worker of these tests answers.
  const probe = (await (await fetch(`${world.server.url}/probe`)).json()) as Readonly<Record<string, number>>;
  return (roomId) => probe[`default/game/${roomId}`] ?? 0;
}
