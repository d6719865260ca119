/**
 * Joins pieces of V1 updates by copying struct bytes: no struct is decoded, no Y.Doc built.
 * @module
 */
import { createEncoder, toUint8Array, writeVarUint } from "lib0/encoding";
import { diffUpdate } from "yjs";
import { ByteReader } from "./byte-reader.ts";
import type { ClockTable } from "./clock-table.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import { StructCursor } from "./struct-cursor.ts";
import { type StructBlock, type UpdateLayout, layoutOf } from "./struct-reader.ts";

/** An update, or what is left of it: some of its structs and its whole delete set. */
export type UpdatePiece = UpdateLayout & {
  readonly source: Uint8Array;
  /** Nothing of `source` was left out. */
  readonly isWhole: boolean;
};

export type Trimmed =
  | { readonly kind: "new"; readonly piece: UpdatePiece }
  /** No struct and no deletion is left. */
  | { readonly kind: "known" }
  /** Structs before it are missing. */
  | { readonly kind: "gap" };

/** V1 update without structs and deletions. */
export const EMPTY_UPDATE: Uint8Array = Uint8Array.of(0, 0);

/** V1 delete set without ranges. */
export const NO_DELETES: Uint8Array = Uint8Array.of(0);

/** Upper bound of a block's header: count, client, clock. */
export const MAX_HEADER_BYTES = 8 * 3;

/** All of an update. Throws ReadFailure when the bytes are no V1 update. */
export function wholePiece(source: Uint8Array): UpdatePiece {
  return { source, ...layoutOf(source), isWhole: true };
}

/** An update that only deletes. `deleteSet` is a V1 delete set. */
export function deletesOnly(deleteSet: Uint8Array): Uint8Array {
  const update = new Uint8Array(deleteSet.length + 1);
  update.set(deleteSet, 1);
  return update;
}

/** Leaves out the structs that `known` has. Every block of a new piece starts exactly where `known` ends for its client. */
export function trimToNew(whole: UpdatePiece, known: ClockTable): Trimmed {
  const blocks: StructBlock[] = [];
  for (const block of whole.blocks) {
    const clock = known.get(block.client);
    if (block.start > clock) return { kind: "gap" };
    if (block.end <= clock) continue;
    const rest = block.start === clock ? block : blockFrom(whole.source, block, clock);
    // The border runs through a struct: only Yjs can cut one.
    if (rest === undefined) return trimToNew(wholePiece(diffUpdate(whole.source, known.encode())), known);
    blocks.push(rest);
  }
  if (blocks.length === 0 && !hasDeletes(whole)) return { kind: "known" };
  const isWhole = whole.isWhole && blocks.every((block, index) => block === whole.blocks[index]);
  return { kind: "new", piece: { ...whole, blocks, isWhole: isWhole && blocks.length === whole.blocks.length } };
}

function blockFrom(source: Uint8Array, block: StructBlock, clock: number): StructBlock | undefined {
  const reader = new ByteReader(source, block.bytesStart);
  const cursor = new StructCursor(reader);
  let { start, count } = block;
  while (start < clock) {
    cursor.readHeader(block.client, start);
    start += cursor.readBody();
    count -= 1;
  }
  return start === clock ? { ...block, start, count, bytesStart: reader.position } : undefined;
}

function hasDeletes(piece: UpdatePiece): boolean {
  return piece.source[piece.deleteSetOffset] !== 0;
}

/** Consecutive structs of one client, as slices of their encoding. */
export type StructRun = { readonly start: number; end: number; count: number; readonly slices: Uint8Array[] };

/** Collects pieces in causal order into one update. */
export class UpdateAssembler {
  readonly #pieces: UpdatePiece[] = [];
  #bytes = 0;

  /** Upper bound of the joined update's length. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** What adding this piece adds to `bytes` at most. */
  static sizeOf(piece: UpdatePiece): number {
    if (piece.isWhole) return piece.source.length;
    let bytes = 1 + piece.source.length - piece.deleteSetOffset;
    for (const block of piece.blocks) bytes += MAX_HEADER_BYTES + block.bytesEnd - block.bytesStart;
    return bytes;
  }

  /** Each block must start where the last one of its client ended; `take` throws otherwise. */
  add(piece: UpdatePiece): void {
    this.#pieces.push(piece);
    this.#bytes += UpdateAssembler.sizeOf(piece);
  }

  /** Equal in effect to the pieces in order; a single whole piece comes back as it was. Starts anew afterwards. */
  take(): Uint8Array {
    const pieces = this.#pieces.splice(0);
    this.#bytes = 0;
    const [first] = pieces;
    if (first === undefined) return EMPTY_UPDATE;
    if (pieces.length === 1 && first.isWhole) return first.source;
    const runs = new Map<number, StructRun>();
    for (const piece of pieces) for (const block of piece.blocks) addToRuns(runs, block, piece.source);
    return writeUpdate(runs, joinDeleteSets(pieces));
  }
}

function addToRuns(runs: Map<number, StructRun>, block: StructBlock, source: Uint8Array): void {
  const slice = source.subarray(block.bytesStart, block.bytesEnd);
  const run = runs.get(block.client);
  if (run === undefined) {
    runs.set(block.client, { start: block.start, end: block.end, count: block.count, slices: [slice] });
    return;
  }
  if (run.end !== block.start) {
    throw new Error(`joining updates of client ${block.client}: ${block.start} does not follow ${run.end}`);
  }
  run.end = block.end;
  run.count += block.count;
  run.slices.push(slice);
}

function joinDeleteSets(pieces: readonly UpdatePiece[]): Uint8Array {
  const sets = pieces.filter(hasDeletes).map((piece) => piece.source.subarray(piece.deleteSetOffset));
  const [first] = sets;
  if (first === undefined) return NO_DELETES;
  if (sets.length === 1) return first;
  const joined = new DeleteRanges();
  for (const set of sets) {
    const ranges = DeleteRanges.decode(set);
    if (!ranges.ok) throw new Error(`unreadable delete set: ${ranges.error.reason}`);
    joined.merge(ranges.value);
  }
  return joined.encode();
}

/** One V1 update. Clients stand in descending order, as Yjs writes them: its own merge relies on it. */
export function writeUpdate(runs: ReadonlyMap<number, StructRun>, deleteSet: Uint8Array): Uint8Array {
  const chunks = [varUints(runs.size)];
  for (const [client, run] of [...runs].sort(([a], [b]) => b - a)) {
    chunks.push(varUints(run.count, client, run.start));
    for (const slice of run.slices) chunks.push(slice);
  }
  chunks.push(deleteSet);
  return joinBytes(chunks);
}

/** The lib0 encoding of these numbers. */
export function varUints(...values: readonly number[]): Uint8Array {
  const encoder = createEncoder();
  for (const value of values) writeVarUint(encoder, value);
  return toUint8Array(encoder);
}

/** The chunks one after the other in one array. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
