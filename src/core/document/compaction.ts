/**
 * Makes parts and tail new parts, and everything that is derived from a whole document in the same go. Rules CO1–CO9.
 * @module
 */
import { encodeStateAsUpdate, encodeStateAsUpdateV2, encodeStateVector } from "yjs";
import { MAX_ROW_BYTES } from "../../protocol/limits.ts";
import type { LogRow } from "../ports.ts";
import { type Summary, summarize } from "../summary.ts";
import { ClockTable } from "./clock-table.ts";
import { readText } from "./content-text.ts";
import { type Quarantined, hydrate } from "./hydrate.ts";
import { splitUpdate } from "./split-parts.ts";
import { UpdateAssembler, trimToNew, wholePiece } from "./update-assembler.ts";
import { layoutOf } from "./struct-reader.ts";

export type DocumentBytes = {
  readonly parts: Iterable<Uint8Array>;
  readonly rows: Iterable<LogRow>;
  /** Default MAX_ROW_BYTES. */
  readonly maxPartBytes?: number;
};

/** What replaces parts and rows, {@link PartsInfo} but its seq. */
export type NewParts = {
  /** Causally ordered V1 updates of at most `maxPartBytes`, but a single larger struct; at least one. */
  readonly parts: readonly Uint8Array[];
  readonly stateVector: Uint8Array;
  /** V1 delete set. */
  readonly deleteSet: Uint8Array;
  readonly quarantined: readonly Quarantined[];
};

export type Compacted = NewParts & {
  /** The same document as one V2 update, about a third of V1. */
  readonly snapshotV2: Uint8Array;
  readonly text: string;
  readonly summary: Summary;
};

export type Merged = NewParts & {
  /** The same document as one V1 update, with everything ever deleted still in it. */
  readonly update: Uint8Array;
};

/**
 * One hydration for new parts, snapshot, text and summary. For documents below MAX_HYDRATE_BYTES.
 * @throws Error when a stored part does not apply (see hydrate).
 */
export function compactDocument(input: DocumentBytes): Compacted {
  const { doc, quarantined } = hydrate(input.parts, input.rows);
  try {
    const content = readText(doc);
    const update = encodeStateAsUpdate(doc);
    const stateVector = encodeStateVector(doc);
    return {
      parts: splitUpdate(update, input.maxPartBytes ?? MAX_ROW_BYTES),
      stateVector,
      // What a replica with these clocks lacks: no structs, then the delete set.
      deleteSet: encodeStateAsUpdate(doc, stateVector).slice(1),
      quarantined,
      snapshotV2: encodeStateAsUpdateV2(doc),
      text: content.text,
      summary: summarize(content),
    };
  } finally {
    doc.destroy();
  }
}

/**
 * The same without a Y.Doc, for documents too large for one: bytes are joined, nothing is collected, and parts but the last stay
 * the bytes they were. A row that cannot be read, or that depends on structs nobody sent, is left out and reported.
 * @throws ReadFailure or Error when a stored part cannot be read or depends on a later one.
 */
export function mergeDocument(input: DocumentBytes): Merged {
  const stored = [...input.parts];
  const known = new ClockTable();
  const whole = new UpdateAssembler();
  const newest = new UpdateAssembler();
  const quarantined: Quarantined[] = [];
  const kept = stored.slice(0, -1);
  for (const part of kept) joinPart([whole], part, known);
  for (const part of stored.slice(-1)) joinPart([whole, newest], part, known);
  for (const row of input.rows) {
    for (const update of row.updates) {
      const reason = tryJoin([whole, newest], update.update, known);
      if (reason !== undefined) quarantined.push({ seq: row.seq, update, reason });
    }
  }
  const update = whole.take();
  return {
    parts: [...kept, ...splitUpdate(newest.take(), input.maxPartBytes ?? MAX_ROW_BYTES)],
    stateVector: known.encode(),
    // A copy: the update may be large, and its delete set outlives it.
    deleteSet: update.slice(layoutOf(update).deleteSetOffset),
    quarantined,
    update,
  };
}

function joinPart(targets: readonly UpdateAssembler[], part: Uint8Array, known: ClockTable): void {
  if (!joinNew(targets, part, known)) throw new Error("a stored part depends on a later one");
}

function joinNew(targets: readonly UpdateAssembler[], update: Uint8Array, known: ClockTable): boolean {
  const trimmed = trimToNew(wholePiece(update), known);
  if (trimmed.kind !== "new") return trimmed.kind === "known";
  for (const { client, end } of trimmed.piece.blocks) known.advance(client, end);
  for (const target of targets) target.add(trimmed.piece);
  return true;
}

function tryJoin(targets: readonly UpdateAssembler[], update: Uint8Array, known: ClockTable): string | undefined {
  try {
    return joinNew(targets, update, known) ? undefined : "depends on an update that never arrived";
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "unknown failure";
  }
}
