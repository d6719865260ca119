/**
 * Rows about the document itself.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import * as Y from "yjs";
import { Random } from "../support/random.ts";
import type { Cell } from "./cell.ts";
import { type Content, contentOf, editAtRandom, largeDocument, textOf, type } from "./content.ts";
import { Scene, openedOf, until } from "./scene.ts";
import { expect } from "vitest";

const LARGE_BYTES = 5 * 1024 * 1024;
/** 5 MB, a dozen of them at once on two cores. */
const LARGE_MS = 60_000;
const IDLE_MS = 60_000;
/** In that time, by a machine that stands still now and then. */
const MAX_GIVEN_UP = 3;
const RAPID_EDITS = 200;

/** Made at the first use, the same for all. */
let large: Uint8Array | undefined;
function largeUpdate(): Uint8Array {
  large ??= Y.encodeStateAsUpdate(largeDocument(LARGE_BYTES, new Random(5)));
  return large;
}

export const syncCells: readonly Cell[] = [
  {
    row: "first sync, empty",
    title: "[CF1] an empty document is in sync, clean, and stays empty",
    run: firstSyncEmpty,
  },
  { row: "first sync, small", title: "[CF2] a small document arrives whole", run: firstSyncSmall },
  { row: "first sync, 5 MB, down", place: "large", isTimed: true, title: "[CF3] 5 MB arrive whole", run: largeDown },
  {
    row: "first sync, 5 MB, up",
    place: "large",
    isTimed: true,
    title: "[CF4] 5 MB that only the client has are stored",
    run: largeUp,
  },
  { row: "edits both ways", title: "[CF5] edits go both ways, to the same family and to Roost's own", run: bothWays },
  {
    row: "edits made offline",
    title: "[CF6] edits made offline, before and between connections, are merged",
    run: offline,
  },
  {
    row: "reconnect",
    title: "[CF7] a client whose wire drops comes back by itself with all it missed and wrote",
    run: reconnect,
  },
  {
    row: "save state returns to clean",
    title: "[CF9] it is unsaved from an edit until the server holds it, and no longer",
    without: ({ knowsSaved }) => (knowsSaved ? undefined : "has no notion of saved"),
    run: returnsToClean,
  },
  {
    row: "idle for 60 s",
    isTimed: true,
    isSlow: true,
    title: "[CF10] idle for a minute it keeps its one socket, and goes on",
    run: idle,
  },
  { row: "200 rapid edits", title: "[CF11] 200 rapid edits of two people arrive, every one", run: rapid },
];

async function firstSyncEmpty(scene: Scene): Promise<void> {
  const client = await scene.join();
  await scene.whenClean(client);
  expect(textOf(client.doc)).toBe("");
  expect(contentOf(await scene.stored())).toEqual(contentOf(new Y.Doc()));
  expect(openedOf(client)).toBe(1);
}

async function firstSyncSmall(scene: Scene): Promise<void> {
  const doc = new Y.Doc();
  const random = new Random(2);
  for (let edit = 0; edit < 100; edit++) editAtRandom(doc, random);
  await scene.seed(Y.encodeStateAsUpdate(doc));
  const client = await scene.join();
  // Already: in sync means that all of it is here.
  expect(contentOf(client.doc)).toEqual(contentOf(doc));
  await scene.whenClean(client);
  await scene.sameEverywhere([client]);
}

/** One document for all, and what the server holds of it: asked once, as the answers of a room are limited. */
let largeStored: Promise<Content> | undefined;

async function seedLarge(scene: Scene): Promise<Content> {
  await scene.seed(largeUpdate());
  return contentOf(await scene.stored());
}

async function largeDown({ family, place }: Scene): Promise<void> {
  const scene = new Scene(family, place, "matrix/large");
  try {
    largeStored ??= seedLarge(scene);
    const stored = await largeStored;
    expect(stored.text.length).toBeGreaterThan(LARGE_BYTES / 2);
    const client = scene.open();
    await until("5 MB are in sync", () => client.isSynced(), LARGE_MS);
    expect(contentOf(client.doc)).toEqual(stored);
    await scene.whenClean(client);
    expect(client.opened()).toBe(1);
  } finally {
    scene.end();
  }
}

async function largeUp(scene: Scene): Promise<void> {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, largeUpdate());
  const client = scene.open({ doc });
  await until("5 MB are in sync", () => client.isSynced(), LARGE_MS);
  await scene.whenClean(client, LARGE_MS);
  await scene.sameEverywhere([client], LARGE_MS);
  expect(client.opened()).toBe(1);
}

async function bothWays(scene: Scene): Promise<void> {
  const clients = [await scene.join(), await scene.join(), await scene.joinRoost()];
  for (const [index, { doc }] of clients.entries()) type(doc, `${index} begins. `);
  await scene.sameEverywhere(clients);
  const random = new Random(4);
  for (let edit = 0; edit < 60; edit++) {
    editAtRandom(random.pick(clients).doc, random);
    if (edit % 10 === 9) await delay(5);
  }
  await scene.sameEverywhere(clients);
  for (const client of clients) await scene.whenClean(client);
}

async function offline(scene: Scene): Promise<void> {
  const before = new Y.Doc();
  type(before, "before any connection. ");
  const client = await scene.join({ doc: before });
  const other = await scene.joinRoost();
  await scene.sameEverywhere([client, other]);

  client.disconnect();
  await until("it says that it is offline", () => !client.isSynced());
  type(client.doc, "offline. ");
  type(other.doc, "meanwhile. ");
  client.doc.getText("text").delete(0, 7);
  await scene.whenClean(other);
  expect(await scene.storedText()).not.toContain("offline");

  client.connect();
  await scene.sameEverywhere([client, other]);
  expect(await scene.storedText()).toContain("offline. ");
  await until("it says that it is in sync again", () => client.isSynced());
  await scene.whenClean(client);
}

async function reconnect(scene: Scene): Promise<void> {
  const client = await scene.join();
  const other = await scene.joinRoost();
  type(client.doc, "before. ");
  await scene.sameEverywhere([client, other]);
  const opened = openedOf(client);

  client.dropWire();
  type(client.doc, "its own. ");
  type(other.doc, "missed. ");
  await until("it opens a new socket", () => openedOf(client) > opened);
  await until("it is in sync again", () => client.isSynced());
  await scene.sameEverywhere([client, other]);
  expect(await scene.storedText()).toContain("its own. ");
  await scene.whenClean(client);
  expect(openedOf(client)).toBe(opened + 1);
}

async function returnsToClean(scene: Scene): Promise<void> {
  const client = await scene.join();
  await until("it is clean before anything is written", () => client.isClean() === true);
  for (let edit = 0; edit < 10; edit++) {
    const mark = `edit ${edit}. `;
    type(client.doc, mark);
    expect(client.isClean()).toBe(false);
    await until("it is clean again", () => client.isClean() === true);
    // Not a moment later: what it calls saved is there to be read.
    expect(await scene.storedText()).toContain(mark);
  }
  const other = await scene.joinRoost();
  type(other.doc, "of others");
  await until("it hears of others", () => textOf(client.doc).includes("of others"));
  await until("what others write is none of its own", () => client.isClean() === true);
}

async function idle(scene: Scene): Promise<void> {
  const client = await scene.join();
  const other = await scene.joinRoost();
  client.awareness.setLocalStateField("user", { name: "Idle" });
  other.awareness.setLocalStateField("user", { name: "Roost" });
  await until("each sees the other", () => bothSeen(client, other));
  await delay(IDLE_MS);
  expect(client.isSynced()).toBe(true);
  expect(openedOf(client)).toBe(1);
  // One that is never answered would have given up a dozen.
  expect(client.opened()).toBeLessThanOrEqual(MAX_GIVEN_UP + 1);
  expect(bothSeen(client, other)).toBe(true);
  type(client.doc, "still here. ");
  type(other.doc, "so am I. ");
  await scene.sameEverywhere([client, other]);
  expect(openedOf(client)).toBe(1);
}

function bothSeen(...clients: readonly Awaited<ReturnType<Scene["join"]>>[]): boolean {
  return clients.every(({ awareness }) => clients.every((seen) => awareness.getStates().has(seen.awareness.clientID)));
}

async function rapid(scene: Scene): Promise<void> {
  const clients = [await scene.join(), await scene.join()];
  for (let edit = 0; edit < RAPID_EDITS; edit++) {
    for (const [index, { doc }] of clients.entries()) doc.getArray("list").push([`${index}:${edit}`]);
    if (edit % 20 === 19) await delay(1);
  }
  await scene.sameEverywhere(clients);
  const stored = (await scene.stored()).getArray<string>("list").toArray();
  const all = clients.flatMap((_, index) => Array.from({ length: RAPID_EDITS }, (__, edit) => `${index}:${edit}`));
  expect(stored.toSorted()).toEqual(all.toSorted());
  for (const client of clients) {
    await scene.whenClean(client);
    expect(openedOf(client)).toBe(1);
  }
}
