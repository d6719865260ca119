import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { compactDocument, mergeDocument } from "../../src/core/document/compaction.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { mergeRows } from "../../src/core/document/merge-rows.ts";
import type { LogRow } from "../../src/core/ports.ts";
import { nestedArrays } from "./loaded-document.ts";
import { collectUpdates, contentOf, docOf, randomFrom, randomHistory, rowsOf } from "./random-history.ts";

function rowOf(seq: number, ...updates: readonly Uint8Array[]): LogRow {
  return { seq, firstSeq: seq, atMs: seq, updates: updates.map((update) => ({ user: "mallory", update })) };
}

const GARBAGE = Uint8Array.of(1, 1, 5, 0, 4, 1, 1, 116, 200);

/** Edits of one client that nobody has the first of. */
function orphan(client: number): readonly [first: Uint8Array, second: Uint8Array] {
  const doc = new Y.Doc();
  doc.clientID = client;
  const [first] = collectUpdates(doc, () => doc.getText("text").insert(0, "one "));
  const [second] = collectUpdates(doc, () => doc.getText("text").insert(4, "two "));
  if (first === undefined || second === undefined) throw new Error("an edit made no update");
  return [first, second];
}

describe("hydration", () => {
  test("[CO14] updates that throw are left out and reported, everything else stays", () => {
    const { steps, server } = randomHistory(11, 150);
    const rows = rowsOf(steps, randomFrom(11));
    const spoiled = rows.map((row) =>
      row.seq % 3 === 0 ? { ...row, updates: [...row.updates, { user: "mallory", update: GARBAGE }] } : row,
    );
    const { doc, quarantined } = hydrate([], spoiled);
    expect(contentOf(doc)).toEqual(contentOf(server));
    expect(quarantined.map(({ seq }) => seq)).toEqual(rows.map(({ seq }) => seq).filter((seq) => seq % 3 === 0));
    expect(quarantined[0]?.update).toEqual({ user: "mallory", update: GARBAGE });
    expect(quarantined[0]?.reason).toMatch(/Error: /);
  });

  test("[CO14] an update that deletes types nested past the stack is left out, the types stay", () => {
    const deep = nestedArrays(9, 30_000);
    const deleteAll = Uint8Array.of(0, 1, 9, 1, 0, 1);
    const [text] = orphan(4);
    const { doc, quarantined } = hydrate([], [rowOf(1, deep), rowOf(2, deleteAll), rowOf(3, text)]);
    expect(quarantined.map(({ seq }) => seq)).toEqual([2]);
    expect(doc.getText("text").toString()).toBe("one ");
    expect(doc.getArray("array").length).toBe(1);
  });

  test("[CO15] an update that waits for structs nobody sent is reported, and keeps nobody else from being read", () => {
    const [, second] = orphan(4);
    const [other] = orphan(5);
    const { doc, quarantined } = hydrate([], [rowOf(1, second), rowOf(2, other)]);
    expect(quarantined).toEqual([
      { seq: 1, update: { user: "mallory", update: second }, reason: "depends on an update that never arrived" },
    ]);
    expect(contentOf(doc)).toEqual(contentOf(docOf([other])));
    expect(doc.store.pendingStructs).toBeNull();
  });

  test("[CO15] an update that a later row completes is no failure", () => {
    const [first, second] = orphan(4);
    const [, lost] = orphan(5);
    const { doc, quarantined } = hydrate([], [rowOf(1, second, GARBAGE), rowOf(2, lost), rowOf(3, first)]);
    expect(doc.getText("text").toString()).toBe("one two ");
    expect(quarantined.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("[CO16] a stored part that does not apply is an error, never an emptier document", () => {
    const [first, second] = orphan(4);
    expect(() => compactDocument({ parts: [GARBAGE], rows: [rowOf(1, first)] })).toThrow(
      /stored part 0 does not apply/,
    );
    expect(() => compactDocument({ parts: [first, GARBAGE], rows: [] })).toThrow(/stored part 1/);
    expect(() => compactDocument({ parts: [second], rows: [] })).toThrow(/stored part 0/);
    expect(() => mergeDocument({ parts: [GARBAGE], rows: [] })).toThrow(/past the end|unexpected end/);
    expect(() => mergeDocument({ parts: [second], rows: [] })).toThrow(/depends on a later one/);
  });

  test("[CO17] merging leaves out and reports what it cannot read; merged rows keep it where it was", () => {
    const [first, second] = orphan(4);
    const [, lost] = orphan(5);
    const rows = [rowOf(1, first), rowOf(2, GARBAGE, lost), rowOf(3, second)];
    const merged = mergeDocument({ parts: [], rows });
    expect(merged.quarantined.map(({ seq, update }) => [seq, update.update])).toEqual([
      [2, GARBAGE],
      [2, lost],
    ]);
    expect(docOf(merged.parts).getText("text").toString()).toBe("one two ");
    const row = mergeRows(rows);
    expect(row.updates.map(({ update }) => update)).toContain(GARBAGE);
    const { doc, quarantined } = hydrate([], [row]);
    expect(doc.getText("text").toString()).toBe("one two ");
    expect(quarantined.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/Error: /),
      "depends on an update that never arrived",
    ]);
  });

  test("[CO17] nothing in a merged row moves before what could not be read", () => {
    const doc = new Y.Doc();
    doc.clientID = 4;
    const text = doc.getText("text");
    const [first, , third] = ["a", "b", "c"].flatMap((letter, at) =>
      collectUpdates(doc, () => text.insert(at, letter)),
    );
    const follower = docOf([Y.encodeStateAsUpdate(doc)]);
    follower.clientID = 5;
    const [reply] = collectUpdates(follower, () => follower.getText("text").insert(3, "d"));
    if (first === undefined || third === undefined || reply === undefined) throw new Error("an edit made no update");
    const { updates } = mergeRows([rowOf(1, first), rowOf(2, third), rowOf(3, reply)]);
    expect(updates.map(({ update }) => update)).toEqual([first, third, reply]);
  });
});
