/**
 * Updates joined and cut on their bytes: one frame for a batch, and no repetition of what is stored already. Rules CU1–CU7.
 * @module
 */
import { diffUpdate, mergeUpdates } from "yjs";
import { ClockTable } from "./clock-table.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import type { UpdateReading } from "./update-reader.ts";
import { NO_DELETES, StructRuns, joinBytes } from "./update-writer.ts";

/** An update and what `readUpdate` made of it. */
export type ReadUpdate = { readonly bytes: Uint8Array; readonly reading: UpdateReading };

/**
 * One V1 update equal in effect to applying `updates` in order. One update is returned as it is; several that go on exactly where
 * the ones before ended are joined without being decoded; where they overlap, Yjs merges them.
 */
export function concatUpdates(updates: readonly ReadUpdate[]): Uint8Array {
  const [first, ...rest] = updates;
  if (first !== undefined && rest.length === 0) return first.bytes;
  const runs = new StructRuns();
  const deletes = new DeleteRanges();
  for (const { bytes, reading } of updates) {
    for (const block of reading.blocks) {
      if (!runs.append(bytes, block)) return mergeUpdates(updates.map((update) => update.bytes));
    }
    deletes.merge(reading.deletes);
  }
  return runs.write(deletes.isEmpty ? NO_DELETES : deletes.encode());
}

/**
 * What of an update is new: null when nothing is, the same bytes when all is. Blocks that were known when it was read go, one
 * that was known in part is cut, deletions that `knownDeletes` has go. For complete readings; a gap is returned as it is.
 * The reading does not fit the result unless that is the same bytes.
 */
export function trimUpdate(bytes: Uint8Array, reading: UpdateReading, knownDeletes: DeleteRanges): Uint8Array | null {
  if (reading.kind === "gap") return bytes;
  const deletes = reading.deletes.missingFrom(knownDeletes);
  if (!reading.hasNewStructs && deletes.isEmpty) return null;
  const isExact = reading.blocks.every((block) => block.start === block.known);
  if (isExact && reading.deletes.missingFrom(deletes).isEmpty) return bytes;
  return withNewStructs(bytes, reading, deletes.encode());
}

/** A V1 update without the structs that were known. */
function withNewStructs(bytes: Uint8Array, reading: UpdateReading, deleteSet: Uint8Array): Uint8Array {
  if (reading.overlaps) {
    const known = new ClockTable(reading.blocks.map((block) => [block.client, block.known] as const));
    const structs = joinBytes([bytes.subarray(0, reading.deleteSetOffset), NO_DELETES]);
    const cut = diffUpdate(structs, known.encode());
    return joinBytes([cut.subarray(0, cut.length - NO_DELETES.length), deleteSet]);
  }
  const runs = new StructRuns();
  for (const block of reading.blocks) {
    if (block.end > block.known) runs.append(bytes, block);
  }
  return runs.write(deleteSet);
}
