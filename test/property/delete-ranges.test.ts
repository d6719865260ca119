import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { MAX_CLOCK } from "../../src/core/document/clock-table.ts";
import { DeleteRanges } from "../../src/core/document/delete-ranges.ts";
import { type Deletion, varUints } from "./update-bytes.ts";
import { updateHistory } from "./update-history.ts";
import { docOf, propertyOptions, readComplete } from "./update-replay.ts";

const deletion = fc.record({
  client: fc.nat({ max: 2 }),
  clock: fc.nat({ max: 40 }),
  length: fc.integer({ min: 1, max: 6 }),
});
const deletions = fc.oneof(fc.array(deletion, { maxLength: 12 }), fc.array(deletion, { minLength: 20, maxLength: 60 }));

/** The same as a set of single clocks. */
function clocksIn(all: readonly Deletion[]): Set<string> {
  return new Set(
    all.flatMap(({ client, clock, length }) => Array.from({ length }, (_, index) => `${client}:${clock + index}`)),
  );
}

function difference(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one].filter((clock) => !other.has(clock)));
}

function isSubset(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return difference(one, other).size === 0;
}

function rangesOf(all: readonly Deletion[]): DeleteRanges {
  const ranges = new DeleteRanges();
  for (const { client, clock, length } of all) ranges.add(client, clock, length);
  return ranges;
}

function decoded(deleteSet: Uint8Array): DeleteRanges {
  const ranges = DeleteRanges.decode(deleteSet);
  if (!ranges.ok) throw new Error(ranges.error.reason);
  return ranges.value;
}

/** Yjs' reading of it, normal form checked on the way: sorted, neither touching nor overlapping. */
function contentOf(ranges: DeleteRanges): Set<string> {
  const { ds } = Y.decodeUpdate(Uint8Array.of(0, ...ranges.encode()));
  const all: Deletion[] = [];
  for (const [client, items] of ds.clients) {
    let end = -1;
    for (const { clock, len } of items) {
      if (clock <= end || len < 1) throw new Error("ranges are out of order");
      end = clock + len;
      all.push({ client, clock, length: len });
    }
  }
  return clocksIn(all);
}

describe("delete ranges", () => {
  it("[DR1] ranges added in any order hold exactly the clocks added, sorted and joined", () => {
    const check = (all: readonly Deletion[]): void => {
      const ranges = rangesOf(all);
      expect(contentOf(ranges)).toEqual(clocksIn(all));
      expect(ranges.isEmpty).toBe(all.length === 0);
      expect(new Map(ranges.ends())).toEqual(highestOf(all));
    };
    fc.assert(fc.property(deletions, check), propertyOptions("DR1", { short: 1_000, long: 20_000 }));
  });

  it("[DR2] a delete set survives decoding and encoding byte for byte, and in any order of its ranges", () => {
    const check = (seed: number, all: readonly Deletion[]): void => {
      const whole = Y.encodeStateAsUpdate(docOf(...updateHistory(seed, 30)));
      const deleteSet = whole.subarray(readComplete(whole).deleteSetOffset);
      expect(decoded(deleteSet).encode()).toEqual(deleteSet);
      const shuffled = varUints(
        [all.length].concat(all.flatMap(({ client, clock, length }) => [client, 1, clock, length])),
      );
      expect(decoded(shuffled).encode()).toEqual(rangesOf(all).encode());
      const oneClient = all.map((each) => ({ ...each, client: 7 }));
      const together = varUints([1, 7, all.length].concat(all.flatMap(({ clock, length }) => [clock, length])));
      expect(decoded(together).encode()).toEqual(rangesOf(oneClient).encode());
    };
    fc.assert(fc.property(fc.integer(), deletions, check), propertyOptions("DR2", { short: 100, long: 2_000 }));
  });

  it("[DR3] contains is true exactly when every clock of the range is deleted", () => {
    const check = (all: readonly Deletion[], { client, clock, length }: Deletion): void => {
      const wanted = clocksIn([{ client, clock, length }]);
      expect(rangesOf(all).contains(client, clock, length)).toBe(isSubset(wanted, clocksIn(all)));
    };
    fc.assert(fc.property(deletions, deletion, check), propertyOptions("DR3", { short: 1_000, long: 20_000 }));
    expect(new DeleteRanges().contains(1, 0, 0)).toBe(true);
  });

  it("[DR4] what is missing from another is the difference, and neither changes", () => {
    const check = (one: readonly Deletion[], other: readonly Deletion[]): void => {
      const [ranges, others] = [rangesOf(one), rangesOf(other)];
      const missing = ranges.missingFrom(others);
      expect(contentOf(missing)).toEqual(difference(clocksIn(one), clocksIn(other)));
      expect(missing.isEmpty).toBe(isSubset(clocksIn(one), clocksIn(other)));
      expect([contentOf(ranges), contentOf(others)]).toEqual([clocksIn(one), clocksIn(other)]);
    };
    fc.assert(fc.property(deletions, deletions, check), propertyOptions("DR4", { short: 1_000, long: 20_000 }));
  });

  it("[DR5] merging is the union and leaves the other as it was", () => {
    const check = (one: readonly Deletion[], other: readonly Deletion[]): void => {
      const [ranges, others] = [rangesOf(one), rangesOf(other)];
      ranges.merge(others);
      expect(contentOf(ranges)).toEqual(clocksIn([...one, ...other]));
      ranges.add(0, 1_000, 1);
      expect(contentOf(others)).toEqual(clocksIn(other));
    };
    fc.assert(fc.property(deletions, deletions, check), propertyOptions("DR5", { short: 1_000, long: 20_000 }));
  });

  it("[DR6] damaged delete sets are refused", () => {
    const reasonOf = (...numbers: number[]): string | undefined => {
      const ranges = DeleteRanges.decode(varUints(numbers));
      return ranges.ok ? undefined : ranges.error.reason;
    };
    expect(reasonOf()).toBe("unexpected end");
    expect(reasonOf(2 ** 30)).toBe("a count is too large");
    expect(reasonOf(1, 7, 2 ** 30)).toBe("a count is too large");
    expect(reasonOf(1, 7, 1, 4)).toBe("unexpected end");
    expect(reasonOf(1, 7, 1, 4, 0)).toBe("a deletion of nothing");
    expect(reasonOf(1, 7, 1, MAX_CLOCK, 1)).toBe("a clock is too large");
    expect(reasonOf(0, 0)).toBe("bytes after the delete set");
    expect(reasonOf(1, 7, 0)).toBeUndefined();
  });

  it("[DR7] a million additions in order, and merges of large sets, take well under a second each", () => {
    const count = 1_000_000;
    const MAX_MS = 2_000;
    const inTime = (work: () => void): void => {
      const startMs = performance.now();
      work();
      expect(performance.now() - startMs).toBeLessThan(MAX_MS);
    };
    const [even, odd] = [new DeleteRanges(), new DeleteRanges()];
    inTime(() => {
      for (let index = 0; index < count; index += 1) even.add(1, 3 * index, 1);
    });
    for (let index = 0; index < count; index += 1) odd.add(1, 3 * index + 1, 1);
    inTime(() => expect(odd.missingFrom(even).isEmpty).toBe(false));
    inTime(() => even.merge(odd));
    inTime(() => {
      const one = rangesOf([{ client: 1, clock: 300, length: 2 }]);
      for (let index = 0; index < 10_000; index += 1) expect(one.missingFrom(even).isEmpty).toBe(true);
    });
    expect(even.contains(1, 2_999_997, 2)).toBe(true);
  });
});

function highestOf(all: readonly Deletion[]): Map<number, number> {
  const ends = new Map<number, number>();
  for (const { client, clock, length } of all) ends.set(client, Math.max(ends.get(client) ?? 0, clock + length));
  return ends;
}
