/**
 * What one run of a scenario measured, as it is kept in `.results/bench/`.
 * @module
 */
import type { Figures, Scale } from "./scenario.ts";
import type { TargetName } from "./target.ts";

/** One server in one round: its figures, or why there are none. Rounds count from 1. */
export type Measurement = { readonly round: number; readonly target: TargetName } & (
  | { readonly figures: Figures }
  | { readonly error: string }
);

export type Machine = { readonly cores: number; readonly node: string; readonly platform: string };

/** Of the checkout that was measured. */
export type CodeVersion = {
  readonly commit: string;
  /** Files that are not as in the commit, or another commit before the last round ended. Texts do not count. */
  readonly isDirty: boolean;
};

export type ScenarioRecord = {
  readonly id: string;
  /** Absent where the code is in no checkout of Git. */
  readonly version?: CodeVersion;
  readonly scale: Scale;
  /** ISO 8601, when the last round ended. */
  readonly date: string;
  readonly machine: Machine;
  /** Servers that were measured, in the scenario's order. */
  readonly targets: readonly TargetName[];
  readonly rounds: number;
  /** Why this is no run for README: fewer rounds or servers than the scenario has, or a quick one. Empty for a whole run. */
  readonly shortcuts: readonly string[];
  readonly measurements: readonly Measurement[];
};

/** The measurements that failed. */
export function failuresOf(
  measurements: readonly Measurement[],
): readonly (Measurement & { readonly error: string })[] {
  return measurements.flatMap((measurement) => ("error" in measurement ? [measurement] : []));
}
