/**
 * Joins pieces of V1 updates by copying struct bytes: no struct is decoded, no Y.Doc built.
 * @module
 */
import { diffUpdate } from "yjs";
import { ByteReader } from "./byte-reader.ts";
import type { ClockTable } from "./clock-table.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import { StructCursor } from "./struct-cursor.ts";
import { type StructBlock, type UpdateLayout, layoutOf } from "./struct-reader.ts";
import { EMPTY_UPDATE, MAX_HEADER_BYTES, NO_DELETES, StructRuns } from "./update-writer.ts";

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

/** All of an update. Throws ReadFailure when the bytes are no V1 update. */
export function wholePiece(source: Uint8Array): UpdatePiece {
  const { blocks, deleteSetOffset, hasFormats } = layoutOf(source);
  return { source, blocks, deleteSetOffset, hasFormats, isWhole: true };
}

/** Leaves out the structs that `known` has. Every block of a new piece starts exactly where `known` ends for its client. */
export function trimToNew(whole: UpdatePiece, known: ClockTable): Trimmed {
  // All of it is new: what was just typed.
  if (whole.blocks.length > 0 && goesOnFrom(known, whole.blocks)) return { kind: "new", piece: whole };
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

function goesOnFrom(known: ClockTable, blocks: readonly StructBlock[]): boolean {
  for (const { client, start, end } of blocks) {
    if (start === end || start !== known.get(client)) return false;
  }
  return true;
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

/** Collects pieces in causal order into one update. */
export class UpdateAssembler {
  /** Alone it needs no writing. */
  #first: UpdatePiece | undefined;
  /** Of all pieces, once there are two. */
  #runs: StructRuns | undefined;
  #deleteSets: Uint8Array[] = [];
  #bytes = 0;

  /** Upper bound of the joined update's length. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** What adding this piece adds to `bytes` at most. */
  static sizeOf(piece: UpdatePiece): number {
    if (piece.isWhole) return piece.source.length;
    let bytes = 1 + piece.source.length - piece.deleteSetOffset;
    for (const block of piece.blocks) bytes += MAX_HEADER_BYTES + block.bytesEnd - block.bytesStart;
    return bytes;
  }

  /** Each block must start where the last one of its client ended; throws otherwise. */
  add(piece: UpdatePiece): void {
    this.#bytes += UpdateAssembler.sizeOf(piece);
    if (this.#first === undefined) {
      this.#first = piece;
      return;
    }
    if (this.#runs === undefined) {
      this.#runs = new StructRuns();
      this.#append(this.#runs, this.#first);
    }
    this.#append(this.#runs, piece);
  }

  /** Equal in effect to the pieces in order; a single whole piece comes back as it was. Starts anew afterwards. */
  take(): Uint8Array {
    const first = this.#first;
    if (first === undefined) return EMPTY_UPDATE;
    let joined = first.source;
    if (this.#runs !== undefined || !first.isWhole) {
      const runs = this.#runs ?? new StructRuns();
      if (this.#runs === undefined) this.#append(runs, first);
      joined = runs.write(joinDeleteSets(this.#deleteSets));
    }
    this.#first = undefined;
    this.#runs = undefined;
    this.#deleteSets = [];
    this.#bytes = 0;
    return joined;
  }

  #append(runs: StructRuns, piece: UpdatePiece): void {
    const { source, blocks, deleteSetOffset } = piece;
    for (const block of blocks) {
      if (runs.append(source, block)) continue;
      const { client, start } = block;
      throw new Error(`joining updates of client ${client}: ${start} does not follow ${runs.endOf(client)}`);
    }
    if (hasDeletes(piece)) this.#deleteSets.push(source.subarray(deleteSetOffset));
  }
}

function joinDeleteSets(sets: readonly Uint8Array[]): Uint8Array {
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
