/**
 * Answers a state vector from stored bytes. Never a Y.Doc: a join costs reading, not building. Rules AN1–AN9.
 * @module
 */
import type { LogRow, PartsInfo } from "../ports.ts";
import { ClockTable } from "./clock-table.ts";
import { partsOf } from "./split-parts.ts";
import { layoutOf } from "./struct-reader.ts";
import { type Trimmed, UpdateAssembler, type UpdatePiece, trimToNew, wholePiece } from "./update-assembler.ts";
import { EMPTY_UPDATE, deletesOnly } from "./update-writer.ts";

export type AnswerInput = {
  /** Undefined when the document has never been compacted. */
  readonly info: PartsInfo | undefined;
  readonly parts: () => Iterable<Uint8Array>;
  /** Whether some part brings formats. Asked only where an answer depends on it: without a note of it the parts must be parsed. */
  readonly hasFormats: () => boolean;
  /** Rows after the parts. */
  readonly tail: Iterable<LogRow>;
  readonly clientStateVector: ClockTable;
  /** A single larger struct is a larger frame; so is a larger state that brings formats. */
  readonly maxFrameBytes: number;
};

/**
 * The V1 updates that complete a replica with this state vector, at least one, to be applied in order: all but the last as
 * updates, the last as step 2. None of them waits for a later one. A replica that has everything gets the deletions, which no
 * state vector shows. Rows that cannot be read are left out, as compaction will leave them out.
 *
 * Each is made when it is asked for, so that a large document is never in memory as a whole; and parts of which the replica has
 * nothing are not even parsed.
 *
 * Parts, and the updates of one row, that bring formats are one frame however large they are: after each update a Yjs replica
 * deletes, for everybody, formats that stand around no text. In half a document those are formats whose text is in the other half.
 */
export function* answerSyncStep1(input: AnswerInput): Generator<Uint8Array, void, void> {
  const { info, clientStateVector } = input;
  const known = clientStateVector.clone();
  const frames = new FramePacker(input.maxFrameBytes);
  let isEmpty = true;
  if (info !== undefined) {
    const covered = decodeStored(info.stateVector);
    if (clientStateVector.covers(covered)) {
      yield* frames.add(deletesOf(info));
    } else if (knowsNothingOf(covered, clientStateVector)) {
      isEmpty = false;
      yield* partsAsStored(input, info, frames);
    } else {
      yield* newOfParts(input, known, frames);
    }
    for (const [client, clock] of covered) known.advance(client, clock);
  }
  for (const row of input.tail) yield* frames.add(newOfRow(row, known));
  const last = frames.close();
  if (last !== undefined) yield last;
  else if (isEmpty && !frames.hasClosed) yield EMPTY_UPDATE;
}

/** Whether some struct in these updates is a format. */
export function bringFormats(parts: Iterable<Uint8Array>): boolean {
  for (const part of parts) {
    if (layoutOf(part).hasFormats) return true;
  }
  return false;
}

function decodeStored(stateVector: Uint8Array): ClockTable {
  const decoded = ClockTable.decode(stateVector);
  if (!decoded.ok) throw new Error("the stored state vector is unreadable");
  return decoded.value;
}

function knowsNothingOf(document: ClockTable, replica: ClockTable): boolean {
  for (const [client, clock] of replica) {
    if (clock > 0 && document.get(client) > 0) return false;
  }
  return true;
}

function deletesOf({ deleteSet }: PartsInfo): readonly UpdatePiece[] {
  return deleteSet[0] === 0 ? [] : [wholePiece(deletesOnly(deleteSet))];
}

function* partsAsStored(input: AnswerInput, info: PartsInfo, frames: FramePacker): Generator<Uint8Array, void, void> {
  const { parts, hasFormats, maxFrameBytes } = input;
  if (info.count > 1 && hasFormats()) {
    yield* frames.add(Array.from(parts(), wholePiece));
    return;
  }
  for (const part of parts()) {
    if (part.length <= maxFrameBytes || hasFormats()) yield part;
    else yield* partsOf(part, maxFrameBytes);
  }
}

function* newOfParts(
  { parts, hasFormats }: AnswerInput,
  known: ClockTable,
  frames: FramePacker,
): Generator<Uint8Array, void, void> {
  const isOneState = hasFormats();
  const pieces: UpdatePiece[] = [];
  for (const part of parts()) {
    const trimmed = takeNew(part, known);
    if (trimmed.kind === "gap") throw new Error("a stored part depends on a later one");
    if (trimmed.kind === "known") continue;
    if (isOneState) pieces.push(trimmed.piece);
    else yield* frames.add([trimmed.piece]);
  }
  yield* frames.add(pieces);
}

function newOfRow(row: LogRow, known: ClockTable): readonly UpdatePiece[] {
  const pieces: UpdatePiece[] = [];
  for (const { update } of row.updates) {
    try {
      const trimmed = takeNew(update, known);
      if (trimmed.kind === "new") pieces.push(trimmed.piece);
    } catch {
      // Unreadable: quarantined by the next compaction, and no reason to refuse a join.
    }
  }
  return pieces;
}

function takeNew(update: Uint8Array, known: ClockTable): Trimmed {
  const trimmed = trimToNew(wholePiece(update), known);
  if (trimmed.kind === "new") for (const { client, end } of trimmed.piece.blocks) known.advance(client, end);
  return trimmed;
}

const NO_FRAMES: readonly Uint8Array[] = [];

/** Fills frames with pieces of updates. */
class FramePacker {
  readonly #maxBytes: number;
  readonly #open = new UpdateAssembler();
  /** Some frame is full and was handed out. */
  hasClosed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes pieces that were, together, one state of the document, and hands out the frames that are full now. */
  add(pieces: readonly UpdatePiece[]): Iterable<Uint8Array> {
    let bytes = 0;
    for (const piece of pieces) bytes += UpdateAssembler.sizeOf(piece);
    if (this.#open.bytes + bytes > this.#maxBytes) return this.#addOver(pieces, bytes);
    for (const piece of pieces) this.#open.add(piece);
    return NO_FRAMES;
  }

  /** The frame that is not full; undefined without one. */
  close(): Uint8Array | undefined {
    if (this.#open.isEmpty) return undefined;
    this.hasClosed = true;
    return this.#open.take();
  }

  *#addOver(pieces: readonly UpdatePiece[], bytes: number): Generator<Uint8Array, void, void> {
    const isOneFrame = bytes <= this.#maxBytes || pieces.some(({ hasFormats }) => hasFormats);
    if (isOneFrame) yield* this.#closeAll();
    for (const piece of pieces) {
      if (isOneFrame) this.#open.add(piece);
      else yield* this.#addCut(piece);
    }
  }

  *#addCut(piece: UpdatePiece): Generator<Uint8Array, void, void> {
    if (this.#open.bytes + UpdateAssembler.sizeOf(piece) > this.#maxBytes) yield* this.#closeAll();
    this.#open.add(piece);
    if (this.#open.bytes <= this.#maxBytes) return;
    this.hasClosed = true;
    yield* partsOf(this.#open.take(), this.#maxBytes);
  }

  #closeAll(): readonly Uint8Array[] {
    const closed = this.close();
    return closed === undefined ? NO_FRAMES : [closed];
  }
}
