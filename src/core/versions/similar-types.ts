/**
 * Whether two types are one that was edited.
 * @module
 */
import type { Run, TypeNode } from "./typed-tree.ts";

/** Of each that are compared. */
const MAX_CHARACTERS = 2_000;
const MAX_NODES = 200;
const GRAM = 3;
const MIN_SHARE = 0.4;

/** True for types of one kind and name with about half of their text, or of their attributes, in common. */
export function isSimilar(one: TypeNode, other: TypeNode): boolean {
  if (one.kind !== other.kind || one.name !== other.name) return false;
  const text = textOf(one);
  const otherText = textOf(other);
  if (text === "" && otherText === "") return haveSameEntries(one, other);
  return share(gramsOf(text), gramsOf(otherText)) >= MIN_SHARE;
}

function haveSameEntries(one: TypeNode, other: TypeNode): boolean {
  const values = ({ entries }: TypeNode): ReadonlySet<string> =>
    new Set([...entries].map(([key, run]) => `${run.unitIds.at(-1)}:${key}`));
  const [ours, theirs] = [values(one), values(other)];
  return ours.size + theirs.size === 0 || share(ours, theirs) >= MIN_SHARE;
}

function textOf(node: TypeNode): string {
  let text = "";
  const open: Run[] = runsOf(node);
  for (let seen = 0; seen < MAX_NODES && text.length < MAX_CHARACTERS; seen += 1) {
    const run = open.pop();
    if (run === undefined) break;
    if (run.content.kind === "string") text += run.content.text;
    else if (run.content.kind === "values") {
      for (const value of run.content.values.slice(0, MAX_NODES)) if (typeof value === "string") text += value;
    } else if (run.node !== undefined) open.push(...runsOf(run.node));
  }
  return text.slice(0, MAX_CHARACTERS);
}

/** The first of them, the first last. */
function runsOf({ kind, runs, entries }: TypeNode): Run[] {
  const inside = kind === "map" ? [...entries.values()] : runs;
  return inside.slice(0, MAX_NODES).reverse();
}

function gramsOf(text: string): ReadonlySet<string> {
  const grams = new Set<string>();
  for (let at = 0; at + GRAM <= Math.max(GRAM, text.length); at += 1) grams.add(text.slice(at, at + GRAM));
  return grams;
}

/** 1 for the same sets, 0 for nothing in common (Dice). */
function share(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let both = 0;
  for (const each of one) if (other.has(each)) both += 1;
  return one.size + other.size === 0 ? 1 : (2 * both) / (one.size + other.size);
}
