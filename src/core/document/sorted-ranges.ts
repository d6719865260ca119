/**
 * Ranges of clocks as a flat list start, end, start, end, …: ascending, and neither touching nor overlapping. Flat because a large
 * document has hundreds of thousands of them.
 * @module
 */

export type Ranges = number[];

/** Up to here ranges are added one by one; above it two lists are merged in one pass, so that no order of them is quadratic. */
const MAX_SINGLE_ADDS = 16;

/** The last range that starts at or before `clock`; -1 when there is none. */
export function findRange(ranges: readonly number[], clock: number): number {
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if ((ranges[2 * middle] ?? 0) <= clock) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

/** Adds start..end. Constant time at the end of the list, else a binary search and one shift. */
export function addRange(ranges: Ranges, start: number, end: number): void {
  const last = ranges.length - 2;
  const lastStart = ranges[last];
  if (lastStart === undefined || start >= lastStart) return appendRange(ranges, start, end);
  let first = findRange(ranges, start);
  if (first < 0 || (ranges[2 * first + 1] ?? 0) < start) first += 1;
  const behind = findRange(ranges, end) + 1;
  if (behind <= first) {
    ranges.splice(2 * first, 0, start, end);
    return;
  }
  const joinedStart = Math.min(start, ranges[2 * first] ?? start);
  const joinedEnd = Math.max(end, ranges[2 * behind - 1] ?? end);
  ranges.splice(2 * first, 2 * (behind - first), joinedStart, joinedEnd);
}

/** Adds a range that starts where the last one does or later. */
function appendRange(ranges: Ranges, start: number, end: number): void {
  const last = ranges.length - 1;
  const lastEnd = ranges[last];
  if (lastEnd === undefined || lastEnd < start) ranges.push(start, end);
  else if (lastEnd < end) ranges[last] = end;
}

/** Adds all of `added` to `ranges`. */
export function mergeRanges(ranges: Ranges, added: readonly number[]): void {
  if (added.length <= 2 * MAX_SINGLE_ADDS) {
    for (let index = 0; index < added.length; index += 2) addRange(ranges, added[index] ?? 0, added[index + 1] ?? 0);
    return;
  }
  const old = ranges.slice();
  ranges.length = 0;
  let left = 0;
  let right = 0;
  while (left < old.length || right < added.length) {
    const isLeft = (old[left] ?? Infinity) <= (added[right] ?? Infinity);
    const source = isLeft ? old : added;
    const index = isLeft ? left : right;
    appendRange(ranges, source[index] ?? 0, source[index + 1] ?? 0);
    if (isLeft) left += 2;
    else right += 2;
  }
}

/** Sorts and joins pairs that stand in any order. Linear when they are in order already. */
export function normalizeRanges(ranges: Ranges): void {
  let isNormal = true;
  for (let index = 2; index < ranges.length && isNormal; index += 2) {
    isNormal = (ranges[index] ?? 0) > (ranges[index - 1] ?? 0);
  }
  if (isNormal) return;
  // The i-th start may belong to another end: how many ranges cover a clock depends only on the starts and ends below it.
  const starts = Float64Array.from({ length: ranges.length / 2 }, (_, index) => ranges[2 * index] ?? 0).sort();
  const ends = Float64Array.from({ length: ranges.length / 2 }, (_, index) => ranges[2 * index + 1] ?? 0).sort();
  ranges.length = 0;
  starts.forEach((start, index) => appendRange(ranges, start, ends[index] ?? start));
}

/** What of `ranges` is not in `removed`. A few ranges against many cost a binary search each. */
export function subtractRanges(ranges: readonly number[], removed: readonly number[]): Ranges {
  const rest: Ranges = [];
  for (let index = 0; index < ranges.length; index += 2) {
    let start = ranges[index] ?? 0;
    const end = ranges[index + 1] ?? 0;
    for (let other = Math.max(0, findRange(removed, start)); start < end; other += 1) {
      const removedStart = removed[2 * other] ?? Infinity;
      if (removedStart >= end) break;
      if (removedStart > start) rest.push(start, removedStart);
      start = Math.max(start, removed[2 * other + 1] ?? start);
    }
    if (start < end) rest.push(start, end);
  }
  return rest;
}
