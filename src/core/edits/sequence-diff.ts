/**
 * What two sequences have in common, in time that is bounded whatever they are.
 * @module
 */

/** `from[at]` equals `to[is]`. */
export type Match = { readonly from: number; readonly to: number };

/** Edits beyond which what differs is replaced as a whole: the time and memory of a comparison grow with their square. */
const MAX_EDITS = 1_000;

/** Matches in order, by Myers' greedy algorithm between the equal ends. */
export function matchesOf(from: readonly string[], to: readonly string[]): readonly Match[] {
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let end = 0;
  const most = Math.min(from.length, to.length) - start;
  while (end < most && from[from.length - 1 - end] === to[to.length - 1 - end]) end += 1;
  const middle = myers(from.slice(start, from.length - end), to.slice(start, to.length - end));
  const head = Array.from({ length: start }, (_, index) => ({ from: index, to: index }));
  const tail = Array.from({ length: end }, (_, index) => ({
    from: from.length - end + index,
    to: to.length - end + index,
  }));
  return [...head, ...middle.map((match) => ({ from: match.from + start, to: match.to + start })), ...tail];
}

function myers(from: readonly string[], to: readonly string[]): readonly Match[] {
  if (from.length === 0 || to.length === 0) return [];
  const limit = Math.min(from.length + to.length, MAX_EDITS);
  const offset = limit + 1;
  /** Of each diagonal the farthest point, after so many edits. */
  const farthest = new Int32Array(2 * limit + 3);
  const traces: Int32Array[] = [];
  for (let edits = 0; edits <= limit; edits += 1) {
    traces.push(farthest.slice(offset - edits - 1, offset + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = startOf(farthest, offset + diagonal, diagonal === -edits, diagonal === edits);
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x += 1;
      farthest[offset + diagonal] = x;
      if (x >= from.length && x - diagonal >= to.length) return walkBack(traces, from.length, to.length);
    }
  }
  return [];
}

/** Where the walk on a diagonal begins: one down from the diagonal above, or one right from the one below. */
function startOf(farthest: Int32Array, at: number, isLowest: boolean, isHighest: boolean): number {
  const above = farthest[at + 1] ?? 0;
  const below = farthest[at - 1] ?? 0;
  return isLowest || (!isHighest && below < above) ? above : below + 1;
}

function walkBack(traces: readonly Int32Array[], fromLength: number, toLength: number): readonly Match[] {
  const matches: Match[] = [];
  let x = fromLength;
  let y = toLength;
  for (let edits = traces.length - 1; edits >= 0; edits -= 1) {
    const trace = traces[edits] ?? new Int32Array();
    const diagonal = x - y;
    // The slice begins at diagonal −edits − 1.
    const at = diagonal + edits + 1;
    const isDown = diagonal === -edits || (diagonal !== edits && (trace[at - 1] ?? 0) < (trace[at + 1] ?? 0));
    const previousX = edits === 0 ? 0 : isDown ? (trace[at + 1] ?? 0) : (trace[at - 1] ?? 0);
    const previousY = edits === 0 ? 0 : previousX - (isDown ? diagonal + 1 : diagonal - 1);
    const floorX = edits === 0 ? 0 : isDown ? previousX : previousX + 1;
    while (x > floorX && y > (edits === 0 ? 0 : isDown ? previousY + 1 : previousY)) {
      x -= 1;
      y -= 1;
      matches.push({ from: x, to: y });
    }
    x = previousX;
    y = previousY;
  }
  return matches.reverse();
}
