/**
 * What two sequences of numbers have in common, in order: the least edit where it is small, a coarser one by lines and words where it is not.
 * @module
 */
import { type Match, type Place, leastEdit, search } from "./least-edit.ts";

const LINE_FEED = 10;
const SPACE = 32;
/** Of searches one behind the other, about 0.2 s in all. */
const MAX_SEARCHES = 512;
const MAX_ALL_STEPS = 20_000_000;

/** By lines, then by words. */
const SEPARATORS: readonly (readonly number[])[] = [[LINE_FEED], [LINE_FEED, SPACE]];

/** Ascending, neither overlapping nor touching. Code points among the numbers are what lines and words are told by. */
export function matchSequences(from: Uint32Array, to: Uint32Array): readonly Match[] {
  const found = new Matches();
  matchFrom(found, { from, to, atFrom: 0, atTo: 0 }, 0);
  return found.list;
}

/** Parts of both, and where they begin in the whole. */
type Slice = {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly atFrom: number;
  readonly atTo: number;
};

class Matches {
  readonly list: Match[] = [];

  add({ from, to, length }: Match): void {
    if (length === 0) return;
    const last = this.list.at(-1);
    const goesOn = last !== undefined && last.from + last.length === from && last.to + last.length === to;
    if (goesOn) this.list[this.list.length - 1] = { from: last.from, to: last.to, length: last.length + length };
    else this.list.push({ from, to, length });
  }
}

function matchFrom(found: Matches, slice: Slice, level: number): void {
  const { from, to } = slice;
  const prefix = commonPrefix(from, to);
  found.add({ from: slice.atFrom, to: slice.atTo, length: prefix });
  const suffix = commonSuffix(from.subarray(prefix), to.subarray(prefix));
  const inner = part(slice, { from: prefix, to: prefix }, { from: from.length - suffix, to: to.length - suffix });
  if (inner.from.length > 0 && inner.to.length > 0) matchInner(found, inner, level);
  found.add({ from: slice.atFrom + from.length - suffix, to: slice.atTo + to.length - suffix, length: suffix });
}

function matchInner(found: Matches, slice: Slice, level: number): void {
  const exact = leastEdit(slice.from, slice.to);
  if (exact === undefined) matchCoarsely(found, slice, level);
  else for (const match of exact) found.add(shifted(match, slice));
}

/** By the first of the coarser ways that finds something. */
function matchCoarsely(found: Matches, slice: Slice, level: number): void {
  for (let at = level; at <= SEPARATORS.length; at += 1) {
    const separators = SEPARATORS[at];
    const coarse = separators === undefined ? uniqueMatches(slice.from, slice.to) : bySegments(slice, separators);
    if (coarse.length === 0) continue;
    matchBetween(found, { slice, coarse, level: at + 1 });
    return;
  }
  for (const match of stepByStep(slice.from, slice.to)) found.add(shifted(match, slice));
}

type Coarse = { readonly slice: Slice; readonly coarse: readonly Match[]; readonly level: number };

function matchBetween(found: Matches, { slice, coarse, level }: Coarse): void {
  let at = { from: 0, to: 0 };
  for (const match of coarse) {
    matchFrom(found, part(slice, at, match), level);
    found.add(shifted(match, slice));
    at = { from: match.from + match.length, to: match.to + match.length };
  }
  matchFrom(found, part(slice, at, { from: slice.from.length, to: slice.to.length }), level);
}

function part(slice: Slice, start: Place, end: Place): Slice {
  const from = slice.from.subarray(start.from, end.from);
  const to = slice.to.subarray(start.to, end.to);
  return { from, to, atFrom: slice.atFrom + start.from, atTo: slice.atTo + start.to };
}

function shifted({ from, to, length }: Match, { atFrom, atTo }: Slice): Match {
  return { from: from + atFrom, to: to + atTo, length };
}

function commonPrefix(from: Uint32Array, to: Uint32Array): number {
  const limit = Math.min(from.length, to.length);
  let length = 0;
  while (length < limit && from[length] === to[length]) length += 1;
  return length;
}

function commonSuffix(from: Uint32Array, to: Uint32Array): number {
  const limit = Math.min(from.length, to.length);
  let length = 0;
  while (length < limit && from[from.length - 1 - length] === to[to.length - 1 - length]) length += 1;
  return length;
}

/** Least edits one behind the other, each as far as one search gets; nothing in common behind MAX_SEARCHES. */
function stepByStep(from: Uint32Array, to: Uint32Array): readonly Match[] {
  const found = new Matches();
  let at = { from: 0, to: 0 };
  let steps = 0;
  for (let searches = 0; searches < MAX_SEARCHES && steps < MAX_ALL_STEPS; searches += 1) {
    const slice = part({ from, to, atFrom: 0, atTo: 0 }, at, { from: from.length, to: to.length });
    if (slice.from.length === 0 || slice.to.length === 0) break;
    const reached = search(slice.from, slice.to);
    for (const match of reached.matches) found.add(shifted(match, slice));
    if (reached.end.from + reached.end.to === 0) break;
    at = { from: at.from + reached.end.from, to: at.to + reached.end.to };
    steps += reached.steps;
  }
  return found.list;
}

/** Whole segments that both have, each ending behind a separator. */
function bySegments({ from, to }: Slice, separators: readonly number[]): readonly Match[] {
  const ids = new Map<string, number>();
  const ours = segmentsOf(from, separators, ids);
  const theirs = segmentsOf(to, separators, ids);
  if (ours.ids.length < 2 || theirs.ids.length < 2) return [];
  return stepByStep(ours.ids, theirs.ids).map((match) => {
    const start = ours.starts[match.from] ?? from.length;
    const end = ours.starts[match.from + match.length] ?? from.length;
    return { from: start, to: theirs.starts[match.to] ?? to.length, length: end - start };
  });
}

function segmentsOf(
  sequence: Uint32Array,
  separators: readonly number[],
  ids: Map<string, number>,
): { readonly ids: Uint32Array; readonly starts: readonly number[] } {
  const found: number[] = [];
  const starts: number[] = [];
  for (let start = 0; start < sequence.length;) {
    let end = start;
    while (end < sequence.length && !separators.includes(sequence[end] ?? 0)) end += 1;
    end = Math.min(sequence.length, end + 1);
    const key = sequence.subarray(start, end).join();
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    found.push(id);
    starts.push(start);
    start = end;
  }
  return { ids: Uint32Array.from(found), starts };
}

/** The longest ascending choice of what stands once in each. */
function uniqueMatches(from: Uint32Array, to: Uint32Array): readonly Match[] {
  const ours = placesOfUnique(from);
  const theirs = placesOfUnique(to);
  const shared: Place[] = [];
  for (const [id, place] of ours) {
    const other = theirs.get(id);
    if (place >= 0 && other !== undefined && other >= 0) shared.push({ from: place, to: other });
  }
  return longestAscending(shared.sort((a, b) => a.from - b.from)).map((place) => ({ ...place, length: 1 }));
}

/** -1 for what stands there more than once. */
function placesOfUnique(sequence: Uint32Array): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (const [at, id] of sequence.entries()) places.set(id, places.has(id) ? -1 : at);
  return places;
}

function longestAscending(places: readonly Place[]): readonly Place[] {
  const lengths: { readonly place: Place; readonly previous: number }[] = [];
  const ends: number[] = [];
  for (const place of places) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lengths[ends[middle] ?? 0]?.place.to ?? 0) < place.to) low = middle + 1;
      else high = middle;
    }
    ends[low] = lengths.length;
    lengths.push({ place, previous: low === 0 ? -1 : (ends[low - 1] ?? -1) });
  }
  const chosen: Place[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = lengths[at]?.previous ?? -1) {
    const place = lengths[at]?.place;
    if (place !== undefined) chosen.push(place);
  }
  return chosen.reverse();
}
