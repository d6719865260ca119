import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { Batch } from "../../src/core/batch.ts";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { joinRow, wholeRow } from "../../src/core/document/join-row.ts";
import { layoutOf } from "../../src/core/document/struct-reader.ts";
import { readUpdate } from "../../src/core/document/update-reader.ts";
import type { SessionId } from "../../src/core/events.ts";
import type { StampedUpdate } from "../../src/core/ports.ts";
import { contentOf, docOf, randomHistory } from "./random-history.ts";

const RUNS = process.env["ROOST_LONG"] === "1" ? 2_000 : 150;

/** Who made which struct, as the stamps say. */
function authorsOf(row: readonly StampedUpdate[]): ReadonlyMap<string, string> {
  const authors = new Map<string, string>();
  for (const { user, update } of row) {
    for (const { client, start, end } of layoutOf(update).blocks) {
      for (let clock = start; clock < end; clock += 1) authors.set(`${client}:${clock}`, user);
    }
  }
  return authors;
}

test("[CO26] a joined row makes the same document, each of its updates in its place and under its own name", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 40 }), (seed, known) => {
      const { steps } = randomHistory(seed, 80);
      const before = steps.slice(0, known).map(({ update }) => update);
      const batch: StampedUpdate[] = steps.slice(known).map(({ user, update }) => ({ user, update }));
      if (batch.length === 0) return;
      const row = joinRow(batch);
      expect(row.length).toBeLessThanOrEqual(batch.length);
      expect(authorsOf(row)).toEqual(authorsOf(batch));
      const clocks = clocksOf(before);
      for (const { update } of row) {
        const read = readUpdate(update, clocks);
        if (!read.ok || read.value.kind !== "complete") throw new Error("an update of the row waits for a later one");
        for (const { client, end } of read.value.blocks) clocks.advance(client, end);
      }
      const whole = docOf(steps.map(({ update }) => update));
      const copy = docOf([...before, ...row.map(({ update }) => update)]);
      expect(contentOf(copy)).toEqual(contentOf(whole));
      expect(Y.encodeStateVector(copy)).toEqual(Y.encodeStateVector(whole));
      const inOne = docOf([...before, wholeRow(row) ?? Uint8Array.of()]);
      expect(contentOf(inOne)).toEqual(contentOf(whole));
      expect(Y.encodeStateVector(inOne)).toEqual(Y.encodeStateVector(whole));
    }),
    { numRuns: RUNS },
  );
});

function clocksOf(updates: readonly Uint8Array[]): ClockTable {
  const decoded = ClockTable.decode(Y.encodeStateVector(docOf(updates)));
  if (!decoded.ok) throw new Error("unreadable");
  return decoded.value;
}

test("[CO26] a batch that five people typed takes five updates and about two bytes a character, on disk and on the wire", () => {
  const batch = new Batch();
  const clocks = new ClockTable();
  let typedBytes = 0;
  for (const [index, doc] of [1, 2, 3, 4, 5].map(() => new Y.Doc()).entries()) {
    doc.on("update", (bytes: Uint8Array) => {
      const read = readUpdate(bytes, clocks);
      if (!read.ok) throw new Error("unreadable");
      for (const { client, end } of read.value.blocks) clocks.advance(client, end);
      // SAFETY: only compared.
      batch.addUpdate({ sender: `s${index}` as SessionId, user: `user-${index}`, bytes, reading: read.value });
      typedBytes += bytes.length;
    });
    for (let at = 0; at < 40; at += 1) doc.getText(`text-${index}`).insert(at, "x");
  }
  const row = batch.row();
  expect(row.map(({ user }) => user)).toEqual(["user-0", "user-1", "user-2", "user-3", "user-4"]);
  expect(row.reduce((sum, { update }) => sum + update.length, 0)).toBeLessThan(2 * 200);
  expect(batch.merged().length).toBeLessThan(2 * 200);
  expect(typedBytes).toBeGreaterThan(2_000);
  expect(docOf([batch.merged()]).getText("text-3").length).toBe(40);
});
