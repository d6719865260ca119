/**
 * A document at rest, and what it answers.
 * @module
 */
import { answerSyncStep1, bringFormats } from "../../src/core/document/answer.ts";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { compactDocument } from "../../src/core/document/compaction.ts";
import type { LogRow, PartsInfo } from "../../src/core/ports.ts";

export const MAX_FRAME_BYTES = 1024 * 1024;

/** A document at rest: rows up to `cut` are in the parts. */
export type Stored = {
  readonly info: PartsInfo | undefined;
  readonly parts: readonly Uint8Array[];
  readonly tail: readonly LogRow[];
};

/** Compacts the first `cut` rows. */
export function store(rows: readonly LogRow[], cut: number, maxPartBytes: number): Stored {
  if (cut === 0) return { info: undefined, parts: [], tail: rows };
  const { parts, stateVector, deleteSet } = compactDocument({ parts: [], rows: rows.slice(0, cut), maxPartBytes });
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const info = { seq: rows[cut - 1]?.seq ?? 0, bytes, count: parts.length, stateVector, deleteSet };
  return { info, parts, tail: rows.slice(cut) };
}

/** The answer to a state vector as a client sends it. */
export function answer(
  stored: Stored,
  stateVector: Uint8Array,
  maxFrameBytes: number = MAX_FRAME_BYTES,
): readonly Uint8Array[] {
  const decoded = ClockTable.decode(stateVector);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  const { info, parts, tail } = stored;
  const hasFormats = (): boolean => bringFormats(parts);
  const input = { info, parts: () => parts, hasFormats, tail, clientStateVector: decoded.value, maxFrameBytes };
  return [...answerSyncStep1(input)];
}

/** State vector of an empty replica. */
export const NOTHING_KNOWN = Uint8Array.of(0);
