/**
 * What Yjs itself does with an update that the reader has judged.
 * @module
 */
import * as Y from "yjs";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { trimUpdate } from "../../src/core/document/concat-updates.ts";
import { DeleteRanges } from "../../src/core/document/delete-ranges.ts";
import { type CompleteReading, type UpdateReading, readUpdate } from "../../src/core/document/update-reader.ts";

export const isLong = process.env["ROOST_LONG"] === "1";

/** Options of every property here: the seed is printed, and `ROOST_SEED` repeats a run. */
export function propertyOptions(title: string, runs: { readonly short: number; readonly long: number }) {
  const seed = Number(process.env["ROOST_SEED"] ?? Date.now() % 2 ** 31);
  console.log(`${title}: seed ${seed}`);
  return { seed, numRuns: isLong ? runs.long : runs.short };
}

/** The clocks of a document. */
export function clocksOf(doc: Y.Doc): ClockTable {
  const decoded = ClockTable.decode(Y.encodeStateVector(doc));
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value;
}

export function docOf(...updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update)));
  return doc;
}

export function isPending({ store }: Y.Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null;
}

/** The reading of an update that has to be complete. */
export function readComplete(bytes: Uint8Array, known: ClockTable = new ClockTable()): CompleteReading {
  const read = readUpdate(bytes, known);
  if (!read.ok) throw new Error(`malformed at ${read.error.offset}: ${read.error.reason}`);
  if (read.value.kind === "gap") throw new Error(`a gap: ${JSON.stringify(read.value.missing)}`);
  return read.value;
}

/** Why an update is refused, "complete", or the struct that is missing. */
export function verdictOf(bytes: Uint8Array, known: ClockTable = new ClockTable()): unknown {
  const read = readUpdate(bytes, known);
  if (!read.ok) return read.error.reason;
  return read.value.kind === "gap" ? read.value.missing : "complete";
}

export function advance(clocks: ClockTable, reading: UpdateReading): void {
  for (const { client, end } of reading.blocks) clocks.advance(client, end);
}

/** Applies what the reader calls complete as a room would: trimmed where it overlaps. Throws when Yjs does not like it. */
export function applyComplete(doc: Y.Doc, bytes: Uint8Array, reading: CompleteReading): void {
  const clocks = clocksOf(doc);
  const update = reading.overlaps ? trimUpdate(bytes, reading, new DeleteRanges()) : bytes;
  if (update !== null) Y.applyUpdate(doc, update);
  if (isPending(doc)) throw new Error("a complete update waits for something");
  advance(clocks, reading);
  const expected = Buffer.from(clocks.encode()).toString("hex");
  if (expected !== Buffer.from(Y.encodeStateVector(doc)).toString("hex")) throw new Error("clocks differ from Yjs'");
  // What can be applied but not written again would break compaction.
  Y.encodeStateAsUpdate(doc);
  Y.encodeStateAsUpdateV2(doc);
}
