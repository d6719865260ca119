/**
 * When things happen, as pure arithmetic over times passed in. Milliseconds throughout. Rules SC1–SC5.
 * @module
 */

export type FlushState = {
  /** What {@link nextFlushMs} gave at the last flush; 0 before the first. */
  readonly dueMs: number;
  /** The last row is not confirmed durable yet. */
  readonly isCommitting: boolean;
};

/**
 * How long the next flush must wait, in whole ms as timers do: undefined while a commit is in flight (its end asks again), 0
 * for now. What is rounded off here is kept by {@link nextFlushMs}.
 */
export function flushDelayMs({ dueMs, isCommitting }: FlushState, nowMs: number): number | undefined {
  return isCommitting ? undefined : Math.max(0, Math.floor(dueMs - nowMs));
}

/**
 * The shortest gap. A commit costs as much as some twenty frames: in a small room flushes without it spend the processor on
 * commits of a few keystrokes each. At 2 ms ten clients were served 2.5 times as many updates as at 0.6 ms.
 */
export const MIN_FLUSH_GAP_MS = 2;

/**
 * When the flush after one at `nowMs` is due: every socket gets one frame per flush and all of them `framesPerSecond` together.
 * Counted from when this one was due, not from when a timer of 1 ms fired: 50 sockets get 320 flushes a second, not 250. One
 * gap of lateness is made up for, no more.
 */
export function nextFlushMs(dueMs: number, nowMs: number, sockets: number, framesPerSecond: number): number {
  const gapMs = Math.max(MIN_FLUSH_GAP_MS, (sockets / framesPerSecond) * 1_000);
  return Math.max(dueMs, nowMs - gapMs) + gapMs;
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
const MIN_HARD_BYTES = 8 * 1024;

/** "soon": compaction when people pause. "now": also while they type. */
export function compactionUrgency(
  tail: { readonly rows: number; readonly bytes: number },
  partsBytes: number,
  bounds: CompactionBounds,
): "none" | "soon" | "now" {
  const hardBytes = Math.min(bounds.compactBytes, Math.max(MIN_HARD_BYTES, partsBytes / TAIL_SHARE));
  if (tail.rows >= bounds.compactRows || tail.bytes >= hardBytes) return "now";
  return tail.rows > 0 ? "soon" : "none";
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
