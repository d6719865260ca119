/**
 * When a delivery that failed is tried again, and when nobody tries any more. Pure: chance comes in.
 * @module
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** After the first failure, the second and so on: 57 hours in all, so a receiver may be away from Friday evening to Monday. */
export const RETRY_DELAYS_MS: readonly number[] = [
  ...[5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS],
  ...[HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS, 8 * HOUR_MS, 10 * HOUR_MS, 11 * HOUR_MS, 12 * HOUR_MS],
];

/** With the first attempt. */
export const MAX_ATTEMPTS = RETRY_DELAYS_MS.length + 1;

/** An endpoint that took nothing for so long is disabled. */
export const DISABLE_AFTER_MS = 5 * 24 * HOUR_MS;

/** So many failures in a row, whatever they were about, and the whole endpoint rests: one that hangs would hold up everybody's. */
export const FAILURES_BEFORE_PAUSE = 5;

/** Each delay is this much longer or shorter: thousands of rooms of a receiver that is back do not come at once. */
export const JITTER = 0.1;

/** `permille`: how much of each delay there is; 1,000 outside tests. */
export type Pace = { readonly permille: number; readonly random: () => number };

/** How long to wait after the `attempts`th attempt; undefined when it was the last. */
export function retryDelayMs(attempts: number, { permille, random }: Pace): number | undefined {
  const delayMs = RETRY_DELAYS_MS[attempts - 1];
  if (delayMs === undefined) return undefined;
  return Math.max(1, Math.round(((delayMs * permille) / 1_000) * (1 + JITTER * (2 * random() - 1))));
}

/** How long an endpoint rests after so many failures in a row; 0 while it is only unlucky. */
export function pauseMs(failures: number, pace: Pace): number {
  if (failures < FAILURES_BEFORE_PAUSE) return 0;
  // The first delays belong to single events; an endpoint is asked at least every hour.
  const rank = Math.min(failures - FAILURES_BEFORE_PAUSE + 2, 6);
  return retryDelayMs(rank, pace) ?? 0;
}

/** True where it has been failing since `sinceMs` for too long. */
export function isHopeless(sinceMs: number | null, nowMs: number, { permille }: Pick<Pace, "permille">): boolean {
  return sinceMs !== null && nowMs - sinceMs >= (DISABLE_AFTER_MS * permille) / 1_000;
}
