/**
 * One line of text against another: what stays, what goes, what comes, by words and then by characters.
 * @module
 */
import { matchesOf } from "./sequence-diff.ts";

/** A character (never half of a pair), or a node that stands in the line. */
export type Unit<T> = { readonly key: string; readonly of: T };

export type UnitStep<From, To> =
  | { readonly do: "keep"; readonly from: From; readonly to: To }
  | { readonly do: "delete"; readonly from: From }
  | { readonly do: "insert"; readonly to: To };

/** Steps in order; what is deleted stands before what is inserted in its place. */
export function diffUnits<From, To>(
  from: readonly Unit<From>[],
  to: readonly Unit<To>[],
): readonly UnitStep<From, To>[] {
  const steps: UnitStep<From, To>[] = [];
  const fromWords = wordsOf(from);
  const toWords = wordsOf(to);
  const matches = matchesOf(
    fromWords.map(({ key }) => key),
    toWords.map(({ key }) => key),
  );
  let fromAt = 0;
  let toAt = 0;
  for (const match of [...matches, { from: fromWords.length, to: toWords.length }]) {
    const fromStart = fromWords[match.from]?.start ?? from.length;
    const toStart = toWords[match.to]?.start ?? to.length;
    replace(steps, from.slice(fromAt, fromStart), to.slice(toAt, toStart));
    const length = fromWords[match.from]?.length ?? 0;
    keep(steps, from.slice(fromStart, fromStart + length), to.slice(toStart, toStart + length));
    fromAt = fromStart + length;
    toAt = toStart + length;
  }
  return steps;
}

type Word = { readonly key: string; readonly start: number; readonly length: number };

/** Letters and digits in a row are one; all else stands alone. */
function wordsOf<T>(units: readonly Unit<T>[]): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < units.length) {
    let end = at + 1;
    if (isLetter(units[at])) while (end < units.length && isLetter(units[end])) end += 1;
    const key = units
      .slice(at, end)
      .map((unit) => unit.key)
      .join("");
    words.push({ key, start: at, length: end - at });
    at = end;
  }
  return words;
}

function isLetter<T>(unit: Unit<T> | undefined): boolean {
  return unit !== undefined && /^[\p{L}\p{N}\p{M}]$/u.test(unit.key);
}

/** Inside a word that changed the equal ends stay. */
function replace<From, To>(steps: UnitStep<From, To>[], from: readonly Unit<From>[], to: readonly Unit<To>[]): void {
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from[start]?.key === to[start]?.key) start += 1;
  let end = 0;
  while (end < most - start && from.at(-1 - end)?.key === to.at(-1 - end)?.key) end += 1;
  keep(steps, from.slice(0, start), to.slice(0, start));
  for (const unit of from.slice(start, from.length - end)) steps.push({ do: "delete", from: unit.of });
  for (const unit of to.slice(start, to.length - end)) steps.push({ do: "insert", to: unit.of });
  keep(steps, from.slice(from.length - end), to.slice(to.length - end));
}

function keep<From, To>(steps: UnitStep<From, To>[], from: readonly Unit<From>[], to: readonly Unit<To>[]): void {
  for (const [index, unit] of from.entries()) {
    const other = to[index];
    if (other !== undefined) steps.push({ do: "keep", from: unit.of, to: other.of });
  }
}
