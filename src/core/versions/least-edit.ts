/**
 * The least edit that makes one sequence of numbers the other, where it is small.
 * @module
 */

/** `length` items are the same from `from` in the one and from `to` in the other. */
export type Match = { readonly from: number; readonly to: number; readonly length: number };

/** Of an edit that is looked for exactly; memory grows with its square (256: 0.3 MB). */
const MAX_COST = 256;
/** Comparisons of one search, about 20 ms: repetitive sequences take many for few edits. */
const MAX_STEPS = 2_000_000;

export type Place = { readonly from: number; readonly to: number };

/** Undefined where the edit is larger than is looked for. */
export function leastEdit(from: Uint32Array, to: Uint32Array): readonly Match[] | undefined {
  // What the one has more than the other is edits at least: no search would get through.
  if (Math.abs(from.length - to.length) > MAX_COST) return undefined;
  const { matches, end } = search(from, to);
  return end.from === from.length && end.to === to.length ? matches : undefined;
}

/** `end`: as far as it got. */
type Reached = { readonly matches: readonly Match[]; readonly end: Place; readonly steps: number };

/** Myers' greedy search (An O(ND) Difference Algorithm, 1986), to both ends or as far as it gets for MAX_COST edits. */
export function search(from: Uint32Array, to: Uint32Array): Reached {
  const limit = Math.min(MAX_COST, from.length + to.length);
  const middle = limit + 1;
  const furthest = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  let steps = 0;
  for (let cost = 0; ; cost += 1) {
    let best = { from: 0, to: 0 };
    for (let diagonal = -cost; diagonal <= cost; diagonal += 2) {
      const before = furthest[middle + diagonal - 1] ?? 0;
      const after = furthest[middle + diagonal + 1] ?? 0;
      const start = diagonal === -cost || (diagonal !== cost && before < after) ? after : before + 1;
      let x = start;
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x += 1;
      steps += x - start + 1;
      furthest[middle + diagonal] = x;
      const y = x - diagonal;
      if (x <= from.length && y <= to.length && x + y > best.from + best.to) best = { from: x, to: y };
    }
    const isWhole = best.from === from.length && best.to === to.length;
    if (isWhole || cost === limit || steps > MAX_STEPS) return { matches: traceBack(trace, best), end: best, steps };
    trace.push(furthest.slice(middle - cost, middle + cost + 1));
  }
}

function traceBack(trace: readonly Int32Array[], end: Place): readonly Match[] {
  const matches: Match[] = [];
  let { from: x, to: y } = end;
  for (let cost = trace.length; cost > 0; cost -= 1) {
    const furthest = trace[cost - 1];
    const at = (diagonal: number): number => furthest?.[diagonal + cost - 1] ?? 0;
    const diagonal = x - y;
    const isDown = diagonal === -cost || (diagonal !== cost && at(diagonal - 1) < at(diagonal + 1));
    const left = at(isDown ? diagonal + 1 : diagonal - 1);
    const start = isDown ? left : left + 1;
    if (x > start) matches.push({ from: start, to: start - diagonal, length: x - start });
    x = left;
    y = left - (isDown ? diagonal + 1 : diagonal - 1);
  }
  if (x > 0) matches.push({ from: 0, to: 0, length: x });
  return matches.reverse();
}
