/**
 * One kill of the server for every client at once: a server that comes back is the same for all.
 * @module
 */
import { expect } from "vitest";
import { textOf, type } from "./content.ts";
import { type Place, Scene, until } from "./scene.ts";
import { slugOf } from "./families.ts";
import type { StockClient, StockFamily } from "./stock-client.ts";

/** All come back at once, some after a back-off of a few seconds. */
const BACK_MS = 40_000;

type Survivor = {
  readonly scene: Scene;
  readonly client: StockClient;
  readonly other: StockClient;
  readonly opened: number;
};

/** How it went, by label: a rejection says what did not hold. */
export type KillOutcomes = ReadonlyMap<string, PromiseSettledResult<void>>;

/** Kills the server under every family, while edits are on their way; resolves when all have come back, or not. */
export async function killUnderAll(families: readonly StockFamily[], place: Place): Promise<KillOutcomes> {
  const before = await Promise.allSettled(families.map((family) => prepare(family, place)));
  // In the middle of it: the last edit of each may or may not have been stored.
  for (const settled of before) if (settled.status === "fulfilled") type(settled.value.client.doc, "in flight. ");
  const back = place.server.kill9();
  for (const settled of before) if (settled.status === "fulfilled") type(settled.value.client.doc, "while down. ");
  await back;
  const after = await Promise.allSettled(
    before.map(async (settled) => {
      if (settled.status === "rejected") throw settled.reason;
      return await comesBack(settled.value);
    }),
  );
  for (const settled of before) if (settled.status === "fulfilled") settled.value.scene.end();
  return new Map(families.map(({ label }, index) => [label, after[index] ?? rejected(label)]));
}

function rejected(label: string): PromiseRejectedResult {
  return { status: "rejected", reason: new Error(`${label} was not asked`) };
}

async function prepare(family: StockFamily, place: Place): Promise<Survivor> {
  const scene = new Scene(family, place, `kill/${slugOf(family)}`);
  try {
    const [client, other] = [await scene.join(), await scene.joinRoost()];
    client.awareness.setLocalState({ user: { name: "Alice" } });
    type(client.doc, "stored. ");
    await scene.sameEverywhere([client, other]);
    return { scene, client, other, opened: client.opened() };
  } catch (error) {
    scene.end();
    throw error;
  }
}

async function comesBack({ scene, client, other, opened }: Survivor): Promise<void> {
  await until("it opens a new socket", () => client.opened() > opened, BACK_MS);
  await until("it is in sync again", () => client.isSynced(), BACK_MS);
  await scene.sameEverywhere([client, other], BACK_MS);
  expect(textOf(client.doc)).toBe("stored. in flight. while down. ");
  await scene.whenClean(client, BACK_MS);
  const state = () => other.awareness.getStates().get(client.awareness.clientID)?.["user"] as unknown;
  await until("it is seen again", () => JSON.stringify(state()) === '{"name":"Alice"}', BACK_MS);
  type(client.doc, "after.");
  await scene.sameEverywhere([client, other]);
}
