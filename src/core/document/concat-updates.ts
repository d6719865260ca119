/**
 * Updates joined and cut on their bytes: one frame for a batch, and no repetition of what is stored already. Rules CU1–CU7.
 * @module
 */
import * as encoding from "lib0/encoding";
import { diffUpdate, mergeUpdates } from "yjs";
import type { ClientBlock } from "./client-block.ts";
import { ClockTable } from "./clock-table.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import type { UpdateReading } from "./update-reader.ts";

/** An update and what `readUpdate` made of it. */
export type ReadUpdate = { readonly bytes: Uint8Array; readonly reading: UpdateReading };

/** Structs of one client from one or more updates, each going on where the one before ended. */
type Run = {
  readonly client: number;
  readonly start: number;
  end: number;
  count: number;
  readonly slices: Uint8Array[];
};

const NOTHING_DELETED = Uint8Array.of(0);

/**
 * One V1 update equal in effect to applying `updates` in order. One update is returned as it is; several that go on exactly where
 * the ones before ended are joined without being decoded; where they overlap, Yjs merges them.
 */
export function concatUpdates(updates: readonly ReadUpdate[]): Uint8Array {
  const [first, ...rest] = updates;
  if (first !== undefined && rest.length === 0) return first.bytes;
  const runs = new Map<number, Run>();
  const deletes = new DeleteRanges();
  for (const { bytes, reading } of updates) {
    for (const block of reading.blocks) {
      if (!appendBlock(runs, bytes, block)) return mergeUpdates(updates.map((update) => update.bytes));
    }
    deletes.merge(reading.deletes);
  }
  return joinParts([encodeRuns([...runs.values()]), deletes.encode()]);
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
  return joinParts([newStructs(bytes, reading), deletes.encode()]);
}

/** The struct part of a V1 update, without what was known. */
function newStructs(bytes: Uint8Array, reading: UpdateReading): Uint8Array {
  if (reading.overlaps) {
    const known = new ClockTable(reading.blocks.map((block) => [block.client, block.known] as const));
    const structs = joinParts([bytes.subarray(0, reading.deleteSetOffset), NOTHING_DELETED]);
    const cut = diffUpdate(structs, known.encode());
    return cut.subarray(0, cut.length - NOTHING_DELETED.length);
  }
  const runs = new Map<number, Run>();
  for (const block of reading.blocks) {
    if (block.end > block.known) appendBlock(runs, bytes, block);
  }
  return encodeRuns([...runs.values()]);
}

/** False when the block does not begin where the client's run ends. */
function appendBlock(runs: Map<number, Run>, bytes: Uint8Array, block: ClientBlock): boolean {
  const slice = bytes.subarray(block.bytesStart, block.bytesEnd);
  const run = runs.get(block.client);
  if (run === undefined) {
    const { client, start, end, count } = block;
    runs.set(client, { client, start, end, count, slices: [slice] });
    return true;
  }
  if (block.start !== run.end) return false;
  run.end = block.end;
  run.count += block.count;
  run.slices.push(slice);
  return true;
}

/** Higher client ids first, as Yjs writes them: its conflict resolution is faster that way. */
function encodeRuns(runs: readonly Run[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, runs.length);
  for (const run of runs.toSorted((one, other) => other.client - one.client)) {
    encoding.writeVarUint(encoder, run.count);
    encoding.writeVarUint(encoder, run.client);
    encoding.writeVarUint(encoder, run.start);
    for (const slice of run.slices) encoding.writeUint8Array(encoder, slice);
  }
  return encoding.toUint8Array(encoder);
}

function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}
