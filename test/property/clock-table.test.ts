import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { ClockTable, MAX_CLIENTS, MAX_CLOCK } from "../../src/core/document/clock-table.ts";
import { varUints } from "./update-bytes.ts";
import { updateHistory } from "./update-history.ts";
import { docOf, propertyOptions } from "./update-replay.ts";

const clients = fc.oneof(fc.nat({ max: 5 }), fc.nat(), fc.maxSafeNat());
const clocks = fc.integer({ min: 1, max: MAX_CLOCK });
const entries = fc.uniqueArray(fc.tuple(clients, clocks), { selector: ([client]) => client, maxLength: 20 });

function decoded(stateVector: Uint8Array): ClockTable {
  const table = ClockTable.decode(stateVector);
  if (!table.ok) throw new Error(table.error.reason);
  return table.value;
}

function reasonOf(...numbers: number[]): string | undefined {
  const table = ClockTable.decode(varUints(numbers));
  return table.ok ? undefined : table.error.reason;
}

describe("clock table", () => {
  it("[CT1] a state vector survives decoding and encoding byte for byte", () => {
    const check = (seed: number, pairs: readonly [number, number][]): void => {
      const stateVector = Y.encodeStateVector(docOf(...updateHistory(seed, 30)));
      expect(decoded(stateVector).encode()).toEqual(stateVector);
      const table = new ClockTable(pairs);
      expect(new Map(decoded(table.encode()))).toEqual(new Map(table));
      expect(Y.decodeStateVector(table.encode())).toEqual(new Map(pairs));
    };
    fc.assert(fc.property(fc.integer(), entries, check), propertyOptions("CT1", { short: 100, long: 1_000 }));
  });

  it("[CT2] damaged state vectors are refused, and none reads outside its bytes", () => {
    const check = (bytes: Uint8Array): void => {
      const table = ClockTable.decode(bytes);
      if (!table.ok) return;
      // Of a client named twice Yjs takes the last clock, not the highest: no genuine vector has one.
      const theirs = Y.decodeStateVector(bytes);
      if (theirs.size === bytes[0]) expect(new Map(table.value)).toEqual(withoutZeros(theirs));
    };
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.array(fc.nat({ max: 3 }), { maxLength: 7 }).map((all) => Uint8Array.from(all)),
    );
    fc.assert(fc.property(bytes, check), propertyOptions("CT2", { short: 3_000, long: 100_000 }));
    expect(reasonOf()).toBe("unexpected end");
    expect(reasonOf(2 ** 30)).toBe("a count is too large");
    expect(reasonOf(1, 5)).toBe("unexpected end");
    expect(reasonOf(1, 5, 6, 7)).toBe("bytes after the state vector");
    expect(reasonOf(1, 5, MAX_CLOCK + 1)).toBe("a clock is too large");
    const many = Array.from({ length: MAX_CLIENTS + 1 }, (_, client) => [client, 1]).flat();
    const table = ClockTable.decode(varUints([MAX_CLIENTS + 1].concat(many)));
    expect(table).toMatchObject({ ok: false, error: { tag: "malformed-bytes", reason: "too many clients" } });
  });

  it("[CT3] a clock never goes back, and an unknown client's is 0", () => {
    const check = (steps: readonly [number, number][]): void => {
      const table = new ClockTable();
      const highest = new Map<number, number>();
      for (const [client, end] of steps) {
        table.advance(client, end);
        highest.set(client, Math.max(end, highest.get(client) ?? 0));
      }
      expect(new Map(table)).toEqual(withoutZeros(highest));
      expect(table.size).toBe(withoutZeros(highest).size);
      expect(table.get(2 ** 50)).toBe(0);
    };
    const steps = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 9 })), { maxLength: 30 });
    fc.assert(fc.property(steps, check), propertyOptions("CT3", { short: 500, long: 5_000 }));
  });

  it("[CT4] a table covers another exactly when advancing by it changes nothing", () => {
    const check = (one: readonly [number, number][], other: readonly [number, number][]): void => {
      const table = new ClockTable(one);
      const joined = table.clone();
      for (const [client, clock] of other) joined.advance(client, clock);
      const isSame = Buffer.from(joined.encode()).equals(Buffer.from(table.encode()));
      expect(table.covers(new ClockTable(other))).toBe(isSame);
      expect(joined.covers(new ClockTable(other))).toBe(true);
    };
    const few = fc.uniqueArray(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 3 })), {
      selector: ([client]) => client,
    });
    fc.assert(fc.property(few, few, check), propertyOptions("CT4", { short: 500, long: 5_000 }));
  });

  it("[CT5] a clone goes its own way", () => {
    const table = new ClockTable([[1, 2]]);
    const clone = table.clone();
    clone.advance(1, 9);
    table.advance(3, 4);
    expect([[...table], [...clone]]).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 9]],
    ]);
  });
});

function withoutZeros(clocksByClient: Map<number, number>): Map<number, number> {
  return new Map([...clocksByClient].filter(([, clock]) => clock > 0));
}
