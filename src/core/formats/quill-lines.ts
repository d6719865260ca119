/**
 * Lines of a text as Quill's binding keeps it: formats of a block lie on the line break that ends it.
 * @module
 */
import type { Run } from "./text-runs.ts";
import type { Attributes } from "./tree.ts";

export type Line = {
  /** Without the line break. */
  readonly runs: readonly Run[];
  /** Of the line break. */
  readonly attributes: Attributes;
};

/** A text that does not end with a line break ends with a line of its own; an empty text has no lines. */
export function readLines(runs: readonly Run[]): readonly Line[] {
  const lines: Line[] = [];
  let line: Run[] = [];
  for (const { insert, attributes } of runs) {
    if (typeof insert !== "string") {
      line.push({ insert, attributes });
      continue;
    }
    for (const [index, piece] of insert.split("\n").entries()) {
      if (index > 0) {
        lines.push({ runs: line, attributes });
        line = [];
      }
      if (piece !== "") line.push({ insert: piece, attributes });
    }
  }
  if (line.length > 0) lines.push({ runs: line, attributes: {} });
  return lines;
}
