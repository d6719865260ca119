import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { bringsNothing } from "../../src/core/document/brings-nothing.ts";
import { compactDocument, type DocumentBytes } from "../../src/core/document/compaction.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { readDocument } from "../../src/core/document/read-document.ts";
import { fromV2, updateSince } from "../../src/core/document/stored-update.ts";
import type { LogRow } from "../../src/core/ports.ts";
import type { Random } from "../support/random.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { TestRoom } from "../support/test-room.ts";
import { isLive, isLiveOrUnknown, liveUnits } from "./live-units.ts";
import { isLong } from "./traces.ts";
import { VersionsWorld, viewOf, viewOfBytes } from "./versions-world.ts";
import { forSeeds } from "./worlds.ts";

const RUNS = isLong ? 2_000 : 200;
const NO_LIMIT = Infinity;

describe("forks and merges", () => {
  test("[RV23] a fork of now or of a version that nobody edits is what it was made of, and its merge changes nothing", () => {
    forSeeds(RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(5 + world.random.below(30));
      const version = world.random.below(2) === 0 ? undefined : world.snapshotV2();
      world.edit(version === undefined ? 0 : world.random.below(30));
      const main = roomOf(world.rows, world.random);
      const fork = roomOf([], world.random);
      const start = version === undefined ? seedOf(main) : fromV2(version);
      fork.submit(start);
      if (world.random.below(2) === 0) fork.compact();
      const origin = version === undefined ? world.live() : { parts: [start], rows: [] };
      expect(viewOfBytes(fork.live())).toEqual(viewOfBytes(origin));
      expect(stateOf(fork.live())).toEqual(stateOf(origin));
      const before = [stateOf(main.live()), viewOfBytes(main.live())];
      expect(main.merge(fork)).toBe(undefined);
      expect([stateOf(main.live()), viewOfBytes(main.live())]).toEqual(before);
    });
  });

  test("[RV23] a merge has what both sides wrote and nothing that either deleted, is the same in both directions, and then changes nothing", () => {
    forSeeds(RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(5 + world.random.below(25));
      const start = seedOf(roomOf(world.rows, world.random));
      const branch = new VersionsWorld(seed ^ 0x5bd1e995, start);
      branch.edit(1 + world.random.below(20));
      world.edit(1 + world.random.below(20));
      mergeAndCheck(world, branch);
    });
  });

  test("[RV23] the merge of a fork of an older version brings its edits, and nothing back that was deleted since", () => {
    forSeeds(RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(10 + world.random.below(20));
      const version = fromV2(world.snapshotV2());
      world.edit(5 + world.random.below(25));
      for (const { doc } of world.people.slice(0, 1)) doc.getText("text").delete(0, doc.getText("text").length);
      world.edit(1);
      const branch = new VersionsWorld(seed ^ 0x5bd1e995, version);
      branch.edit(1 + world.random.below(20));
      mergeAndCheck(world, branch);
    });
  });
});

/** Merges the branch into the world, where people go on. */
function mergeAndCheck(world: VersionsWorld, branch: VersionsWorld): void {
  world.comeBackAll();
  branch.comeBackAll();
  const main = roomOf(world.rows, world.random);
  const fork = roomOf(branch.rows, world.random);
  const sides = [world, branch].map((side) => hydrate([], side.rows).doc);
  const update = main.merge(fork);
  const merged = hydrate(main.live().parts, main.live().rows).doc;

  const live = liveUnits(merged);
  const isKept = (unit: string) => sides.every((side) => isLiveOrUnknown(side, unit));
  const written = new Map(sides.flatMap((side) => [...liveUnits(side)]));
  expect([...live.keys()].filter((unit) => !isKept(unit) || !written.has(unit))).toEqual([]);
  // Of two that set one key, one is there, and nothing in the other.
  expect([...written].filter(([unit, parent]) => isKept(unit) && !live.has(unit) && isLive(merged, parent))).toEqual(
    [],
  );
  expect(main.merge(fork)).toBe(undefined);

  fork.merge(roomOf(world.rows, world.random));
  expect(viewOfBytes(fork.live())).toEqual(viewOfBytes(main.live()));
  expect(stateOf(fork.live())).toEqual(stateOf(main.live()));

  if (update !== undefined) world.submit("merger", update);
  expect(viewOfBytes(world.live())).toEqual(viewOfBytes(main.live()));
  world.edit(2);
  world.comeBackAll();
  const seen = viewOfBytes(world.live());
  for (const { doc } of world.people) expect(viewOf(doc)).toEqual(seen);
}

type Side = {
  readonly live: () => DocumentBytes;
  readonly submit: (update: Uint8Array) => void;
  readonly compact: () => void;
  /** What a merge of the other one brought; undefined where that is nothing. */
  readonly merge: (from: Side) => Uint8Array | undefined;
};

/** A room with these rows, some of them compacted. */
function roomOf(rows: readonly LogRow[], random: Random): Side {
  const storage = new MemoryStorage();
  for (const { updates, atMs } of rows) storage.log.append(updates, atMs);
  compact(storage, random.below(rows.length + 1));
  const room = new TestRoom(storage);
  const live = () => presentOf(storage);
  const submit = (update: Uint8Array) => {
    const submitted = room.room.submit(update, { user: "merger", maxBytes: NO_LIMIT });
    if (!submitted.ok || submitted.value.kind === "gap") throw new Error("the update does not fit");
    const seq = room.flush();
    if (submitted.value.kind === "known") expect(seq).toBe(0);
    return seq === 0 ? undefined : [...storage.log.readSince(seq - 1)][0]?.updates[0]?.update;
  };
  const merge = (from: Side) => {
    const stateVector = room.room.document.stateVector();
    const update = updateSince(seedOf(from), stateVector);
    return bringsNothing(live(), stateVector, update) ? undefined : submit(update);
  };
  const compactAll = () => {
    compact(storage, storage.log.lastSeq());
    room.room.document.forget();
  };
  return { live, submit, merge, compact: compactAll };
}

function compact(storage: MemoryStorage, cut: number): void {
  if (cut === 0) return;
  const rows = [...storage.log.readSince(0)].slice(0, cut);
  const { parts, stateVector, deleteSet } = compactDocument({ parts: [], rows });
  storage.parts.replace(parts, { seq: cut, stateVector, deleteSet });
  storage.log.deleteThrough(cut);
}

function presentOf({ parts, log }: MemoryStorage): DocumentBytes {
  return { parts: [...parts.read()], rows: [...log.readSince(parts.info()?.seq ?? 0)] };
}

/** What a fork begins with. */
function seedOf({ live }: Pick<Side, "live">): Uint8Array {
  return readDocument(live(), "update");
}

function stateOf(document: DocumentBytes): unknown {
  const { doc } = hydrate(document.parts, document.rows);
  return Y.decodeStateVector(Y.encodeStateVector(doc));
}
