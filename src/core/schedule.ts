/**
 * When things happen, as pure arithmetic over times passed in. Milliseconds throughout. Rules SC1–SC5.
 * @module
 */

export type FlushState = {
  /** A {@link flushGapMs} after the last flush began; 0 before the first. */
  readonly dueMs: number;
  /** The last row is not confirmed durable yet. */
  readonly isCommitting: boolean;
};

/** How long the next flush must wait, in whole ms as timers do: undefined while a commit is in flight (its end asks again), 0 for now. */
export function flushDelayMs({ dueMs, isCommitting }: FlushState, nowMs: number): number | undefined {
  return isCommitting ? undefined : Math.max(0, Math.ceil(dueMs - nowMs));
}

/**
 * A flush comes no sooner than this many times the last commits took. The local runtime commits on its event loop (an fsync,
 * workerd 2026-10-23) and under load what a commit takes is what everything takes: a room that flushes as often as it can spends
 * its time on flushes of a few keystrokes. Measured with 10 and 50 typing sockets: 1.25 and 2 serve a tenth less.
 */
const COMMIT_SHARE = 1.5;
/** Where a commit takes longer, as over a network, it waits without holding up the loop, and nothing is gained by waiting more. */
const MAX_COMMIT_GAP_MS = 8;

/**
 * A row that is not full waits for more, so long behind the flush before it. A commit writes 5 kB of SQLite's log whatever is in its row
 * (strace, workerd 2026-10-23), and rows written are what a room pays for where it is deployed.
 */
const SMALL_ROW_GAP_MS = 4;
/** No row of so many is small. */
export const MIN_FULL_ROW_UPDATES = 16;
/**
 * What is full follows the rows of late: who waits for acks before they type on come again together, and a row that does not wait for
 * the last of them costs a commit more. Measured against 16 at any time: a third more delivered with 10 sockets, a fifth with 50.
 */
const FULL_ROW_DECAY = 0.9;

/** How many updates the next row has to hold to be full, behind one of `updates` that was to be full with `full`. */
export function nextFullRow(full: number, updates: number): number {
  return Math.max(MIN_FULL_ROW_UPDATES, updates, full * FULL_ROW_DECAY);
}

export type FlushLoad = {
  readonly sockets: number;
  readonly framesPerSecond: number;
  /** How long commits take of late. */
  readonly commitMs: number;
  /** What the row would hold. */
  readonly updates: number;
  /** See {@link nextFullRow}. */
  readonly fullRow: number;
};

/** From one flush to the next: every socket gets one frame per flush and all of them `framesPerSecond` together. */
export function flushGapMs({ sockets, framesPerSecond, commitMs, updates, fullRow }: FlushLoad): number {
  const rowGapMs = updates > 0 && updates < fullRow ? SMALL_ROW_GAP_MS : 0;
  const commitGapMs = Math.min(MAX_COMMIT_GAP_MS, COMMIT_SHARE * commitMs);
  return Math.max((sockets / framesPerSecond) * 1_000, commitGapMs, rowGapMs);
}

export type SnapshotTiming = {
  readonly snapshotDelayMs: number;
  readonly snapshotMaxDelayMs: number;
};

/** When a snapshot is due: the delay after the last edit, at most the maximum after the first unsaved one. */
export function snapshotDueMs(firstUnsavedMs: number, lastEditMs: number, timing: SnapshotTiming): number {
  return Math.min(lastEditMs + timing.snapshotDelayMs, firstUnsavedMs + timing.snapshotMaxDelayMs);
}

export type CompactionBounds = {
  readonly compactRows: number;
  readonly compactBytes: number;
};

/**
 * The tail may grow to 1/36 of the parts before it must shrink: free pages never leave the file, so the largest tail ever
 * stays in its size. Measured with the automerge-paper trace at 5,000 edits a second: 1.48 × the document with 1/8, 1.25 with 1/24.
 */
const TAIL_SHARE = 36;
const MIN_TAIL_BYTES = 8 * 1024;
/** Of the tail's bytes what merged rows may take. The rest is room for raw ones: without it every row would shrink the tail again. */
const MERGED_SHARE = 3 / 4;
/** A tier: more merged rows than this become one, so that a long tail is never merged in one go, and never row by row. */
const MAX_MERGED_ROWS = 32;

export type TailBounds = {
  readonly rows: number;
  readonly bytes: number;
  readonly mergedRows: number;
  readonly mergedBytes: number;
};

/** How long the tail behind `partsBytes` of parts may become. */
export function tailBounds(partsBytes: number, { compactRows, compactBytes }: CompactionBounds): TailBounds {
  const bytes = Math.min(compactBytes, Math.max(MIN_TAIL_BYTES, partsBytes / TAIL_SHARE));
  const mergedRows = Math.min(MAX_MERGED_ROWS, Math.floor(compactRows / 2));
  return { rows: compactRows, bytes, mergedRows, mergedBytes: bytes * MERGED_SHARE };
}

/** True for a tail that must shrink at once. */
export function isTailTooLong(tail: { readonly rows: number; readonly bytes: number }, bounds: TailBounds): boolean {
  return tail.rows >= bounds.rows || tail.bytes >= bounds.bytes;
}

/** "now": compaction is due also while people type. A shorter tail waits for the snapshot after the last edit. */
export function compactionUrgency(
  tail: { readonly rows: number; readonly bytes: number },
  partsBytes: number,
  bounds: CompactionBounds,
): "none" | "now" {
  return isTailTooLong(tail, tailBounds(partsBytes, bounds)) ? "now" : "none";
}

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 5 * 60_000;

/** Delay before try number `attempts` + 1 of a failed task: doubling from 1 s to 5 min. */
export function retryDelayMs(attempts: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 20));
}

/** Next sweep for vanished sockets: doubling from the first delay to the longest while nothing happens. */
export function sweepDelayMs(quietSweeps: number, firstMs: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(quietSweeps, 20));
}
