import { expect, test } from "vitest";
import * as Y from "yjs";
import { joinRuns } from "../../src/core/document/join-runs.ts";
import { mergeRows } from "../../src/core/document/merge-rows.ts";
import type { LogRow } from "../../src/core/ports.ts";
import { contentOf, docOf, randomHistory } from "./random-history.ts";
import { forSeeds } from "./worlds.ts";

const RUNS = process.env["ROOST_LONG"] === "1" ? 2_000 : 150;

/** One update for each character, as a person types. */
function typeEach(doc: Y.Doc, at: number, text: string): Uint8Array[] {
  const updates: Uint8Array[] = [];
  const collect = (update: Uint8Array): number => updates.push(update);
  doc.on("update", collect);
  for (const [index, character] of text.split("").entries()) doc.getText("t").insert(at + index, character);
  doc.off("update", collect);
  return updates;
}

function rowsOf(updates: readonly Uint8Array[]): LogRow[] {
  return updates.map((update, index) => ({
    seq: index + 1,
    firstSeq: index + 1,
    atMs: index,
    updates: [{ user: "alice", update }],
  }));
}

test("[CO24] an update with joined runs makes the same document, whoever types between them", () => {
  forSeeds(RUNS, (seed) => {
    const { steps } = randomHistory(seed, 60);
    const updates = steps.map(({ update }) => update);
    const whole = docOf(updates);
    const merged = Y.mergeUpdates(updates);
    const joined = joinRuns(merged);
    expect(joined.length).toBeLessThanOrEqual(merged.length);
    const copy = docOf([joined]);
    expect(contentOf(copy)).toEqual(contentOf(whole));
    expect(Y.encodeStateVector(copy)).toEqual(Y.encodeStateVector(whole));
    expect(copy.store.pendingStructs).toBeNull();
    // Behind a part of it, ahead of the rest: the run is cut where the replica stands.
    const behind = docOf(updates.slice(0, Math.floor(updates.length / 2)));
    Y.applyUpdate(behind, joined);
    expect(contentOf(behind)).toEqual(contentOf(whole));
  });
});

test("[CO24] somebody who types into the middle of a run keeps the place", () => {
  const alice = new Y.Doc();
  const bob = new Y.Doc();
  const typed = typeEach(alice, 0, "hello");
  for (const update of typed.slice(0, 3)) Y.applyUpdate(bob, update);
  const inserted = typeEach(bob, 2, "X");
  const joined = joinRuns(Y.mergeUpdates([...typed, ...inserted]));
  const whole = docOf([...typed, ...inserted]);
  expect(docOf([joined]).getText("t").toJSON()).toBe(whole.getText("t").toJSON());
  for (const update of inserted) Y.applyUpdate(alice, update);
  expect(docOf([joined]).getText("t").toJSON()).toBe(alice.getText("t").toJSON());
});

test("[CO25] a thousand characters typed one after the other take little more than a thousand bytes in a merged row", () => {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, "()");
  const typed = typeEach(doc, 1, "x".repeat(1_000));
  expect(typed).toHaveLength(1_000);
  const [merged] = mergeRows(rowsOf(typed)).updates;
  expect(merged?.update.length).toBeLessThan(1_050);
});
