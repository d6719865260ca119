import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { readUpdate } from "../../src/core/document/update-reader.ts";
import { type Block, type Content, type Deletion, type Struct, put, string, updateBytes } from "./update-bytes.ts";
import { applyComplete, clocksOf, docOf, isPending, propertyOptions, readComplete } from "./update-replay.ts";

const CLIENTS = [1, 2, 300];

const ids = fc.record({ client: fc.constantFrom(...CLIENTS), clock: fc.nat({ max: 5 }) });
const contents: fc.Arbitrary<Content> = fc.oneof(
  fc.record({ kind: fc.constantFrom("gc" as const, "deleted" as const), length: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("string" as const), text: fc.constantFrom("a", "bc", "déf", "😀") }),
  fc.record({ kind: fc.constant("type" as const), type: fc.constantFrom(0, 1, 2, 4, 6) }),
  fc.record({ kind: fc.constant("format" as const), key: fc.constant("b"), json: fc.constantFrom("true", "null") }),
  fc.record({ kind: fc.constant("any" as const), values: fc.constantFrom([1], ["a", null, { b: 2 }]) }),
  fc.record({ kind: fc.constant("json" as const), texts: fc.constantFrom(["undefined"], ["1", "{}"]) }),
  fc.record({ kind: fc.constant("subdocument" as const), guid: fc.constant("s"), options: fc.constant({}) }),
);
/** Undefined once in `every` times. */
const orNot = <T>(arbitrary: fc.Arbitrary<T>, every: number): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: every - 1 });
const structs: fc.Arbitrary<Struct> = fc.record({
  content: contents,
  origin: orNot(ids, 2),
  rightOrigin: orNot(ids, 2),
  parent: fc.oneof({ arbitrary: fc.constantFrom("t", "u"), weight: 3 }, { arbitrary: ids, weight: 2 }),
  key: orNot(fc.constantFrom("k", "l"), 2),
});
type RandomUpdate = {
  /** `back`: how many known clocks the block repeats. */
  readonly blocks: readonly { readonly client: number; readonly back: number; readonly structs: readonly Struct[] }[];
  readonly deletions: readonly Deletion[];
};
const clients = fc.constantFrom(...CLIENTS);
const blocks = fc.record({
  client: clients,
  back: fc.nat({ max: 2 }),
  structs: fc.array(structs, { minLength: 1, maxLength: 4 }),
});
const deletions = fc.record({ client: clients, clock: fc.nat({ max: 6 }), length: fc.integer({ min: 1, max: 4 }) });
const updates: fc.Arbitrary<RandomUpdate> = fc.record({
  blocks: fc.uniqueArray(blocks, { selector: ({ client }) => client, maxLength: 3 }),
  deletions: fc.array(deletions, { maxLength: 2 }),
});

/** An editor knows its roots' types, a server does not; Yjs cleans up formats in text only. */
function newDoc(isEditor: boolean): Y.Doc {
  const doc = new Y.Doc();
  if (isEditor) {
    doc.getText("t");
    doc.getXmlFragment("u");
  }
  return doc;
}

describe("updates that no client makes", () => {
  it("[UR19] random structs on top of each other: what reads as complete applies, what does not would wait or throw", () => {
    const verdicts = { complete: 0, gap: 0, malformed: 0, overlapping: 0 };
    const check = (several: readonly RandomUpdate[], isEditor: boolean): void => {
      const doc = newDoc(isEditor);
      for (const { blocks: some, deletions: deleted } of several) {
        const known = clocksOf(doc);
        const placed = some.map(({ client, back, structs: content }): Block => {
          return { client, clock: Math.max(0, known.get(client) - back), structs: content };
        });
        const bytes = updateBytes(placed, deleted);
        const read = readUpdate(bytes, known);
        verdicts[read.ok ? read.value.kind : "malformed"] += 1;
        if (read.ok && read.value.kind === "complete") {
          if (read.value.overlaps) verdicts.overlapping += 1;
          applyComplete(doc, bytes, read.value);
          continue;
        }
        // Known structs that name what follows them, themselves or around a corner, are refused too. Yjs steps over those.
        const repeats = placed.some(({ client, clock }) => clock < known.get(client));
        const isCircle = !read.ok && read.error.reason === "structs depend on each other in a circle";
        const mustHarm = read.ok || (isCircle && !repeats);
        if (mustHarm) expect(isRefusedByYjs(Y.encodeStateAsUpdate(doc), bytes)).toBe(true);
      }
    };
    fc.assert(
      fc.property(fc.array(updates, { minLength: 1, maxLength: 8 }), fc.boolean(), check),
      propertyOptions("UR19 structs", { short: 3_000, long: 60_000 }),
    );
    console.log("UR19 structs", verdicts);
    for (const count of Object.values(verdicts)) expect(count).toBeGreaterThan(100);
  });

  it("[UR20] an item that overlaps garbage makes Yjs throw, and applies once trimmed", () => {
    const doc = docOf(updateBytes([{ client: 1, clock: 0, structs: [put({ kind: "gc", length: 3 })] }]));
    const hostile = updateBytes([{ client: 1, clock: 0, structs: [string("hello")] }]);
    const reading = readComplete(hostile, clocksOf(doc));
    expect(reading.overlaps).toBe(true);
    expect(() => Y.applyUpdate(docOf(Y.encodeStateAsUpdate(doc)), hostile)).toThrow(TypeError);
    applyComplete(doc, hostile, reading);
    expect(clocksOf(doc).get(1)).toBe(5);
  });
});

function isRefusedByYjs(before: Uint8Array, bytes: Uint8Array): boolean {
  const doc = docOf(before);
  try {
    Y.applyUpdate(doc, bytes);
  } catch {
    return true;
  }
  return isPending(doc);
}
