/**
 * Answers a state vector from stored bytes. Never a Y.Doc: a join costs reading, not building. Rules AN1–AN9.
 * @module
 */
import type { LogRow, PartsInfo } from "../ports.ts";
import { ClockTable } from "./clock-table.ts";
import { splitUpdate } from "./split-parts.ts";
import {
  EMPTY_UPDATE,
  type Trimmed,
  UpdateAssembler,
  type UpdatePiece,
  deletesOnly,
  trimToNew,
  wholePiece,
} from "./update-assembler.ts";

export type AnswerInput = {
  /** Undefined when the document has never been compacted. */
  readonly info: PartsInfo | undefined;
  readonly parts: () => Iterable<Uint8Array>;
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
 * Parts, and the updates of one row, that bring formats are one frame however large they are: after each update a Yjs replica
 * deletes, for everybody, formats that stand around no text. In half a document those are formats whose text is in the other half.
 */
export function answerSyncStep1(input: AnswerInput): readonly Uint8Array[] {
  const { info, clientStateVector } = input;
  const known = clientStateVector.clone();
  const frames = new FramePacker(input.maxFrameBytes);
  if (info !== undefined) {
    const covered = decodeStored(info.stateVector);
    frames.add(clientStateVector.covers(covered) ? deletesOf(info) : newOfParts(input.parts(), known));
    for (const [client, clock] of covered) known.advance(client, clock);
  }
  for (const row of input.tail) frames.add(newOfRow(row, known));
  return frames.finish();
}

function decodeStored(stateVector: Uint8Array): ClockTable {
  const decoded = ClockTable.decode(stateVector);
  if (!decoded.ok) throw new Error("the stored state vector is unreadable");
  return decoded.value;
}

function deletesOf({ deleteSet }: PartsInfo): readonly UpdatePiece[] {
  return deleteSet[0] === 0 ? [] : [wholePiece(deletesOnly(deleteSet))];
}

function newOfParts(parts: Iterable<Uint8Array>, known: ClockTable): readonly UpdatePiece[] {
  const pieces: UpdatePiece[] = [];
  for (const part of parts) {
    const trimmed = takeNew(part, known);
    if (trimmed.kind === "gap") throw new Error("a stored part depends on a later one");
    if (trimmed.kind === "new") pieces.push(trimmed.piece);
  }
  return pieces;
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

class FramePacker {
  readonly #maxBytes: number;
  readonly #frames: Uint8Array[] = [];
  readonly #open = new UpdateAssembler();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Pieces that were, together, one state of the document. */
  add(pieces: readonly UpdatePiece[]): void {
    const bytes = pieces.reduce((sum, piece) => sum + UpdateAssembler.sizeOf(piece), 0);
    if (this.#open.bytes + bytes <= this.#maxBytes) {
      for (const piece of pieces) this.#open.add(piece);
    } else if (bytes <= this.#maxBytes || pieces.some(({ hasFormats }) => hasFormats)) {
      this.#close();
      for (const piece of pieces) this.#open.add(piece);
    } else {
      for (const piece of pieces) this.#addCut(piece);
    }
  }

  finish(): readonly Uint8Array[] {
    this.#close();
    return this.#frames.length === 0 ? [EMPTY_UPDATE] : this.#frames;
  }

  #addCut(piece: UpdatePiece): void {
    if (this.#open.bytes + UpdateAssembler.sizeOf(piece) > this.#maxBytes) this.#close();
    this.#open.add(piece);
    if (this.#open.bytes <= this.#maxBytes) return;
    for (const frame of splitUpdate(this.#open.take(), this.#maxBytes)) this.#frames.push(frame);
  }

  #close(): void {
    if (!this.#open.isEmpty) this.#frames.push(this.#open.take());
  }
}
