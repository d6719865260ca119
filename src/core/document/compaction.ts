/**
 * Makes parts and tail new parts, and everything that is derived from a whole document in the same go. Rules CO1–CO9.
 * @module
 */
import { encodeStateVector } from "yjs";
import { MAX_ROW_BYTES } from "../../protocol/limits.ts";
import type { LogRow } from "../ports.ts";
import { type Steps, finish } from "../steps.ts";
import { type Summary, summarizeInSteps } from "../summary.ts";
import { ClockTable } from "./clock-table.ts";
import { readTextInSteps } from "./content-text.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import { encodeInSteps } from "./encode-in-steps.ts";
import { type Quarantined, hydrateInSteps } from "./hydrate.ts";
import { partsOf, splitUpdate } from "./split-parts.ts";
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
  /** Some part brings formats; absent when nobody said of the parts that stay. */
  readonly hasFormats?: boolean;
  readonly quarantined: readonly Quarantined[];
};

export type Compacted = NewParts & {
  /** The same document as one V2 update, about a third of V1. */
  readonly snapshotV2: Uint8Array;
  readonly text: string;
  readonly summary: Summary;
};

/** Parts and rows of a compaction that lets others in: parts are read as it goes on, and twice when a row is broken. */
export type StoredBytes = {
  readonly parts: () => Iterable<Uint8Array>;
  readonly rows: readonly LogRow[];
  readonly maxPartBytes?: number;
};

/**
 * One hydration for new parts, snapshot, text and summary. For documents below MAX_HYDRATE_BYTES.
 * @throws Error when a stored part does not apply (see hydrate).
 */
export function compactDocument(input: DocumentBytes): Compacted {
  const parts = [...input.parts];
  return finish(compactInSteps({ ...input, parts: () => parts, rows: [...input.rows] }));
}

/** {@link compactDocument} in steps of about 5 ms; of 6 MB the longest, which puts structs in order, takes 30. */
export function* compactInSteps(input: StoredBytes): Steps<Compacted> {
  // The document is gone before the update is split: they are not in memory together.
  const { update, ...derived } = yield* deriveInSteps(input);
  yield;
  const { hasFormats } = layoutOf(update);
  yield;
  const parts: Uint8Array[] = [];
  for (const part of partsOf(update, input.maxPartBytes ?? MAX_ROW_BYTES)) {
    parts.push(part);
    yield;
  }
  return { parts, hasFormats, ...derived };
}

function* deriveInSteps({ parts, rows }: StoredBytes): Steps<Omit<Compacted, "parts"> & { update: Uint8Array }> {
  const { doc, quarantined } = yield* hydrateInSteps(parts, rows);
  try {
    const content = yield* readTextInSteps(doc);
    yield;
    const summary = yield* summarizeInSteps(content);
    yield;
    const encoded = yield* encodeInSteps(doc);
    return { ...encoded, stateVector: encodeStateVector(doc), quarantined, text: content.text, summary };
  } finally {
    doc.destroy();
  }
}

/** What rows are folded into: the last part, and what is known of all parts. */
export type LastPart = {
  /** Undefined in a document without parts. */
  readonly part: Uint8Array | undefined;
  readonly stateVector: Uint8Array;
  /** V1 delete set of all parts. */
  readonly deleteSet: Uint8Array;
  /** Of all parts; absent when nobody said. */
  readonly hasFormats?: boolean;
};

/**
 * The parts that take the place of the last one once `rows` are in them, without a Y.Doc: bytes are joined, nothing is collected.
 * The cost grows with the rows and one part, not with the document. A row that cannot be read, or that depends on structs nobody
 * sent, is left out and reported.
 * @throws ReadFailure or Error when what is stored of the parts cannot be read.
 */
export function foldRows(last: LastPart, rows: Iterable<LogRow>, maxPartBytes: number = MAX_ROW_BYTES): NewParts {
  const known = ClockTable.decode(last.stateVector);
  if (!known.ok) throw new Error(`the stored state vector is unreadable: ${known.error.reason}`);
  const deletes = DeleteRanges.decode(last.deleteSet);
  if (!deletes.ok) throw new Error(`the stored delete set is unreadable: ${deletes.error.reason}`);
  const { part, hasFormats } = last;
  return joinRows({ part, known: known.value, deletes: deletes.value, hasFormats }, rows, maxPartBytes);
}

/**
 * {@link foldRows} for parts of which nothing else is known: they are read through. All but the last stay the bytes they were.
 * @throws ReadFailure or Error when a stored part cannot be read or depends on a later one.
 */
export function mergeDocument(input: DocumentBytes): NewParts {
  const stored = [...input.parts];
  const known = new ClockTable();
  const deletes = new DeleteRanges();
  let hasFormats = false;
  for (const part of stored) {
    const { blocks, deleteSetOffset, hasFormats: bringsFormats } = layoutOf(part);
    hasFormats ||= bringsFormats;
    for (const { client, start, end } of blocks) {
      if (start > known.get(client)) throw new Error("a stored part depends on a later one");
      known.advance(client, end);
    }
    addDeletes(deletes, part, deleteSetOffset);
  }
  const last = { part: stored.pop(), known, deletes, hasFormats };
  const folded = joinRows(last, input.rows, input.maxPartBytes ?? MAX_ROW_BYTES);
  return { ...folded, parts: [...stored, ...folded.parts] };
}

type Known = {
  readonly part: Uint8Array | undefined;
  readonly known: ClockTable;
  readonly deletes: DeleteRanges;
  readonly hasFormats: boolean | undefined;
};

function joinRows({ part, known, deletes, hasFormats }: Known, rows: Iterable<LogRow>, maxPartBytes: number): NewParts {
  const newest = new UpdateAssembler();
  if (part !== undefined) newest.add(wholePiece(part));
  const quarantined: Quarantined[] = [];
  for (const row of rows) {
    for (const update of row.updates) {
      const reason = tryJoin(newest, update.update, known, deletes);
      if (reason !== undefined) quarantined.push({ seq: row.seq, update, reason });
    }
  }
  const update = newest.take();
  const formats = layoutOf(update).hasFormats ? true : hasFormats;
  return {
    parts: splitUpdate(update, maxPartBytes),
    stateVector: known.encode(),
    deleteSet: deletes.encode(),
    ...(formats === undefined ? {} : { hasFormats: formats }),
    quarantined,
  };
}

function tryJoin(
  target: UpdateAssembler,
  update: Uint8Array,
  known: ClockTable,
  deletes: DeleteRanges,
): string | undefined {
  try {
    const trimmed = trimToNew(wholePiece(update), known);
    if (trimmed.kind === "gap") return "depends on an update that never arrived";
    if (trimmed.kind === "known") return undefined;
    const { source, blocks, deleteSetOffset } = trimmed.piece;
    addDeletes(deletes, source, deleteSetOffset);
    for (const { client, end } of blocks) known.advance(client, end);
    target.add(trimmed.piece);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "unknown failure";
  }
}

function addDeletes(deletes: DeleteRanges, update: Uint8Array, deleteSetOffset: number): void {
  const ranges = DeleteRanges.decode(update.subarray(deleteSetOffset));
  if (!ranges.ok) throw new Error(`unreadable delete set: ${ranges.error.reason}`);
  deletes.merge(ranges.value);
}
