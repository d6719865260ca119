/**
 * Which blocks of a document stay, which are edited inside, which come and go. Rule FE9 of SPEC.md.
 * @module
 */
import { matchesOf } from "./sequence-diff.ts";

export type Block = {
  /** Equal for equal blocks, as far as the format can tell. */
  readonly key: string;
  /** What may be edited into each other. */
  readonly kind: string;
  readonly text: string;
  /** False where the format cannot show it: what it does not name is not gone. */
  readonly isShown: boolean;
};

export type Step =
  | { readonly do: "keep"; readonly from: number }
  | { readonly do: "edit"; readonly from: number; readonly to: number }
  | { readonly do: "delete"; readonly from: number }
  | { readonly do: "insert"; readonly to: number };

/** Blocks of a gap that are compared each with each; larger gaps are paired in order. */
const MAX_COMPARED = 10_000;
/** Share of words below which two blocks are not the same one edited. */
const MIN_LIKENESS = 0.25;

/** Steps in the order of the result; those that delete stand where the block was. */
export function alignBlocks(from: readonly Block[], to: readonly Block[]): readonly Step[] {
  const shown = from.flatMap((block, index) => (block.isShown ? [index] : []));
  const matches = matchesOf(
    shown.map((index) => from[index]?.key ?? ""),
    to.map(({ key }) => key),
  );
  const steps: Step[] = [];
  let fromAt = 0;
  let toAt = 0;
  for (const match of [...matches, { from: shown.length, to: to.length }]) {
    const fromEnd = shown[match.from] ?? from.length;
    for (const step of alignGap(from, to, { fromAt, fromEnd, toAt, toEnd: match.to })) steps.push(step);
    if (fromEnd < from.length) steps.push({ do: "keep", from: fromEnd });
    fromAt = fromEnd + 1;
    toAt = match.to + 1;
  }
  return steps;
}

type Gap = { readonly fromAt: number; readonly fromEnd: number; readonly toAt: number; readonly toEnd: number };

/** Between two blocks that stay. */
function alignGap(from: readonly Block[], to: readonly Block[], gap: Gap): readonly Step[] {
  const steps: Step[] = [];
  let toAt = gap.toAt;
  const pairs = pairUp(from, to, gap);
  for (let at = gap.fromAt; at < gap.fromEnd; at += 1) {
    const pair = pairs.get(at);
    if (pair !== undefined) {
      for (; toAt < pair; toAt += 1) steps.push({ do: "insert", to: toAt });
      steps.push({ do: "edit", from: at, to: pair });
      toAt = pair + 1;
    } else steps.push(from[at]?.isShown === false ? { do: "keep", from: at } : { do: "delete", from: at });
  }
  for (; toAt < gap.toEnd; toAt += 1) steps.push({ do: "insert", to: toAt });
  return steps;
}

/** Of blocks that are alike, in order. */
function pairUp(from: readonly Block[], to: readonly Block[], gap: Gap): ReadonlyMap<number, number> {
  const rows = gap.fromEnd - gap.fromAt;
  const columns = gap.toEnd - gap.toAt;
  if (rows === 0 || columns === 0) return new Map();
  const isSmall = rows * columns <= MAX_COMPARED;
  const likeness = (row: number, column: number): number => {
    const a = from[gap.fromAt + row];
    const b = to[gap.toAt + column];
    if (a === undefined || b === undefined || a.kind !== b.kind) return 0;
    // Nothing else can be meant where one stands for one.
    if (rows === columns && row === column) return Math.max(MIN_LIKENESS, likenessOf(a, b));
    const found = isSmall || row === column ? likenessOf(a, b) : 0;
    return found >= MIN_LIKENESS || a.text.trim() === "" ? Math.max(found, 0.01) : 0;
  };
  const pairs = new Map<number, number>();
  if (!isSmall) {
    for (let at = 0; at < Math.min(rows, columns); at += 1) {
      if (likeness(at, at) > 0) pairs.set(gap.fromAt + at, gap.toAt + at);
    }
    return pairs;
  }
  for (const { from: row, to: column } of bestPairs(rows, columns, likeness)) {
    pairs.set(gap.fromAt + row, gap.toAt + column);
  }
  return pairs;
}

/** The pairs in order with the greatest sum. */
function bestPairs(rows: number, columns: number, worth: (row: number, column: number) => number) {
  const width = columns + 1;
  const sums = new Float64Array((rows + 1) * width);
  const worths = new Float64Array(rows * columns);
  const sumAt = (row: number, column: number) => sums[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const value = worth(row, column);
      worths[row * columns + column] = value;
      const paired = value > 0 ? value + sumAt(row + 1, column + 1) : 0;
      sums[row * width + column] = Math.max(paired, sumAt(row + 1, column), sumAt(row, column + 1));
    }
  }
  const pairs: { readonly from: number; readonly to: number }[] = [];
  for (let row = 0, column = 0; row < rows && column < columns;) {
    const value = worths[row * columns + column] ?? 0;
    if (value > 0 && sumAt(row, column) === value + sumAt(row + 1, column + 1)) {
      pairs.push({ from: row, to: column });
      row += 1;
      column += 1;
    } else if (sumAt(row, column) === sumAt(row + 1, column)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** Of their words those that both have, from 0 to 1. */
function likenessOf(a: Block, b: Block): number {
  if (a.text === b.text) return 1;
  const words = new Map<string, number>();
  const inA = wordsOf(a.text);
  const inB = wordsOf(b.text);
  for (const word of inA) words.set(word, (words.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of inB) {
    const left = words.get(word) ?? 0;
    if (left === 0) continue;
    shared += 1;
    words.set(word, left - 1);
  }
  return (2 * shared) / Math.max(1, inA.length + inB.length);
}

/** The first of a long text stand for it. */
function wordsOf(text: string): readonly string[] {
  return text.slice(0, 2_000).match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}
