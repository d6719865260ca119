/**
 * How long ago, in words.
 * @module
 */

const STEPS = [
  { unit: "second", ms: 1_000, below: 60_000 },
  { unit: "minute", ms: 60_000, below: 3_600_000 },
  { unit: "hour", ms: 3_600_000, below: 86_400_000 },
  { unit: "day", ms: 86_400_000, below: 7 * 86_400_000 },
] as const;

/** Differences below this are "just now": clocks of browser and server differ by as much. */
const JUST_NOW_MS = 10_000;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** `5 minutes ago`, `yesterday`; the date when it is more than a week; a time ahead of `nowMs` counts as now. */
export function relativeTime(thenMs: number, nowMs: number): string {
  const agoMs = Math.max(0, nowMs - thenMs);
  if (agoMs < JUST_NOW_MS) return "just now";
  const step = STEPS.find(({ below }) => agoMs < below);
  return step === undefined ? date.format(thenMs) : relative.format(-Math.floor(agoMs / step.ms), step.unit);
}
