/**
 * One row of the comparison: which servers, what is measured, what has to come out.
 * @module
 */
import type { Target, TargetName } from "./target.ts";

/** Figures of one measurement; a name ends in its unit (`deliveredPerSecond`, `p99Ms`, `cpuMsPerThousand`, `peakBytes`). */
export type Figures = Readonly<Record<string, number>>;

/** "full" for the table of README, "quick" for a first look and for the test that the bench itself works. */
export type Scale = "full" | "quick";

/**
 * A bound on `figure` of `of` (Roost when absent): the median, over the rounds of one run, of its ratio to the same figure
 * of `against` in the same round; without `against` the median of the figure itself. With `worst` every round has to keep it.
 */
export type Goal = {
  readonly figure: string;
  readonly of?: TargetName;
  readonly against?: TargetName;
  /** The other side of the ratio when it has another name there. */
  readonly againstFigure?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** For what must never happen: no round may break the bound, where otherwise half of them could. */
  readonly worst?: boolean;
  /** Shown beside the outcome: why the goal is missed, and the closest bound. */
  readonly note?: string;
};

export type Scenario = {
  /** Name on the command line and of the file of results. */
  readonly id: string;
  /** As README says it. */
  readonly title: string;
  readonly targets: readonly TargetName[];
  /** Rounds of a full run; each measures every target once, in another order. */
  readonly rounds: number;
  /** Figures worth a column, in order. */
  readonly columns: readonly string[];
  readonly goals: readonly Goal[];
  /** One measurement on a fresh state folder. Throws when what had to be delivered was not: no figure without its proof. */
  readonly measure: (target: Target, scale: Scale, stateDir: string) => Promise<Figures>;
};
