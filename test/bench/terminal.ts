/**
 * A scenario's outcome for a terminal: servers × columns, then its goals.
 * @module
 */
import {
  describeBound,
  describeMeasure,
  describeValue,
  figureLabel,
  formatFigure,
  formatSpread,
} from "./figure-text.ts";
import { sideOf, type Verdict } from "./judge.ts";
import type { Measurement } from "./measurements.ts";
import { figurePerRound, type Problem, spreadOf } from "./statistics.ts";
import type { TargetName } from "./target.ts";

/** Median and spread of a figure over the rounds, or {@link absenceCell}. */
export function figureCell(measurements: readonly Measurement[], target: TargetName, figure: string): string {
  const values = figurePerRound(measurements, target, figure);
  if (values.ok) return formatSpread(spreadOf(values.value), (value) => formatFigure(figure, value));
  return absenceCell(measurements, values.error);
}

/** `failed`, `lost` where a round found the document gone, otherwise `–`. */
export function absenceCell(measurements: readonly Measurement[], problem: Problem): string {
  if (problem.type === "failed") return "failed";
  if (problem.type !== "missing") return "–";
  const own = measurements.filter(({ target }) => target === problem.target);
  return own.some((one) => "figures" in one && one.figures["lost"] === 1) ? "lost" : "–";
}

/** Lines of a table with a row for each server. */
export function figureTable(
  columns: readonly string[],
  targets: readonly TargetName[],
  measurements: readonly Measurement[],
): readonly string[] {
  const rows = targets.map((target) => [target, ...columns.map((figure) => figureCell(measurements, target, figure))]);
  return align([["", ...columns.map(figureLabel)], ...rows]);
}

/** A line for each goal: what, bound, measured, outcome; the goal's note below it. */
export function goalLines(verdicts: readonly Verdict[]): readonly string[] {
  const rows = verdicts.map((verdict) => [
    `${sideOf(verdict.goal).target}: ${describeMeasure(verdict.goal)}`,
    describeBound(verdict.goal),
    describeValue(verdict),
    verdict.outcome,
  ]);
  return align(rows).flatMap((line, index) => {
    const verdict = verdicts[index];
    const note = verdict?.outcome === "kept" ? undefined : verdict?.goal.note;
    return note === undefined ? [line] : [line, `    ${note}`];
  });
}

/** The first column to the left, figures to the right. */
function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `  ${cells.join("  ")}`.trimEnd();
  });
}
