import fc from "fast-check";
import * as encoding from "lib0/encoding";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { ByteReader } from "../../src/core/document/byte-reader.ts";
import { MAX_NESTING } from "../../src/core/document/json-text.ts";
import { type Content, one, raw } from "./update-bytes.ts";
import { propertyOptions, verdictOf } from "./update-replay.ts";

const verdict = (content: Content): unknown => verdictOf(one(content));

describe("text", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** UTF-16 length, or undefined where the platform refuses. */
  const lengthIn = (bytes: Uint8Array): number | undefined => {
    try {
      return decoder.decode(bytes).length;
    } catch {
      return undefined;
    }
  };
  const ownLength = (bytes: Uint8Array): number | undefined => {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint8Array(encoder, bytes);
    // Continuation bytes behind it must not be taken for its own.
    encoding.writeUint8Array(encoder, new Uint8Array(4).fill(0x80));
    const reader = new ByteReader(encoding.toUint8Array(encoder));
    try {
      return reader.text();
    } catch {
      return undefined;
    }
  };

  it("[UR14] text is measured and refused as by a fatal TextDecoder that keeps byte order marks", () => {
    const sequences = fc.constantFrom(
      ...["a", "é", "文", "😀", "\uFEFF", "\u0000", "\uFFFD"].map((text) => [...new TextEncoder().encode(text)]),
      ...[
        [0xc0, 0x80],
        [0xc1, 0xbf],
        [0xe0, 0x80, 0x80],
        [0xe0, 0x9f, 0xbf],
        [0xed, 0xa0, 0x80],
        [0xed, 0xbf, 0xbf],
      ],
      ...[
        [0xf0, 0x80, 0x80, 0x80],
        [0xf0, 0x8f, 0xbf, 0xbf],
        [0xf4, 0x90, 0x80, 0x80],
        [0xf4, 0x8f, 0xbf, 0xbf],
        [0xf5, 0x80, 0x80, 0x80],
      ],
      ...[
        [0xed, 0x9f, 0xbf],
        [0xee, 0x80, 0x80],
        [0x80],
        [0xbf],
        [0xc2],
        [0xe1, 0x80],
        [0xf1, 0x80, 0x80],
        [0xfe],
        [0xff],
      ],
    );
    const text = fc.oneof(
      fc.array(sequences, { maxLength: 6 }).map((parts) => Uint8Array.from(parts.flat())),
      fc.uint8Array({ maxLength: 8 }),
    );
    const check = (bytes: Uint8Array): void => {
      expect(ownLength(bytes)).toBe(lengthIn(bytes));
    };
    fc.assert(fc.property(text, check), propertyOptions("UR14", { short: 5_000, long: 200_000 }));
  });

  it("[UR14] every two bytes, and every lead with every second byte, are judged as by the TextDecoder", () => {
    for (let first = 0; first < 256; first += 1) {
      for (let second = 0; second < 256; second += 1) {
        for (const rest of [[], [0x80, 0xbf]]) {
          const bytes = Uint8Array.of(first, second, ...rest);
          if (ownLength(bytes) !== lengthIn(bytes)) expect.fail(`differs for ${bytes.join()}`);
        }
      }
    }
  });
});

describe("embedded values", () => {
  const accepts = (json: string): boolean => verdict({ kind: "embed", json }) === "complete";
  const parses = (json: string): boolean => {
    try {
      JSON.parse(json);
      return true;
    } catch {
      return false;
    }
  };

  it("[UR15] JSON is accepted as by JSON.parse", () => {
    const pieces = fc.constantFrom(
      ...[
        '{"a":[1,-0.5e+3]}',
        '"\\u00e9\\n"',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "\\",
        "a",
        "0",
        "01",
        "1",
        "-",
        "+",
        ".",
        "e",
        "E",
      ],
      ...[
        "true",
        "false",
        "null",
        "nul",
        "undefined",
        " ",
        "\t",
        "\r\n",
        "\f",
        "\u00a0",
        "\uFEFF",
        "\u0001",
        "\\u12G4",
        "NaN",
        "Infinity",
        "é",
      ],
    );
    const broken = fc
      .tuple(fc.json(), fc.nat(), pieces)
      .map(([json, at, piece]) => json.slice(0, at % json.length) + piece + json.slice(at % json.length));
    const cut = fc.tuple(fc.json(), fc.nat()).map(([json, at]) => json.slice(0, at % json.length));
    const texts = fc.oneof(
      fc.json(),
      broken,
      cut,
      fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join("")),
    );
    const check = (json: string): void => {
      const wellFormed = json.toWellFormed();
      expect([wellFormed, accepts(wellFormed)]).toEqual([wellFormed, parses(wellFormed)]);
    };
    fc.assert(fc.property(texts, check), propertyOptions("UR15", { short: 5_000, long: 200_000 }));
  });

  it("[UR15] the bare word undefined stands in array content only", () => {
    expect(verdict({ kind: "json", texts: ["undefined", "1"] })).toBe("complete");
    expect(verdict({ kind: "json", texts: ["undefined "] })).toBe("JSON is malformed");
    expect(verdict({ kind: "embed", json: "undefined" })).toBe("JSON is malformed");
    expect(verdict({ kind: "format", key: "b", json: "undefined" })).toBe("JSON is malformed");
  });

  it("[UR15] JSON nests as deep as the limit and no deeper", () => {
    const nested = (open: string, close: string, depth: number): string =>
      open.repeat(depth) + "1" + close.repeat(depth);
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      expect(accepts(nested(open, close, MAX_NESTING))).toBe(true);
      for (const depth of [MAX_NESTING + 1, 1_000_000]) {
        expect(verdict({ kind: "format", key: "b", json: nested(open, close, depth) })).toBe(
          "a value is nested too deep",
        );
      }
    }
  });

  it("[UR16] values of every kind are accepted, as deep as the limit", () => {
    const values = fc.anything({
      withBigInt: true,
      withTypedArray: false,
      withDate: false,
      withNullPrototype: false,
      maxDepth: 4,
    });
    const check = (value: unknown): void => {
      if (!namesPrototype(value)) expect(verdict({ kind: "any", values: [value, Uint8Array.of(1)] })).toBe("complete");
    };
    fc.assert(fc.property(values, check), propertyOptions("UR16", { short: 2_000, long: 50_000 }));
    const nested = (tag: readonly number[], depth: number): Uint8Array =>
      raw(8, [1, ...Array.from({ length: depth }, () => tag).flat(), 126]);
    for (const tag of [
      [117, 1],
      [118, 1, 1, 0x61],
    ]) {
      expect(verdictOf(nested(tag, MAX_NESTING))).toBe("complete");
      for (const depth of [MAX_NESTING + 1, 100_000])
        expect(verdictOf(nested(tag, depth))).toBe("a value is nested too deep");
    }
  });

  it("[UR16] an object that names its prototype is refused: Yjs could apply it and never write it again", () => {
    const hostile = raw(8, [1, 118, 1, 9, ...new TextEncoder().encode("__proto__"), 116, 1, 7]);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, hostile);
    expect(() => Y.encodeStateAsUpdate(doc)).toThrow(TypeError);
    expect(verdictOf(hostile)).toBe("an object names its prototype");
    expect(verdict({ kind: "embed", json: '{"__proto__":{"a":1}}' })).toBe("complete");
  });

  it("[UR17] subdocument options are an object without a guid or a filter of its own", () => {
    const options = (value: unknown): unknown => verdict({ kind: "subdocument", guid: "sub", options: value });
    expect(options({})).toBe("complete");
    expect(options({ gc: false, autoLoad: true, meta: { guid: 1, gcFilter: 2 }, collectionId: "c" })).toBe("complete");
    for (const value of [null, undefined, [], "x", 1, Uint8Array.of(1)]) {
      expect(options(value)).toBe("subdocument options are not an object");
    }
    for (const value of [{ guid: "other" }, { gc: true, gcFilter: 1 }])
      expect(options(value)).toBe("subdocument options name a reserved key");
  });

  it("[UR17] a guid that cannot be written would break the document for good", () => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, one({ kind: "subdocument", guid: "sub", options: { guid: { toString: 1 } } }));
    expect(() => Y.encodeStateAsUpdate(doc)).toThrow(TypeError);
  });
});

/** Not by JSON, which leaves out keys without a value. */
function namesPrototype(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).includes("__proto__") || Object.values(value).some(namesPrototype);
}
