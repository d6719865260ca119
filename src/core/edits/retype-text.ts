/**
 * A text made to say something else, by the least that has to change. Rules FE21 and FE23 of SPEC.md.
 * @module
 */
import type { Text } from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import type { Attributes } from "../formats/tree.ts";
import { runsOf } from "../formats/text-runs.ts";
import { type Standing, unitsOfText } from "./put-line.ts";
import { type Misfit, misfit } from "./misfit.ts";
import { type UnitStep, diffUnits } from "./unit-diff.ts";

type DeltaOp =
  | { readonly retain: number }
  | { readonly insert: string; readonly attributes: Attributes }
  | { readonly delete: number };

/** What comes has the formats of what it replaces, else of the character before it. In one pass: each edit of its own would look for its place. */
export function retypeText(text: Text, wanted: string): Result<void, Misfit> {
  if (runsOf(text).some(({ insert }) => typeof insert !== "string")) {
    return misfit("the text holds more than characters");
  }
  const units = Array.from(wanted.toWellFormed(), (key) => ({ key, of: key }));
  const delta = deltaOf(diffUnits(unitsOfText(text), units));
  if (delta.some((op) => !("retain" in op))) text.applyDelta(delta);
  return ok(undefined);
}

type Gap = { insert: string; delete: number; attributes: Attributes };

function deltaOf(steps: readonly UnitStep<Standing, string>[]): DeltaOp[] {
  const delta: DeltaOp[] = [];
  let kept = 0;
  let gap: Gap = { insert: "", delete: 0, attributes: {} };
  const close = () => {
    const { insert, attributes } = gap;
    if (kept > 0) delta.push({ retain: kept });
    // Before what it replaces, so that the formats of that go on.
    if (insert !== "") delta.push({ insert, attributes: { ...attributes } });
    if (gap.delete > 0) delta.push({ delete: gap.delete });
    kept = 0;
  };
  for (const step of steps) {
    if (step.do === "insert") {
      gap.insert += step.to;
      continue;
    }
    if (!("in" in step.from)) continue;
    const { length, attributes } = step.from;
    if (step.do === "delete") {
      if (gap.delete === 0) gap.attributes = attributes;
      gap.delete += length;
      continue;
    }
    if (gap.insert !== "" || gap.delete > 0) close();
    kept += length;
    gap = { insert: "", delete: 0, attributes };
  }
  close();
  return delta;
}
