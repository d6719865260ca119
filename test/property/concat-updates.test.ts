import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { type ReadUpdate, concatUpdates, trimUpdate } from "../../src/core/document/concat-updates.ts";
import { DeleteRanges } from "../../src/core/document/delete-ranges.ts";
import { put, string, updateBytes } from "./update-bytes.ts";
import { updateHistory } from "./update-history.ts";
import { advance, applyComplete, clocksOf, docOf, isPending, propertyOptions, readComplete } from "./update-replay.ts";

const histories = fc.record({ seed: fc.integer(), edits: fc.integer({ min: 2, max: 60 }) });
type HistoryInput = { readonly seed: number; readonly edits: number };

/** Each update with its reading, as a server takes one after the other. */
function readAll(updates: readonly Uint8Array[], clocks = new ClockTable()): ReadUpdate[] {
  return updates.map((bytes) => {
    const reading = readComplete(bytes, clocks);
    advance(clocks, reading);
    return { bytes, reading };
  });
}

/** What a document shows, its clocks and its deletions. */
function stateOf(doc: Y.Doc): unknown {
  if (isPending(doc)) throw new Error("something is pending");
  const deletes = Y.encodeSnapshot(Y.snapshot(doc));
  const json = (value: unknown): unknown =>
    typeof value === "bigint" ? String(value) : value instanceof Y.Doc ? value.guid : value;
  const roots = [doc.getText("text").toDelta(), doc.getMap("map").toJSON(), doc.getArray("array").toJSON()];
  return {
    deletes,
    roots: JSON.parse(JSON.stringify(roots, (_, value: unknown) => json(value))),
    xml: doc.getXmlFragment("xml").toJSON(),
  };
}

/** Deletions that a server has heard of. */
function deletesIn(updates: readonly ReadUpdate[]): DeleteRanges {
  const deletes = new DeleteRanges();
  for (const { reading } of updates) deletes.merge(reading.deletes);
  return deletes;
}

describe("concatenated updates", () => {
  it("[CU1] one update comes back as the same bytes, none as the empty update", () => {
    const check = ({ seed, edits }: HistoryInput): void => {
      for (const update of readAll(updateHistory(seed, edits))) expect(concatUpdates([update])).toBe(update.bytes);
    };
    fc.assert(fc.property(histories, check), propertyOptions("CU1", { short: 20, long: 200 }));
    expect(concatUpdates([])).toEqual(Uint8Array.of(0, 0));
  });

  it("[CU2] a batch has the effect of its updates in order, reads as complete, and keeps their structs' bytes", () => {
    const check = ({ seed, edits }: HistoryInput, cut: number, length: number): void => {
      const updates = readAll(updateHistory(seed, edits));
      const first = cut % updates.length;
      const batch = updates.slice(first, first + 1 + (length % 20));
      const merged = concatUpdates(batch);
      const before = updates.slice(0, first).map(({ bytes }) => bytes);
      const [doc, other] = [docOf(...before), docOf(...before)];
      const reading = readComplete(merged, clocksOf(doc));
      expect(reading.overlaps).toBe(false);
      // As Yjs writes them.
      const clients = reading.blocks.map(({ client }) => client);
      expect(clients).toEqual(clients.toSorted((one, another) => another - one));
      const structBytes = (each: { readonly blocks: readonly { bytesStart: number; bytesEnd: number }[] }): number =>
        each.blocks.reduce((sum, { bytesStart, bytesEnd }) => sum + bytesEnd - bytesStart, 0);
      expect(structBytes(reading)).toBe(batch.reduce((sum, { reading: each }) => sum + structBytes(each), 0));
      Y.applyUpdate(doc, merged);
      // One transaction here too: where one ends, Yjs tidies up formats of nested text.
      other.transact(() => batch.forEach(({ bytes }) => Y.applyUpdate(other, bytes)));
      expect(stateOf(doc)).toEqual(stateOf(other));
    };
    fc.assert(fc.property(histories, fc.nat(), fc.nat(), check), propertyOptions("CU2", { short: 200, long: 3_000 }));
  });

  it("[CU3] updates that overlap each other are merged by Yjs, with the same effect", () => {
    const check = ({ seed, edits }: HistoryInput): void => {
      const history = updateHistory(seed, edits);
      const half = history.slice(0, Math.ceil(history.length / 2));
      const overlapping = [...half, Y.encodeStateAsUpdate(docOf(...half)), Y.encodeStateAsUpdate(docOf(...history))];
      const merged = concatUpdates(readAll(overlapping));
      expect(stateOf(docOf(merged))).toEqual(stateOf(docOf(...history)));
    };
    fc.assert(fc.property(histories, check), propertyOptions("CU3", { short: 60, long: 1_000 }));
  });
});

describe("trimmed updates", () => {
  it("[CU4] an update whose structs and deletions are all known comes to null", () => {
    const check = ({ seed, edits }: HistoryInput): void => {
      const history = updateHistory(seed, edits);
      const clocks = new ClockTable();
      const deletes = deletesIn(readAll(history, clocks));
      // What every joiner answers: the whole document, or its delete set alone.
      const doc = docOf(...history);
      for (const echo of [
        ...history,
        Y.encodeStateAsUpdate(doc),
        Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc)),
      ]) {
        const trimmed = trimUpdate(echo, readComplete(echo, clocks), deletes);
        // A whole document also tells which garbage was deleted along with its parent.
        if (trimmed !== null) expect(readComplete(trimmed, clocks)).toMatchObject({ blocks: [], hasNewStructs: false });
        deletes.merge(readComplete(echo, clocks).deletes);
        expect(trimUpdate(echo, readComplete(echo, clocks), deletes)).toBeNull();
      }
    };
    fc.assert(fc.property(histories, check), propertyOptions("CU4", { short: 60, long: 1_000 }));
  });

  it("[CU5] an update that is new through and through comes back as the same bytes", () => {
    const check = ({ seed, edits }: HistoryInput): void => {
      const updates = readAll(updateHistory(seed, edits));
      for (const { bytes, reading } of updates) {
        const isExact = reading.blocks.every((block) => block.start === block.known && block.end > block.known);
        if (isExact && reading.hasNewStructs) expect(trimUpdate(bytes, reading, new DeleteRanges())).toBe(bytes);
      }
    };
    fc.assert(fc.property(histories, check), propertyOptions("CU5", { short: 30, long: 300 }));
  });

  it("[CU6] only the deletions that are not known stay", () => {
    const known = new ClockTable([[1, 10]]);
    const bytes = updateBytes([], [{ client: 1, clock: 2, length: 6 }]);
    const deletes = new DeleteRanges();
    deletes.add(1, 4, 2);
    const trimmed = trimUpdate(bytes, readComplete(bytes, known), deletes);
    expect(trimmed).toEqual(Uint8Array.of(0, 1, 1, 2, 2, 2, 6, 2));
    deletes.add(1, 0, 8);
    expect(trimUpdate(bytes, readComplete(bytes, known), deletes)).toBeNull();
  });

  it("[CU7] what is left has the same effect, begins where the known ends, and brings nothing twice", () => {
    const check = ({ seed, edits }: HistoryInput, share: number): void => {
      const history = updateHistory(seed, edits);
      const clocks = new ClockTable();
      const known = history.slice(0, share % history.length);
      const deletes = deletesIn(readAll(known, clocks));
      const whole = Y.encodeStateAsUpdate(docOf(...history));
      const trimmed = trimUpdate(whole, readComplete(whole, clocks), deletes);
      const [doc, other] = [docOf(...known), docOf(...known)];
      // In a transaction of its own as well, for the same reason.
      Y.applyUpdate(other, whole);
      if (trimmed !== null) {
        const reading = readComplete(trimmed, clocks);
        for (const block of reading.blocks) expect(block.start).toBe(block.known);
        expect(reading.deletes.missingFrom(deletes).encode()).toEqual(reading.deletes.encode());
        Y.applyUpdate(doc, trimmed);
      }
      expect(stateOf(doc)).toEqual(stateOf(other));
    };
    fc.assert(fc.property(histories, fc.nat(), check), propertyOptions("CU7", { short: 100, long: 2_000 }));
  });

  it("[CU7] known blocks beside new ones go, a struct known in part is cut", () => {
    const known = new ClockTable([
      [1, 3],
      [2, 2],
    ]);
    const bytes = updateBytes([
      {
        client: 1,
        clock: 1,
        structs: [string("bcde", { origin: { client: 1, clock: 0 } }), put({ kind: "gc", length: 2 })],
      },
      { client: 2, clock: 0, structs: [string("xy")] },
      { client: 3, clock: 0, structs: [string("z")] },
    ]);
    const reading = readComplete(bytes, known);
    expect(reading.overlaps).toBe(true);
    const trimmed = trimUpdate(bytes, reading, new DeleteRanges());
    const expected = updateBytes([
      {
        client: 1,
        clock: 3,
        structs: [string("de", { origin: { client: 1, clock: 2 } }), put({ kind: "gc", length: 2 })],
      },
      { client: 3, clock: 0, structs: [string("z")] },
    ]);
    expect(trimmed).toEqual(expected);
  });

  it("[CU7] trimmed or not, a batch of hostile overlaps applies", () => {
    const doc = docOf(updateBytes([{ client: 1, clock: 0, structs: [put({ kind: "gc", length: 2 })] }]));
    const bytes = updateBytes([
      { client: 1, clock: 0, structs: [put({ kind: "any", values: [1, 2, 3] }, { key: "k" })] },
    ]);
    applyComplete(doc, bytes, readComplete(bytes, clocksOf(doc)));
    expect(clocksOf(doc).get(1)).toBe(3);
  });
});
