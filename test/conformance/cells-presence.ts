/**
 * Rows about who is here.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import * as Y from "yjs";
import type { Cell } from "./cell.ts";
import { type Scene, stays, until } from "./scene.ts";
import type { StockClient } from "./stock-client.ts";

/** The server holds a leave for 3 s, in case it was a blip. */
const GONE_MS = 8_000;
/** A stock server needs 17 s. */
const BACK_MS = 1_000;
/** Longer than the echoes of clients that repeat what they hear. */
const GHOST_MS = 1_500;

export const presenceCells: readonly Cell[] = [
  { row: "presence: join", title: "[CF20] who comes is seen by all, and sees all who were there", run: joins },
  { row: "presence: change", title: "[CF21] a change is seen by all, the last of many too", run: changes },
  { row: "presence: null", title: "[CF22] a state that becomes null is gone for all, and may come back", run: nulls },
  {
    row: "presence: leave",
    isTimed: true,
    title: "[CF23] who leaves, or drops and never returns, is gone for all, and no ghost comes back",
    run: leaves,
  },
  {
    row: "presence: blip",
    isTimed: true,
    title: "[CF24] who drops and returns never left, and sees all within a second",
    run: blips,
  },
  {
    row: "presence: another's id",
    place: "closed",
    title: "[CF25] who claims the client id of another changes nothing of what others see",
    run: claims,
  },
];

/** The state of `who` as `looker` sees it. */
function seen(looker: StockClient, who: StockClient): Readonly<Record<string, unknown>> | undefined {
  return looker.awareness.getStates().get(who.awareness.clientID);
}

function show(client: StockClient, name: string): void {
  client.awareness.setLocalState({ user: { name } });
}

function allSee(lookers: readonly StockClient[], who: StockClient, name: string): boolean {
  return lookers.every((looker) => JSON.stringify(seen(looker, who)) === JSON.stringify({ user: { name } }));
}

/** Two of the family and one with Roost's own client, who all see one another. */
async function company(scene: Scene): Promise<readonly [StockClient, StockClient, StockClient]> {
  const [alice, bob, carol] = [await scene.join(), await scene.join(), await scene.joinRoost()];
  show(alice, "Alice");
  show(bob, "Bob");
  show(carol, "Carol");
  await until("everybody sees everybody", () => allPresent(alice, bob, carol));
  return [alice, bob, carol];
}

function allPresent(alice: StockClient, bob: StockClient, carol: StockClient): boolean {
  const everybody = [alice, bob, carol];
  return allSee(everybody, alice, "Alice") && allSee(everybody, bob, "Bob") && allSee(everybody, carol, "Carol");
}

async function joins(scene: Scene): Promise<void> {
  const [alice, bob, carol] = await company(scene);
  const dave = await scene.join();
  await until("who comes later sees who was there", () => {
    return allSee([dave], alice, "Alice") && allSee([dave], bob, "Bob") && allSee([dave], carol, "Carol");
  });
  show(dave, "Dave");
  await until("who comes later is seen", () => allSee([alice, bob, carol], dave, "Dave"));
  const present = [alice, bob, carol, dave].map(({ awareness }) => awareness.clientID);
  expect(new Set(carol.awareness.getStates().keys())).toEqual(new Set(present));
}

async function changes(scene: Scene): Promise<void> {
  const [alice, bob, carol] = await company(scene);
  show(alice, "Alicia");
  await until("a change is seen", () => allSee([bob, carol], alice, "Alicia"));
  for (let cursor = 1; cursor <= 50; cursor++) show(alice, `Alice at ${cursor}`);
  await until("the last of many changes is seen", () => allSee([bob, carol], alice, "Alice at 50"));
  show(carol, "Carola");
  await until("Roost's own is seen to change", () => allSee([alice, bob], carol, "Carola"));
}

async function nulls(scene: Scene): Promise<void> {
  const [alice, bob, carol] = await company(scene);
  alice.awareness.setLocalState(null);
  await until("a null is seen", () => [bob, carol].every((looker) => seen(looker, alice) === undefined));
  expect(allSee([alice, carol], bob, "Bob")).toBe(true);
  show(alice, "Alice");
  await until("a state after null is seen", () => allSee([bob, carol], alice, "Alice"));
  carol.awareness.setLocalState(null);
  await until("the null of Roost's own is seen", () =>
    [alice, bob].every((looker) => seen(looker, carol) === undefined),
  );
}

async function leaves(scene: Scene): Promise<string> {
  const [alice, bob, carol] = await company(scene);
  const isGone = (who: StockClient, lookers: readonly StockClient[]) =>
    lookers.every((looker) => seen(looker, who) === undefined);
  scene.leave(alice);
  const leftMs = await until("who left is gone", () => isGone(alice, [bob, carol]), GONE_MS);
  const dave = await scene.join();
  show(dave, "Dave");
  await until("Dave is seen", () => allSee([bob, carol], dave, "Dave"));
  const startMs = performance.now();
  dave.dropWire();
  dave.disconnect();
  await until("who dropped is gone", () => isGone(dave, [bob, carol]), GONE_MS);
  const droppedMs = performance.now() - startMs;
  await delay(GHOST_MS);
  expect(isGone(alice, [bob, carol]) && isGone(dave, [bob, carol])).toBe(true);
  expect(allSee([carol], bob, "Bob") && allSee([bob], carol, "Carol")).toBe(true);
  return `${(leftMs / 1_000).toFixed(1)} / ${(droppedMs / 1_000).toFixed(1)} s`;
}

async function blips(scene: Scene): Promise<string> {
  const [alice, bob, carol] = await company(scene);
  const opened = alice.opened();
  const vanished = new Set<string>();
  const watch = (looker: StockClient, name: string) =>
    looker.awareness.on("change", ({ removed }: { removed: readonly number[] }) => {
      if (removed.includes(alice.awareness.clientID)) vanished.add(name);
    });
  watch(bob, "Bob");
  watch(carol, "Carol");
  alice.dropWire();
  await until("it opens a new socket", () => alice.opened() > opened);
  await until("it is in sync again", () => alice.isSynced());
  const tookMs = await until("all see all again", () => allPresent(alice, bob, carol), BACK_MS);
  expect([...vanished]).toEqual([]);
  show(alice, "Alice at 2");
  await until("its next change is seen", () => allSee([bob, carol], alice, "Alice at 2"), BACK_MS);
  return `${Math.round(tookMs)} ms`;
}

async function claims(scene: Scene): Promise<void> {
  const tokens = new Map<string, string>();
  for (const user of ["alice", "carol", "mallory"])
    tokens.set(user, await scene.token(user, ["read", "write", "presence"]));
  const tokenOf = (user: string) => ({ token: () => tokens.get(user) ?? "" });
  const alice = await scene.join(tokenOf("alice"));
  const carol = await scene.joinRoost(tokenOf("carol"));
  alice.awareness.setLocalState({ cursor: "hers" });
  const isHers = () => seen(carol, alice)?.["cursor"] === "hers";
  await until("Alice is seen", isHers);

  const doc = new Y.Doc();
  doc.clientID = alice.doc.clientID;
  const mallory = await scene.join({ ...tokenOf("mallory"), doc });
  expect(mallory.awareness.clientID).toBe(alice.awareness.clientID);
  for (let clock = 0; clock < 10; clock++) mallory.awareness.setLocalState({ cursor: `Mallory's ${clock}` });
  await stays("Alice is seen as she is", isHers, 1_000);
  mallory.awareness.setLocalState(null);
  await stays("Alice is still seen", isHers, 500);
  scene.leave(mallory);
  await stays("Alice is still seen after Mallory left", isHers, GONE_MS / 2);
  alice.awareness.setLocalState({ cursor: "moved" });
  await until("Alice is seen to move", () => seen(carol, alice)?.["cursor"] === "moved");
}
