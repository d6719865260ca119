/**
 * Goals against measurements. Kept is only what was measured in every round and lies within its bound.
 * @module
 */
import { failuresOf, type Measurement } from "./measurements.ts";
import type { Goal } from "./scenario.ts";
import { describeProblem, figurePerRound, ratioPerRound, type Side, type Spread, spreadOf } from "./statistics.ts";
import type { TargetName } from "./target.ts";

export type Verdict = { readonly goal: Goal } & (
  | { readonly outcome: "kept" | "broken"; readonly spread: Spread }
  /** It cannot be told: as bad as broken. */
  | { readonly outcome: "unknown"; readonly problem: string }
  /** Who ran the bench left one of its servers out. */
  | { readonly outcome: "left out"; readonly missing: TargetName }
);

/** Whom a goal is about when it names nobody. */
const SUBJECT: TargetName = "Roost";

/** What the goal is about. */
export function sideOf(goal: Goal): Side {
  return { target: goal.of ?? SUBJECT, figure: goal.figure };
}

/** What it is divided by; undefined for a goal about the figure itself. */
export function againstOf(goal: Goal): Side | undefined {
  if (goal.against === undefined) return undefined;
  return { target: goal.against, figure: goal.againstFigure ?? goal.figure };
}

/** `targets` are the servers that were to be measured; whether they were is for `measurements` to show. */
export function judge(goal: Goal, targets: readonly TargetName[], measurements: readonly Measurement[]): Verdict {
  const side = sideOf(goal);
  const against = againstOf(goal);
  if (goal.atLeast === undefined && goal.atMost === undefined) {
    return { goal, outcome: "unknown", problem: "the goal has no bound" };
  }
  const needed = against === undefined ? [side.target] : [side.target, against.target];
  const missing = needed.find((target) => !targets.includes(target));
  if (missing !== undefined) return { goal, outcome: "left out", missing };
  const values =
    against === undefined
      ? figurePerRound(measurements, side.target, side.figure)
      : ratioPerRound(measurements, side, against);
  if (!values.ok) return { goal, outcome: "unknown", problem: describeProblem(values.error) };
  const spread = spreadOf(values.value);
  return { goal, outcome: isWithin(goal, spread) ? "kept" : "broken", spread };
}

/** Written so that what is not a number, or a bound that is none, is outside. */
function isWithin({ atLeast, atMost, worst }: Goal, { median, low, high }: Spread): boolean {
  const isEnough = atLeast === undefined || (worst === true ? low : median) >= atLeast;
  const isLittleEnough = atMost === undefined || (worst === true ? high : median) <= atMost;
  return isEnough && isLittleEnough;
}

/** One scenario of a run, measured and judged. */
export type Judged = {
  readonly id: string;
  readonly measurements: readonly Measurement[];
  readonly verdicts: readonly Verdict[];
};

/**
 * Why the run is not good, a line each; none when it is. Goals count only where `isCheck`. A server that no goal is about may
 * fail: that is among the {@link remarks}.
 */
export function complaints(run: readonly Judged[], isCheck: boolean): readonly string[] {
  const failures = failureLines(run, isNeeded);
  if (run.every(({ measurements }) => measurements.length === failuresOf(measurements).length)) {
    return [...failures, "nothing was measured"];
  }
  if (!isCheck) return failures;
  const unmet = run.flatMap(({ id, verdicts }) => {
    const bad = verdicts.filter(({ outcome }) => outcome === "broken" || outcome === "unknown").length;
    return bad === 0 ? [] : [`${id}: ${bad} of ${verdicts.length} goals not kept`];
  });
  const unjudged = run.flatMap(({ id, verdicts }) =>
    verdicts.some(({ outcome }) => outcome !== "left out") ? [] : [`${id}: no goal was judged`],
  );
  return [...failures, ...unmet, ...unjudged];
}

/** What failed without making the run bad, a line each. */
export function remarks(run: readonly Judged[]): readonly string[] {
  return failureLines(run, (judged, target) => !isNeeded(judged, target));
}

/** Roost, and whoever is named by a goal. */
function isNeeded({ verdicts }: Judged, target: TargetName): boolean {
  if (target === SUBJECT) return true;
  return verdicts.some(({ goal }) => sideOf(goal).target === target || againstOf(goal)?.target === target);
}

function failureLines(
  run: readonly Judged[],
  isWanted: (judged: Judged, target: TargetName) => boolean,
): readonly string[] {
  return run.flatMap((judged) =>
    failuresOf(judged.measurements)
      .filter(({ target }) => isWanted(judged, target))
      .map(({ round, target, error }) => `${judged.id}, round ${round}: ${target} failed: ${error}`),
  );
}
