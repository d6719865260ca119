/**
 * Who wrote what is there, whatever storage did with the rows that said so.
 * @module
 */
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { authorsOf } from "../../src/core/authors.ts";
import { compactDocument, mergeDocument } from "../../src/core/document/compaction.ts";
import { mergeRows } from "../../src/core/document/merge-rows.ts";
import type { LogRow } from "../../src/core/ports.ts";
import { Attribution, STAMP_MS, stampsOf } from "../../src/core/versions/attribution.ts";
import { blameDocument } from "../../src/core/versions/blame.ts";
import type { BlameRange, Credit, Credits } from "../../src/core/versions/shapes.ts";
import { readCredits } from "../../src/rooms/document-credits.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { Random } from "../support/random.ts";
import { editRandomly } from "./random-edits.ts";
import { isLong } from "./traces.ts";
import { forSeeds } from "./worlds.ts";

const runs = isLong ? 1_000 : 60;
const NOBODY: Credit = { user: "", atMs: null };

/** What was said of every struct when it was accepted. */
type Said = Map<string, Credit>;
type World = { storage: MemoryStorage; readonly said: Said; readonly docs: ReadonlyMap<string, Y.Doc>; nowMs: number };

const idOf = (client: number, clock: number): string => `${client}:${clock}`;

function makeWorld(): World {
  const docs = ["alice", "bob", "carol"].map((name, index) => {
    const doc = new Y.Doc();
    doc.clientID = index + 1;
    return [name, doc] as const;
  });
  return { storage: new MemoryStorage(), said: new Map(), docs: new Map(docs), nowMs: 10 * STAMP_MS };
}

/** Accepted as a room would: one row, and everybody hears it. */
function accept(world: World, user: string, update: Uint8Array, credit: Credit): void {
  world.storage.log.append([{ user, update }], world.nowMs);
  for (const { client, clock, length } of stampsOf([{ seq: 1, firstSeq: 1, atMs: 0, updates: [{ user, update }] }])) {
    for (let at = clock; at < clock + length; at += 1) world.said.set(idOf(client, at), credit);
  }
  for (const doc of world.docs.values()) Y.applyUpdate(doc, update, "server");
}

function edit(world: World, random: Random): void {
  const user = random.pick([...world.docs.keys()]);
  const doc = world.docs.get(user);
  if (doc === undefined) return;
  const updates: Uint8Array[] = [];
  const note = (update: Uint8Array, origin: unknown): void => void (origin !== "server" && updates.push(update));
  doc.on("update", note);
  editRandomly(doc, random);
  doc.off("update", note);
  const credit = { user, atMs: world.nowMs - (world.nowMs % STAMP_MS) };
  for (const update of updates) accept(world, user, update, credit);
}

/** Something comes back under a new client id, and is whose it was. */
function restore(world: World, random: Random): void {
  const doc = new Y.Doc();
  for (const other of world.docs.values()) Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  doc.clientID = 1_000 + world.said.size;
  const before = Y.encodeStateVector(doc);
  const text = random.pick(["gone and back", "é"]);
  doc.getText("text").insert(0, text);
  const credit = random.below(3) === 0 ? NOBODY : { user: "dave", atMs: STAMP_MS };
  const stamp = { client: doc.clientID, clock: 0, length: text.length, user: credit.user, atMs: credit.atMs ?? 0 };
  world.storage.attribution.record([stamp]);
  accept(world, "erin", Y.encodeStateAsUpdate(doc, before), credit);
}

/** Compaction, fold or tier merge: what each records, and a restart behind it. */
function maintain(world: World, random: Random): void {
  const { storage } = world;
  const rows = [...storage.log.readSince(storage.parts.info()?.seq ?? 0)];
  const kind = random.below(3);
  const from = random.below(rows.length + 1);
  const some: readonly LogRow[] = kind === 0 ? rows.slice(from) : rows;
  const first = some[0];
  if (first === undefined) return;
  storage.transaction(() => {
    storage.authors.record(authorsOf(some));
    storage.attribution.record(stampsOf(some));
    if (kind === 0) return storage.log.replace(first.seq, mergeRows(some));
    const seq = storage.log.lastSeq();
    const input = { parts: storage.parts.read(), rows };
    const { parts, stateVector, deleteSet } = kind === 1 ? compactDocument(input) : mergeDocument(input);
    storage.log.deleteThrough(seq);
    return storage.parts.replace(parts, { seq, stateVector, deleteSet });
  });
  world.storage = storage.crash();
}

function live({ parts, log }: MemoryStorage) {
  return { parts: parts.read(), rows: log.readSince(parts.info()?.seq ?? 0) };
}

function blame(storage: MemoryStorage, credits: Credits = readCredits(storage)): readonly BlameRange[] {
  const blamed = blameDocument(live(storage), credits);
  if (!blamed.ok) throw new Error(blamed.error.tag);
  return blamed.value.ranges;
}

/** The same by brute force: one line per unit and key of what is live, and whose it was said to be. */
function unitsOf(doc: Y.Doc, said: Said): string[] {
  const units: string[] = [];
  const visit = (type: Pick<Y.AbstractType<unknown>, "_start" | "_map">, path: readonly (string | number)[]): void => {
    const line = (at: number | string, client: number, clock: number) =>
      units.push(JSON.stringify([path, at, said.get(idOf(client, clock)) ?? NOBODY]));
    const inside = (item: Y.Item, at: number | string): void => {
      if (item.content instanceof Y.ContentType) visit(item.content.type, [...path, at]);
    };
    let at = 0;
    for (let item = type._start; item !== null; item = item.right) {
      if (item.deleted || !item.countable) continue;
      for (let unit = 0; unit < item.length; unit += 1) line(at + unit, item.id.client, item.id.clock + unit);
      inside(item, at);
      at += item.length;
    }
    for (const [key, item] of type._map) {
      if (item.deleted) continue;
      line(key, item.id.client, item.lastId.clock);
      inside(item, key);
    }
  };
  for (const [name, type] of doc.share) visit(type, [name]);
  return units.sort();
}

function unitsBlamed(ranges: readonly BlameRange[]): string[] {
  const units = ranges.flatMap(({ path, at, length, user, atMs }) => {
    const places = typeof at === "string" ? [at] : Array.from({ length }, (_, unit) => at + unit);
    return places.map((place) => JSON.stringify([path, place, { user, atMs }]));
  });
  return units.sort();
}

describe("blame", () => {
  test("[HA5] every character, item and key is blamed once, on who wrote it, through merges, compaction, restores and sleep", () => {
    forSeeds(runs, (seed) => {
      const random = new Random(seed);
      const world = makeWorld();
      for (let step = 0; step < 40; step += 1) {
        const kind = random.below(12);
        if (kind === 0) maintain(world, random);
        else if (kind === 1) restore(world, random);
        else edit(world, random);
        world.nowMs += random.below(STAMP_MS);
      }
      const doc = new Y.Doc();
      const { parts, rows } = live(world.storage);
      for (const part of parts) Y.applyUpdate(doc, part);
      for (const row of rows) for (const { update } of row.updates) Y.applyUpdate(doc, update);
      expect(unitsBlamed(blame(world.storage))).toEqual(unitsOf(doc, world.said));
    });
  });

  test("[HA6] ranges of one type come in reading order, are as long as they can be, and say how they read", () => {
    const [alice, bob] = [new Y.Doc(), new Y.Doc()];
    [alice.clientID, bob.clientID] = [1, 2];
    const storage = new MemoryStorage();
    const send = (user: string, doc: Y.Doc, body: () => void, atMs: number): void => {
      const before = Y.encodeStateVector(doc);
      body();
      storage.log.append([{ user, update: Y.encodeStateAsUpdate(doc, before) }], atMs);
    };
    const long = "x".repeat(79);
    send("alice", alice, () => alice.getText("text").insert(0, `${long}😀 and so on`), 90_000);
    Y.applyUpdate(bob, Y.encodeStateAsUpdate(alice));
    send("bob", bob, () => bob.getText("text").insert(2, "BOB"), 100_000);
    send("bob", bob, () => bob.getArray("list").push([1, 2, new Y.Map([["k", "v"]]), 3]), 200_000);
    const bobs = { user: "bob", atMs: 180_000 };
    expect(blame(storage)).toEqual([
      { user: "alice", atMs: 60_000, path: ["text"], at: 0, length: 2, excerpt: "xx" },
      { user: "bob", atMs: 60_000, path: ["text"], at: 2, length: 3, excerpt: "BOB" },
      { user: "alice", atMs: 60_000, path: ["text"], at: 5, length: 89, excerpt: `${"x".repeat(77)}😀 ` },
      { ...bobs, path: ["list"], at: 0, length: 3, excerpt: "" },
      { ...bobs, path: ["list", 2], at: "k", length: 1, excerpt: "" },
      { ...bobs, path: ["list"], at: 3, length: 1, excerpt: "" },
    ]);
  });

  test("[HA7] what is older than stamps is its client id's first sender's, and nobody's where that is not known", () => {
    const storage = new MemoryStorage();
    const [alice, mallory] = [new Y.Doc(), new Y.Doc()];
    [alice.clientID, mallory.clientID] = [1, 2];
    alice.getText("text").insert(0, "hers");
    Y.applyUpdate(mallory, Y.encodeStateAsUpdate(alice));
    mallory.getText("text").insert(4, "?");
    const rows = [{ seq: 1, firstSeq: 1, atMs: 5, updates: [{ user: "", update: Y.encodeStateAsUpdate(mallory) }] }];
    storage.parts.replace([Y.encodeStateAsUpdate(mallory)], { seq: 1, ...mergeDocument({ parts: [], rows }) });
    storage.authors.record([[1, "alice"]]);
    expect(blame(storage).map(({ user, atMs, length }) => [user, atMs, length])).toEqual([
      ["alice", null, 4],
      ["", null, 1],
    ]);
  });

  test("[HA8] types nested deeper than any stack are blamed, and an answer that would be too large is none", () => {
    const doc = new Y.Doc();
    let array = doc.getArray<unknown>("deep");
    for (let depth = 0; depth < 300; depth += 1) {
      const inner = new Y.Array<unknown>();
      array.push([depth, inner]);
      array = inner;
    }
    const document = () => ({ parts: [Y.encodeStateAsUpdate(doc)], rows: [] });
    const credits = new Attribution([], []);
    const blamed = blameDocument(document(), credits);
    expect(blamed.ok && blamed.value.ranges).toHaveLength(300);
    expect(blamed.ok && blamed.value.ranges.at(-1)).toMatchObject({ at: 0, length: 2 });
    expect(blameDocument(document(), credits, 10_000)).toEqual({ ok: false, error: { tag: "too-many-ranges" } });
  });

  test("[HA4] stamps are one per client, user and minute; holes, several people and what does not read say nothing", () => {
    const doc = new Y.Doc();
    doc.clientID = 7;
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (const word of ["ab", "c", "def", "g"]) doc.getText("text").insert(0, word);
    const [ab, c, def, g] = updates;
    if (ab === undefined || c === undefined || def === undefined || g === undefined) throw new Error("four edits");
    const row = (seq: number, atMs: number, user: string, update: Uint8Array): LogRow => {
      return { seq, firstSeq: seq, atMs, updates: [{ user, update }] };
    };
    const holed = Y.mergeUpdates([ab, def]);
    const rows = [row(1, 60_500, "alice", ab), row(2, 119_999, "alice", c), row(3, 120_000, "alice", def)];
    expect(
      stampsOf([...rows, row(4, 120_001, "bob", g), row(5, 9, "", ab), row(6, 9, "eve", Uint8Array.of(1, 9))]),
    ).toEqual([
      { client: 7, clock: 0, length: 3, user: "alice", atMs: 60_000 },
      { client: 7, clock: 3, length: 3, user: "alice", atMs: 120_000 },
      { client: 7, clock: 6, length: 1, user: "bob", atMs: 120_000 },
    ]);
    expect(stampsOf([row(1, 60_000, "bob", holed)])).toEqual([
      { client: 7, clock: 0, length: 2, user: "bob", atMs: 60_000 },
      { client: 7, clock: 3, length: 3, user: "bob", atMs: 60_000 },
    ]);
  });
});
