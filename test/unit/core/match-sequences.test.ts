import { describe, expect, test } from "vitest";
import { matchSequences } from "../../../src/core/versions/match-sequences.ts";
import { Random } from "../../support/random.ts";

describe("what two sequences have in common", () => {
  test("[HV9] is equal, ascending, and much where they differ little, however long and repetitive they are", () => {
    const random = new Random(7);
    const base = Uint32Array.from({ length: 130_000 }, () => (random.below(7) === 0 ? 32 : 97 + random.below(26)));
    const edited = Uint32Array.from([...base.subarray(0, 40_000), 1, 2, 3, ...base.subarray(40_010)]);
    expect(shared(base, edited)).toBeGreaterThan(129_900);
    const scattered = base.map((id) => (random.below(100) === 0 ? 65 : id));
    expect(shared(base, scattered)).toBeGreaterThan(125_000);
    const other = Uint32Array.from({ length: 130_000 }, () => 65 + random.below(26));
    expect(shared(base, other)).toBeLessThan(1_000);
    const repeated = Uint32Array.from({ length: 200_000 }, (_, at) => (at % 7 === 0 ? 98 : 97));
    const alike = Uint32Array.from({ length: 200_000 }, (_, at) => (at % 5 === 0 ? 98 : 97));
    expect(shared(repeated, alike)).toBeGreaterThanOrEqual(1);
  });

  test("[HV9] of short sequences it is the most there is", () => {
    const random = new Random(8);
    for (let run = 0; run < 300; run += 1) {
      const [one, other] = [random, random].map(() =>
        Uint32Array.from({ length: random.below(30) }, () => random.below(5)),
      );
      if (one === undefined || other === undefined) continue;
      expect(shared(one, other)).toBe(longestShared(one, other));
    }
  });
});

function shared(from: Uint32Array, to: Uint32Array): number {
  let [atFrom, atTo, total] = [0, 0, 0];
  for (const match of matchSequences(from, to)) {
    expect(match.from >= atFrom && match.to >= atTo).toBe(true);
    const ours = from.subarray(match.from, match.from + match.length);
    expect(Buffer.compare(Buffer.from(ours), Buffer.from(to.subarray(match.to, match.to + match.length)))).toBe(0);
    atFrom = match.from + match.length;
    atTo = match.to + match.length;
    total += match.length;
  }
  return total;
}

/** By the table of all prefixes. */
function longestShared(one: Uint32Array, other: Uint32Array): number {
  let row = new Uint32Array(other.length + 1);
  for (const id of one) {
    const next = new Uint32Array(other.length + 1);
    for (const [at, each] of other.entries()) {
      next[at + 1] = id === each ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
