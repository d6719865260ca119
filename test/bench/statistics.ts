/**
 * Medians, spreads and ratios of measurements. What is missing or no number is a problem, never a value.
 * @module
 */
import { assertNever, err, ok, type Result } from "../../src/protocol/result.ts";
import type { Measurement } from "./measurements.ts";
import type { TargetName } from "./target.ts";

/** Median, lowest and highest of the rounds. */
export type Spread = { readonly median: number; readonly low: number; readonly high: number };

type Place = { readonly target: TargetName; readonly figure: string; readonly round: number };

export type Problem =
  | { readonly type: "nothing-measured" }
  | ({ readonly type: "failed" } & Place)
  | ({ readonly type: "missing" } & Place)
  | ({ readonly type: "not-finite"; readonly value: number } & Place)
  | ({ readonly type: "not-a-divisor"; readonly value: number } & Place);

/** The middle value, or the mean of the two in the middle. Throws a RangeError when there is none or one is not finite. */
export function median(values: readonly number[]): number {
  if (values.length === 0 || !values.every((value) => Number.isFinite(value))) {
    throw new RangeError(`no median of [${values.join(", ")}]`);
  }
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  // Halved first: the sum of two large values may not be finite.
  return lower === upper ? upper : lower / 2 + upper / 2;
}

/** Throws as {@link median} does. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** `figure` of `target` in each round, in order of rounds; a round without it is a problem. */
export function figurePerRound(
  measurements: readonly Measurement[],
  target: TargetName,
  figure: string,
): Result<readonly number[], Problem> {
  const rounds = [...new Set(measurements.map(({ round }) => round))].toSorted((a, b) => a - b);
  if (rounds.length === 0) return err({ type: "nothing-measured" });
  const values: number[] = [];
  for (const round of rounds) {
    const place = { target, figure, round };
    const measurement = measurements.find((one) => one.round === round && one.target === target);
    if (measurement !== undefined && "error" in measurement) return err({ type: "failed", ...place });
    const value = measurement?.figures[figure];
    if (value === undefined) return err({ type: "missing", ...place });
    if (!Number.isFinite(value)) return err({ type: "not-finite", value, ...place });
    values.push(value);
  }
  return ok(values);
}

/** One side of a ratio. */
export type Side = { readonly target: TargetName; readonly figure: string };

/** `side` divided by `against`, each within its round: what slowed a whole round down slowed both. */
export function ratioPerRound(
  measurements: readonly Measurement[],
  side: Side,
  against: Side,
): Result<readonly number[], Problem> {
  const numerators = figurePerRound(measurements, side.target, side.figure);
  if (!numerators.ok) return numerators;
  const divisors = figurePerRound(measurements, against.target, against.figure);
  if (!divisors.ok) return divisors;
  const ratios: number[] = [];
  for (const [index, divisor] of divisors.value.entries()) {
    const value = (numerators.value[index] ?? Number.NaN) / divisor;
    const place = { ...against, round: index + 1 };
    if (divisor <= 0) return err({ type: "not-a-divisor", value: divisor, ...place });
    if (!Number.isFinite(value)) return err({ type: "not-finite", value, ...place });
    ratios.push(value);
  }
  return ok(ratios);
}

/** As a sentence's end: "round 2: Roost has no p99Ms". */
export function describeProblem(problem: Problem): string {
  switch (problem.type) {
    case "nothing-measured":
      return "nothing was measured";
    case "failed":
      return `round ${problem.round}: ${problem.target} failed`;
    case "missing":
      return `round ${problem.round}: ${problem.target} has no ${problem.figure}`;
    case "not-finite":
      return `round ${problem.round}: ${problem.figure} of ${problem.target} gives ${problem.value}`;
    case "not-a-divisor":
      return `round ${problem.round}: ${problem.figure} of ${problem.target} is ${problem.value}, nothing to divide by`;
    default:
      return assertNever(problem);
  }
}
