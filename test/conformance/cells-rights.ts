/**
 * Rows about what ends: documents, rights and tokens. A client that is refused shows why or stops; it never loops.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { Scope } from "../../src/auth/grants.ts";
import type { Cell } from "./cell.ts";
import { textOf, type } from "./content.ts";
import { type Scene, openedOf, stays, until } from "./scene.ts";
import type { StockClient } from "./stock-client.ts";

const WRITES: readonly Scope[] = ["read", "write", "presence"];
const READS: readonly Scope[] = ["read", "presence"];
/** Time enough to come in and write, with all other cells. */
const ENDS_MS = 15_000;
/** Clocks may differ by so much (DESIGN §5): a token that ended less ago is still good. */
const SKEW_MS = 30_000;
/** Whoever is let in and closed again, and has no back-off for that, opens a hundred sockets in it. */
const LOOP_MS = 10_000;
/** Sockets that a client may open until it is told, and in that time after it, at most. */
const MAX_OPENED_UNTOLD = 3;
// Delays are drawn below bounds that grow, 0.5 s, 0.85 s, 1.4 s, …: four or five by and large, seven now and then.
const MAX_OPENED_TOLD = 20;

const CELLS: readonly Cell[] = [
  {
    row: "document deleted",
    title: "[CF30] who edits what is deleted is told and does not loop, and nothing revives it",
    run: deleted,
  },
  {
    row: "read-only",
    place: "closed",
    title: "[CF31] who reads only gets everything, is seen, is told, and changes nothing",
    run: readsOnly,
  },
  {
    row: "expired token",
    place: "closed",
    title: "[CF32] who comes with a token that ended gets nothing, is told and does not loop",
    run: expired,
  },
  {
    row: "token ends, the next one is fresh",
    place: "closed",
    title: "[CF33] what is typed after a token's end arrives with the next one",
    without: ({ renewsToken }) => (renewsToken ? undefined : "keeps the token that it was made with"),
    run: renews,
  },
  {
    row: "token ends for good",
    place: "closed",
    title: "[CF34] who has no other token is told and does not loop, and what it wrote after the end is not taken",
    run: endsForGood,
  },
];

/** Ends of tokens and absence of loops take their time. */
export const rightsCells: readonly Cell[] = CELLS.map((cell) => ({ ...cell, isSlow: true }));

/** It has been told, and stays calm. */
async function isCalm(client: StockClient, openedBefore: number): Promise<void> {
  await until("it says that it was refused", () => client.refusals.length > 0);
  const opened = openedOf(client);
  expect(opened - openedBefore).toBeLessThanOrEqual(MAX_OPENED_UNTOLD);
  await delay(LOOP_MS);
  expect(openedOf(client) - opened).toBeLessThanOrEqual(MAX_OPENED_TOLD);
}

async function deleted(scene: Scene): Promise<void> {
  await scene.seedText("short-lived");
  const client = await scene.join();
  const opened = openedOf(client);
  await scene.erase();
  await until("it is cut off, or told", () => !client.isSynced() || client.refusals.length > 0);
  type(client.doc, " for ever");
  await isCalm(client, opened);
  expect(await scene.contentStatus()).toBe(410);
  const late = scene.open();
  await isCalm(late, 0);
  expect(textOf(late.doc)).toBe("");
  expect(late.isSynced()).toBe(false);
  expect(await scene.contentStatus()).toBe(410);
}

async function readsOnly(scene: Scene): Promise<void> {
  await scene.seedText("hers");
  const [writing, reading] = [await scene.token("alice", WRITES), await scene.token("rita", READS)];
  const alice = await scene.joinRoost({ token: () => writing });
  const rita = await scene.join({ token: () => reading });
  expect(textOf(rita.doc)).toBe("hers");
  rita.awareness.setLocalState({ user: { name: "Alice" } });
  await until("she is seen, under the name of her token", () => {
    const state: unknown = alice.awareness.getStates().get(rita.awareness.clientID)?.["user"];
    return JSON.stringify(state)?.includes('"name":"rita"') === true;
  });
  type(rita.doc, ", not Rita's");
  await until("she is told", () => rita.refusals.length > 0 || rita.isClean() === false);
  type(alice.doc, " alone");
  await scene.whenClean(alice);
  await until("she goes on reading", () => textOf(rita.doc).includes("alone"));
  expect(await scene.storedText()).toBe("hers alone");
  expect(textOf(alice.doc)).toBe("hers alone");
  await stays("she does not think it saved", () => rita.isClean() !== true, 500);
  expect(openedOf(rita)).toBe(1);
}

async function expired(scene: Scene): Promise<void> {
  await scene.seedText("hers");
  const ended = await scene.token("bob", WRITES, { endsInMs: -10 * 60_000 });
  const bob = scene.open({ token: () => ended });
  bob.awareness.setLocalState({ user: { name: "Bob" } });
  type(bob.doc, "his");
  await isCalm(bob, 0);
  expect(bob.isSynced()).toBe(false);
  expect(textOf(bob.doc)).toBe("his");
  expect(await scene.storedText()).toBe("hers");
}

/** A client whose token ends in a moment, once it has written; `next` is what it gets after that. */
async function withEndingToken(scene: Scene, next: (ending: string) => Promise<string>): Promise<StockClient> {
  const endMs = performance.now() + ENDS_MS;
  const ending = await scene.token("bob", WRITES, { endsInMs: ENDS_MS - SKEW_MS });
  const tokens = { now: ending };
  const bob = await scene.join({ token: () => tokens.now });
  type(bob.doc, "before, ");
  await scene.sameEverywhere([bob]);
  tokens.now = await next(ending);
  // The skew included: from here on nothing is taken with it.
  await delay(endMs - performance.now() + 500);
  type(bob.doc, "after");
  return bob;
}

async function renews(scene: Scene): Promise<void> {
  const bob = await withEndingToken(scene, () => scene.token("bob", WRITES));
  await scene.sameEverywhere([bob]);
  expect(await scene.storedText()).toBe("before, after");
  await until("it is in sync", () => bob.isSynced());
  await scene.whenClean(bob);
  // Y-Sweet's asks for a new one after three sockets that did not last.
  expect(openedOf(bob)).toBeLessThanOrEqual(5);
}

async function endsForGood(scene: Scene): Promise<void> {
  const bob = await withEndingToken(scene, async (ending) => ending);
  const opened = openedOf(bob);
  await isCalm(bob, opened);
  expect(await scene.storedText()).toBe("before, ");
  expect(bob.isClean()).not.toBe(true);
}
