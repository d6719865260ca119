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
import { figurePerRound, spreadOf } from "./statistics.ts";
import type { TargetName } from "./target.ts";

/** Median and spread of a figure over the rounds; `failed` or `–` where there is none. */
export function figureCell(measurements: readonly Measurement[], target: TargetName, figure: string): string {
  const values = figurePerRound(measurements, target, figure);
  if (values.ok) return formatSpread(spreadOf(values.value), (value) => formatFigure(figure, value));
  return values.error.type === "failed" ? "failed" : "–";
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

/** A line for each goal: what, measured, bound, outcome. */
export function goalLines(verdicts: readonly Verdict[]): readonly string[] {
  const rows = verdicts.map((verdict) => [
    `${sideOf(verdict.goal).target}: ${describeMeasure(verdict.goal)}`,
    describeBound(verdict.goal),
    describeValue(verdict),
    verdict.outcome,
  ]);
  return align(rows);
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
