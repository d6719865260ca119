/**
 * How long to wait before the next attempt. A deploy cuts every socket of every room at once, so delays are "full jitter":
 * anywhere between 0 and a bound that grows.
 * @module
 */

/** Bound of the first retry: clients that were cut together spread over a second. */
const FIRST_BOUND_MS = 1_000;
const BASE_MS = 500;
const GROWTH = 1.7;
const MAX_BOUND_MS = 10_000;
/** After a code that asks to back off: never sooner, never later. */
const BACK_OFF_MIN_MS = 5_000;
const BACK_OFF_MAX_MS = 30_000;
const BACK_OFF_SPREAD_MS = 5_000;

export type RetryDelay = {
  /** Attempts that failed in a row, this one not counted: 0 for the first retry. */
  readonly failures: number;
  /** The last close code asked for a longer pause. */
  readonly mustBackOff: boolean;
  /** In [0, 1). */
  readonly random: number;
};

/** Milliseconds to wait: 0–1 s at first, then 0–min(10 s, 0.5 s × 1.7ⁿ); 5–30 s where the server asked for it. */
export function retryDelayMs({ failures, mustBackOff, random }: RetryDelay): number {
  if (mustBackOff) {
    const spreadMs = Math.min(BACK_OFF_MAX_MS - BACK_OFF_MIN_MS, BACK_OFF_SPREAD_MS * GROWTH ** failures);
    return BACK_OFF_MIN_MS + random * spreadMs;
  }
  return random * (failures === 0 ? FIRST_BOUND_MS : Math.min(MAX_BOUND_MS, BASE_MS * GROWTH ** failures));
}
