import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { MAX_TYPE_NESTING } from "../../src/core/document/nesting-depths.ts";
import { type Block, type Struct, put, string, updateBytes } from "./update-bytes.ts";
import { applyComplete, propertyOptions, readComplete, verdictOf } from "./update-replay.ts";

describe("dependencies inside an update", () => {
  /** Clients take turns: each one's structs stand behind one of the other. */
  const interleaved = (clients: readonly number[], turns: number): Block[] =>
    clients.map((client, place) => ({
      client,
      clock: 0,
      structs: Array.from({ length: turns }, (_, turn) => {
        const before =
          place === 0
            ? { client: clients.at(-1) ?? 0, clock: turn - 1 }
            : { client: clients[place - 1] ?? 0, clock: turn };
        return string("x", before.clock < 0 ? {} : { origin: before });
      }),
    }));

  it("[UR10] structs that need each other in turns are complete in any order of clients", () => {
    const check = (clients: readonly number[]): void => {
      const bytes = updateBytes(interleaved(clients, 20));
      const doc = new Y.Doc();
      applyComplete(doc, bytes, readComplete(bytes));
      expect(doc.getText("t").length).toBe(20 * clients.length);
    };
    const clients = fc.uniqueArray(fc.nat({ max: 1000 }), { minLength: 2, maxLength: 6 });
    fc.assert(fc.property(clients, check), propertyOptions("UR10", { short: 50, long: 500 }));
  });

  it("[UR10] structs that need each other in a circle are refused", () => {
    const circle = [1, 2, 3].map((client) => ({
      client,
      clock: 0,
      structs: [string("a", { origin: { client: (client % 3) + 1, clock: 0 } })],
    }));
    expect(verdictOf(updateBytes(circle))).toBe("structs depend on each other in a circle");
    const later = [
      { client: 1, clock: 0, structs: [string("a", { rightOrigin: { client: 2, clock: 1 } }), string("b")] },
      { client: 2, clock: 0, structs: [string("a", { origin: { client: 1, clock: 1 } }), string("b")] },
    ];
    expect(verdictOf(updateBytes(later))).toBe("structs depend on each other in a circle");
  });

  it("[UR2] an origin, right origin, parent or deletion outside is the missing struct of the gap", () => {
    const outside = { client: 9, clock: 4 };
    for (const dependency of [{ origin: outside }, { rightOrigin: outside }, { parent: outside }]) {
      const one = { client: 1, clock: 0, structs: [string("a", dependency)] };
      expect(verdictOf(updateBytes([one]))).toEqual(outside);
      expect(verdictOf(updateBytes([one, { client: 2, clock: 0, structs: [string("b")] }]))).toEqual(outside);
      expect(verdictOf(updateBytes([one]), new ClockTable([[9, 5]]))).toBe("complete");
      expect(verdictOf(updateBytes([one, { client: 9, clock: 0, structs: [string("abcde")] }]))).toBe("complete");
    }
    const deletion = updateBytes(
      [{ client: 1, clock: 0, structs: [string("abc")] }],
      [{ client: 1, clock: 1, length: 3 }],
    );
    expect(verdictOf(deletion)).toEqual({ client: 1, clock: 3 });
    expect(verdictOf(deletion, new ClockTable([[1, 4]]))).toBe("complete");
  });

  it("[UR12] a client's structs that begin above its clock are a gap", () => {
    const bytes = updateBytes([{ client: 7, clock: 5, structs: [string("a")] }]);
    expect(verdictOf(bytes, new ClockTable([[7, 4]]))).toEqual({ client: 7, clock: 4 });
    expect(verdictOf(bytes, new ClockTable([[7, 5]]))).toBe("complete");
  });

  it("[UR11] a Skip is a gap unless its range is known", () => {
    const bytes = updateBytes([
      { client: 7, clock: 0, structs: [string("ab"), put({ kind: "skip", length: 2 }), string("c")] },
    ]);
    expect(verdictOf(bytes)).toEqual({ client: 7, clock: 3 });
    expect(verdictOf(bytes, new ClockTable([[7, 3]]))).toEqual({ client: 7, clock: 3 });
    expect(verdictOf(bytes, new ClockTable([[7, 4]]))).toBe("complete");
  });

  it("[UR8] a client named twice is refused, even without structs", () => {
    const block = { client: 7, clock: 0, structs: [string("a")] };
    expect(verdictOf(updateBytes([block, { client: 8, clock: 0, structs: [string("a")] }, block]))).toBe(
      "a client is named twice",
    );
    expect(verdictOf(updateBytes([block, { client: 7, clock: 1, structs: [] }]))).toBe("a client is named twice");
    expect(verdictOf(updateBytes([{ client: 7, clock: 9, structs: [] }]))).toBe("complete");
  });

  it("[UR9] a struct that depends on its own client at or above itself is refused", () => {
    for (const clock of [1, 2, 50]) {
      for (const name of ["origin", "rightOrigin", "parent"] as const) {
        const structure = [string("a"), string("b", { [name]: { client: 7, clock } })];
        const bytes = updateBytes([{ client: 7, clock: 0, structs: structure }]);
        expect(verdictOf(bytes, new ClockTable([[7, 99]]))).toBe("a struct depends on itself or on what follows it");
      }
    }
  });
});

describe("types inside types", () => {
  const array = { kind: "type", type: 0 } as const;
  /** A chain of arrays, by one client or two in turns. */
  const chain = (depth: number, clients: readonly number[]): Uint8Array => {
    const blocks = clients.map((client) => ({ client, clock: 0, structs: new Array<Struct>() }));
    for (let level = 0; level < depth; level += 1) {
      const of = (index: number) => ({
        client: clients[index % clients.length] ?? 0,
        clock: Math.floor(index / clients.length) * 2,
      });
      const own = blocks[level % clients.length];
      // Every second struct stands beside the type, so that depth is also inherited from a neighbour.
      own?.structs.push(put(array, level === 0 ? {} : { parent: of(level - 1) }), string("s", { origin: of(level) }));
    }
    return updateBytes(blocks);
  };

  it("[UR18] types nest as deep as the limit inside one update, and no deeper", () => {
    for (const clients of [[5], [5, 6], [6, 5]]) {
      const deepest = chain(MAX_TYPE_NESTING + 1, clients);
      const doc = new Y.Doc();
      applyComplete(doc, deepest, readComplete(deepest));
      doc.getArray("t").delete(0, 1);
      expect(verdictOf(chain(MAX_TYPE_NESTING + 2, clients))).toBe("types are nested too deep");
    }
  });

  it("[UR18] the neighbour of a deep struct is as deep", () => {
    const structure: Struct[] = [put(array)];
    for (let level = 1; level <= MAX_TYPE_NESTING + 1; level += 1) {
      const parent = { client: 5, clock: 2 * level - 2 };
      structure.push(string("s", { parent }), put(array, { origin: { client: 5, clock: 2 * level - 1 } }));
    }
    expect(verdictOf(updateBytes([{ client: 5, clock: 0, structs: structure }]))).toBe("types are nested too deep");
    expect(verdictOf(updateBytes([{ client: 5, clock: 0, structs: structure.slice(0, -2) }]))).toBe("complete");
  });

  it("[UR18] many types beside each other are no nesting", () => {
    const flat = Array.from({ length: 4 * MAX_TYPE_NESTING }, (_, clock) =>
      put(array, clock === 0 ? {} : { origin: { client: 5, clock: clock - 1 } }),
    );
    expect(verdictOf(updateBytes([{ client: 5, clock: 0, structs: flat }]))).toBe("complete");
  });
});
