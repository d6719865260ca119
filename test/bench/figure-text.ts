/**
 * Figures, spreads and goals as people read them.
 * @module
 */
import { againstOf, sideOf, type Verdict } from "./judge.ts";
import type { Goal } from "./scenario.ts";
import type { Spread } from "./statistics.ts";

const DIGITS = 3;
/** One more, so that what just misses a bound does not look as if it met it. */
const VERDICT_DIGITS = 4;
const WORDS: Readonly<Record<string, string>> = {
  cpu: "CPU",
  megabytes: "MB",
  kilobytes: "kB",
  mb: "MB",
  kb: "KB",
  thousand: "1,000",
};

/** `cpuMsPerThousand` is "CPU ms per 1,000", `deliveredPerSecond` is "delivered/s", `inTimeShare` "in time share". */
export function figureLabel(figure: string): string {
  // A size is a word of its own (`wake10KbMs`), the number of a percentile is not (`p50Ms`).
  const words = figure.replace(/([a-z]{2})(\d)/g, "$1 $2").match(/[A-Z]?[a-z0-9]+/g) ?? [figure];
  const text = words
    .map((word) => word.toLowerCase())
    .map((word) => WORDS[word] ?? word)
    .join(" ");
  return text.replace(/ per second$/, "/s");
}

/** Three digits, or all of those before the point: `41,234`, `6.12`, `0.0123`. */
export function formatNumber(value: number, digits = DIGITS): string {
  if (Math.abs(value) >= 10 ** (digits - 1)) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(digits)));
}

/** A share is a percentage, everything else a number in the unit of its label. */
export function formatFigure(figure: string, value: number, digits = DIGITS): string {
  return figure.endsWith("Share") ? `${formatNumber(value * 100, digits)} %` : formatNumber(value, digits);
}

/** `6.12 (5.9–6.4)`; the median alone when the rounds agree. */
export function formatSpread({ median, low, high }: Spread, format: (value: number) => string = formatNumber): string {
  const [middle, from, to] = [format(median), format(low), format(high)];
  return from === to ? middle : `${middle} (${from}–${to})`;
}

/** `delivered/s ÷ raw relay`; with its own figure where that is another one. */
export function describeMeasure(goal: Goal): string {
  const { figure } = sideOf(goal);
  const against = againstOf(goal);
  if (against === undefined) return figureLabel(figure);
  const other = against.figure === figure ? against.target : `${figureLabel(against.figure)} of ${against.target}`;
  return `${figureLabel(figure)} ÷ ${other}`;
}

/** `≥ 4`, `≤ 40`, or both; `≤ 0 in every round`. */
export function describeBound(goal: Goal): string {
  const { atLeast, atMost } = goal;
  const sides = [
    atLeast === undefined ? [] : [`≥ ${bound(goal, atLeast)}`],
    atMost === undefined ? [] : [`≤ ${bound(goal, atMost)}`],
  ];
  return sides.flat().join(", ") + (goal.worst === true ? " in every round" : "");
}

function bound(goal: Goal, value: number): string {
  return goal.against === undefined ? formatFigure(goal.figure, value) : formatNumber(value);
}

/** The measured value with its spread, or why there is none. */
export function describeValue(verdict: Verdict): string {
  switch (verdict.outcome) {
    case "unknown":
      return verdict.problem;
    case "left out":
      return `${verdict.missing} was not measured`;
    default: {
      const { figure, against } = verdict.goal;
      return formatSpread(verdict.spread, (value) =>
        against === undefined ? formatFigure(figure, value, VERDICT_DIGITS) : formatNumber(value, VERDICT_DIGITS),
      );
    }
  }
}
