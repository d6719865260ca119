/**
 * Which units of a list were there in another state of it: those never deleted are known by their ids, the rest by equal content.
 * @module
 */
import { isSimilar } from "./similar-types.ts";
import type { Match } from "./least-edit.ts";
import { matchSequences } from "./match-sequences.ts";
import type { Run } from "./typed-tree.ts";

/** Fewer characters in common amid other text are chance: words of two people are not mixed for them. */
const MIN_SHARED_CHARACTERS = 3;
/** Unmatched types that are looked at for each one. */
const MAX_LOOK_AHEAD = 16;

/**
 * Ascending matches of units, in UTF-16 code units or items. A matched unit that is a type may differ inside; all other matched
 * content is equal. Formats are not looked at.
 */
export function alignRuns(from: readonly Run[], to: readonly Run[]): readonly Match[] {
  const ours = new Units(from);
  const theirs = new Units(to);
  const matches: Match[] = [];
  let at = { from: 0, to: 0 };
  for (const anchor of [...sameStructs(ours, theirs), { from: ours.length, to: theirs.length, length: 0 }]) {
    matchBetween({ ours, theirs }, { start: at, end: anchor }, matches);
    if (anchor.length > 0) matches.push(anchor);
    at = { from: anchor.from + anchor.length, to: anchor.to + anchor.length };
  }
  return matches;
}

/** Runs by the units they begin at. */
export class Units {
  readonly runs: readonly Run[];
  readonly starts: readonly number[];
  readonly length: number;

  constructor(runs: readonly Run[]) {
    const starts: number[] = [];
    let length = 0;
    for (const run of runs) {
      starts.push(length);
      length += run.length;
    }
    this.runs = runs;
    this.starts = starts;
    this.length = length;
  }

  /** Pieces of runs that make up `start … end - 1`, each with its offset in its run. */
  *between(start: number, end: number): Generator<RunPiece> {
    for (let index = this.#indexAt(start); index < this.runs.length; index += 1) {
      const run = this.runs[index];
      const first = this.starts[index] ?? 0;
      if (run === undefined || first >= end) return;
      const offset = Math.max(0, start - first);
      const length = Math.min(run.length, end - first) - offset;
      if (length > 0) yield { run, offset, length, at: first + offset };
    }
  }

  /** Undefined behind the last. */
  at(unit: number): RunPiece | undefined {
    for (const piece of this.between(unit, unit + 1)) return piece;
    return undefined;
  }

  #indexAt(unit: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= unit) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** Part of a run: `at` is the unit of the list that it begins at, `offset` the one of the run. */
export type RunPiece = { readonly run: Run; readonly offset: number; readonly length: number; readonly at: number };

function sameStructs(ours: Units, theirs: Units): readonly Match[] {
  const byClient = new Map<number, number[]>();
  for (const [index, { client }] of ours.runs.entries()) {
    const indexes = byClient.get(client);
    if (indexes === undefined) byClient.set(client, [index]);
    else indexes.push(index);
  }
  const clockOf = (index: number): number => ours.runs[index]?.clock ?? 0;
  for (const indexes of byClient.values()) indexes.sort((a, b) => clockOf(a) - clockOf(b));
  const matches: Match[] = [];
  for (const [index, run] of theirs.runs.entries()) {
    const indexes = byClient.get(run.client) ?? [];
    for (let at = firstFrom(indexes, ours.runs, run.clock); at < indexes.length; at += 1) {
      const ourIndex = indexes[at] ?? 0;
      const our = ours.runs[ourIndex];
      if (our === undefined || our.clock >= run.clock + run.length) break;
      const starts = { from: ours.starts[ourIndex] ?? 0, to: theirs.starts[index] ?? 0 };
      addOverlap({ our, their: run, ...starts }, matches);
    }
  }
  return matches;
}

/** Where the first run that ends behind `clock` stands. */
function firstFrom(indexes: readonly number[], runs: readonly Run[], clock: number): number {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const run = runs[indexes[middle] ?? 0];
    if (run !== undefined && run.clock + run.length <= clock) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Overlap = { readonly our: Run; readonly their: Run; readonly from: number; readonly to: number };

/** Yjs writes U+FFFD for the halves of a pair that was split, so text of one id may differ. */
function addOverlap({ our, their, from, to }: Overlap, matches: Match[]): void {
  const first = Math.max(our.clock, their.clock);
  const end = Math.min(our.clock + our.length, their.clock + their.length);
  const add = (start: number, length: number): void => {
    const match = { from: from + start - our.clock, to: to + start - their.clock, length };
    const last = matches.at(-1);
    const isBehind = last === undefined || (last.from + last.length <= match.from && last.to + last.length <= match.to);
    // Always, but for documents that two people made under one id.
    if (isBehind && length > 0) matches.push(match);
  };
  if (our.content.kind !== "string" || their.content.kind !== "string") {
    const isSame = our.content.kind === their.content.kind && our.node?.kind === their.node?.kind;
    if (isSame) add(first, end - first);
    return;
  }
  const ourText = our.content.text.slice(first - our.clock, end - our.clock);
  const theirText = their.content.text.slice(first - their.clock, end - their.clock);
  if (ourText === theirText) return add(first, end - first);
  let start = 0;
  for (let at = 0; at <= ourText.length; at += 1) {
    if (at < ourText.length && ourText[at] === theirText[at]) continue;
    add(first + start, at - start);
    start = at + 1;
  }
}

type Place = { readonly from: number; readonly to: number };

function matchBetween(
  { ours, theirs }: { readonly ours: Units; readonly theirs: Units },
  { start, end }: { readonly start: Place; readonly end: Place },
  matches: Match[],
): void {
  if (start.from >= end.from || start.to >= end.to) return;
  const our = tokensOf(ours, start.from, end.from);
  const their = tokensOf(theirs, start.to, end.to);
  let at = start;
  for (const match of matchSequences(our.ids, their.ids)) {
    const touchesEdge =
      (match.from === 0 && match.to === 0) ||
      (match.from + match.length === our.ids.length && match.to + match.length === their.ids.length);
    if (!touchesEdge && isChance(our.ids.subarray(match.from, match.from + match.length))) continue;
    const from = our.starts[match.from] ?? end.from;
    const to = their.starts[match.to] ?? end.to;
    const length = (our.starts[match.from + match.length] ?? end.from) - from;
    pairTypes({ ours, theirs }, { start: at, end: { from, to } }, matches);
    matches.push({ from, to, length });
    at = { from: from + length, to: to + length };
  }
  pairTypes({ ours, theirs }, { start: at, end }, matches);
}

function isChance(ids: Uint32Array): boolean {
  return ids.length < MIN_SHARED_CHARACTERS && ids.every((id) => id < 0x11_00_00);
}

/** A number for each character, embed, type or value. */
function tokensOf(
  units: Units,
  start: number,
  end: number,
): { readonly ids: Uint32Array; readonly starts: readonly number[] } {
  const ids: number[] = [];
  const starts: number[] = [];
  for (const { run, offset, length, at } of units.between(start, end)) {
    if (run.content.kind === "string") {
      const { text } = run.content;
      for (let index = offset; index < offset + length; index += 1) {
        const point = text.codePointAt(index) ?? 0;
        ids.push(point);
        starts.push(at + index - offset);
        if (point > 0xff_ff && index + 1 < offset + length) index += 1;
      }
    } else {
      for (let index = offset; index < offset + length; index += 1) {
        ids.push(run.unitIds[index] ?? 0);
        starts.push(at + index - offset);
      }
    }
  }
  return { ids: Uint32Array.from(ids), starts };
}

/** What is left unmatched on both sides and much alike is the same thing, edited. */
function pairTypes(
  { ours, theirs }: { readonly ours: Units; readonly theirs: Units },
  { start, end }: { readonly start: Place; readonly end: Place },
  matches: Match[],
): void {
  if (start.from >= end.from || start.to >= end.to) return;
  const candidates = [...ours.between(start.from, end.from)].filter(({ run }) => run.node !== undefined);
  let next = 0;
  for (const { run, at } of theirs.between(start.to, end.to)) {
    if (run.node === undefined) continue;
    for (let index = next; index < Math.min(candidates.length, next + MAX_LOOK_AHEAD); index += 1) {
      const candidate = candidates[index];
      if (candidate?.run.node === undefined || !isSimilar(candidate.run.node, run.node)) continue;
      matches.push({ from: candidate.at, to: at, length: 1 });
      next = index + 1;
      break;
    }
  }
}
