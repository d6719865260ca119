/**
 * Answers a state vector from stored bytes. Never a Y.Doc: a join costs reading, not building. Rules AN1–AN8.
 * @module
 */
import type { LogRow, PartsInfo } from "../ports.ts";
import { ClockTable } from "./clock-table.ts";
import { splitUpdate } from "./split-parts.ts";
import {
  EMPTY_UPDATE,
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
  /** A single larger struct is a larger frame. */
  readonly maxFrameBytes: number;
};

/**
 * The V1 updates that complete a replica with this state vector, at least one, to be applied in order: all but the last as
 * updates, the last as step 2. None of them waits for a later one. A replica that has everything gets the deletions, which no
 * state vector shows. Rows that cannot be read are left out, as compaction will leave them out.
 */
export function answerSyncStep1(input: AnswerInput): readonly Uint8Array[] {
  const { info, clientStateVector, maxFrameBytes } = input;
  const known = clientStateVector.clone();
  const frames = new FramePacker(maxFrameBytes);
  if (info !== undefined) {
    const covered = decodeStored(info.stateVector);
    if (clientStateVector.covers(covered)) {
      if (info.deleteSet[0] !== 0) frames.add(wholePiece(deletesOnly(info.deleteSet)));
    } else if (clientStateVector.size === 0 && info.bytes > maxFrameBytes) {
      for (const part of input.parts()) frames.addAsIs(part);
    } else {
      for (const part of input.parts()) {
        if (!addNew(frames, part, known)) throw new Error("a stored part depends on a later one");
      }
    }
    for (const [client, clock] of covered) known.advance(client, clock);
  }
  for (const row of input.tail) for (const { update } of row.updates) addTail(frames, update, known);
  return frames.finish();
}

function decodeStored(stateVector: Uint8Array): ClockTable {
  const decoded = ClockTable.decode(stateVector);
  if (!decoded.ok) throw new Error("the stored state vector is unreadable");
  return decoded.value;
}

/** False when structs before it are missing. */
function addNew(frames: FramePacker, update: Uint8Array, known: ClockTable): boolean {
  const trimmed = trimToNew(wholePiece(update), known);
  if (trimmed.kind !== "new") return trimmed.kind === "known";
  for (const { client, end } of trimmed.piece.blocks) known.advance(client, end);
  frames.add(trimmed.piece);
  return true;
}

function addTail(frames: FramePacker, update: Uint8Array, known: ClockTable): void {
  try {
    addNew(frames, update, known);
  } catch {
    // Unreadable: quarantined by the next compaction, and no reason to refuse a join.
  }
}

class FramePacker {
  readonly #maxBytes: number;
  readonly #frames: Uint8Array[] = [];
  readonly #open = new UpdateAssembler();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(piece: UpdatePiece): void {
    if (this.#open.bytes + UpdateAssembler.sizeOf(piece) > this.#maxBytes) this.#close();
    this.#open.add(piece);
  }

  /** Without looking into it. */
  addAsIs(update: Uint8Array): void {
    this.#close();
    this.#frames.push(update);
  }

  finish(): readonly Uint8Array[] {
    this.#close();
    return this.#frames.length === 0 ? [EMPTY_UPDATE] : this.#frames;
  }

  #close(): void {
    if (!this.#open.isEmpty) this.#frames.push(...splitUpdate(this.#open.take(), this.#maxBytes));
  }
}
