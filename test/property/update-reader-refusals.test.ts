import { describe, expect, it } from "vitest";
import { ClockTable, MAX_CLOCK } from "../../src/core/document/clock-table.ts";
import { readUpdate } from "../../src/core/document/update-reader.ts";
import { type Content, one, put, raw, string, updateBytes, varUints } from "./update-bytes.ts";
import { verdictOf } from "./update-replay.ts";

const verdict = (content: Content): unknown => verdictOf(one(content));

describe("counts and lengths", () => {
  it("[UR5] a few bytes that announce millions of structs are refused at once", () => {
    const huge = 2 ** 25;
    const bombs = [
      varUints([1, huge, 1, 0]),
      varUints([huge, 1, 1, 0]),
      varUints([0, huge, 1]),
      varUints([0, 1, 1, huge, 0]),
      ...[2, 3, 4, 8].map((ref) => raw(ref, [...varUints([huge])])),
      ...[116, 117, 118, 119].map((tag) => raw(8, [1, tag, ...varUints([huge])])),
    ];
    for (const bomb of bombs) expect(verdictOf(bomb)).toMatch(/^(a count is too large|a length points past the end)$/);
  });

  it("[UR5] nothing outside a view of a larger buffer is read", () => {
    const bytes = one({ kind: "string", text: "hello" });
    const buffer = new Uint8Array(100).fill(0x61);
    buffer.set(bytes, 40);
    expect(verdictOf(buffer.subarray(40, 40 + bytes.length))).toBe("complete");
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readUpdate(buffer.subarray(40, 40 + length), new ClockTable()).ok).toBe(false);
    }
  });

  it("[UR6] structs of no length and deletions of nothing are refused", () => {
    const empty: Content[] = [
      { kind: "gc", length: 0 },
      { kind: "skip", length: 0 },
      { kind: "deleted", length: 0 },
      { kind: "string", text: "" },
      { kind: "json", texts: [] },
      { kind: "any", values: [] },
    ];
    for (const content of empty) expect(verdict(content)).toBe("a struct of no length");
    expect(verdictOf(updateBytes([], [{ client: 1, clock: 0, length: 0 }]), new ClockTable([[1, 9]]))).toBe(
      "a deletion of nothing",
    );
  });

  it("[UR7] what Yjs has no reader for is refused", () => {
    for (let ref = 11; ref < 32; ref += 1) expect(verdictOf(raw(ref, [0, 0]))).toBe("unknown kind of struct");
    for (const type of [7, 9, 127]) expect(verdict({ kind: "type", type })).toBe("a kind of type is too large");
    for (let tag = 0; tag < 116; tag += 1) expect(verdictOf(raw(8, [1, tag]))).toBe("unknown kind of value");
    for (let tag = 128; tag < 256; tag += 1) expect(verdictOf(raw(8, [1, tag]))).toBe("unknown kind of value");
    const withParentKind = (kind: number): Uint8Array => Uint8Array.of(1, 1, 1, 0, 4, kind, 1, 0x74, 1, 0x61, 0);
    expect(verdictOf(withParentKind(1))).toBe("complete");
    for (const kind of [2, 3, 100]) expect(verdictOf(withParentKind(kind))).toBe("unknown kind of parent");
    for (const ref of [0, 10]) {
      for (const flag of [0x20, 0x40, 0x80]) {
        expect(verdictOf(Uint8Array.of(1, 1, 1, 0, ref | flag, 1, 0))).toBe("a struct without content has flags");
      }
    }
  });

  it("[UR13] clocks end at the limit", () => {
    const bytes = (clock: number, length: number): Uint8Array =>
      updateBytes([{ client: 1, clock, structs: [put({ kind: "gc", length })] }]);
    expect(verdictOf(bytes(0, MAX_CLOCK))).toBe("complete");
    expect(verdictOf(bytes(1, MAX_CLOCK), new ClockTable([[1, 1]]))).toBe("a clock is too large");
    expect(verdictOf(bytes(0, MAX_CLOCK + 1))).toBe("a length is too large");
    expect(verdictOf(bytes(MAX_CLOCK + 1, 1))).toBe("a clock is too large");
    const deletion = (clock: number): Uint8Array => updateBytes([], [{ client: 1, clock, length: 1 }]);
    expect(verdictOf(deletion(MAX_CLOCK - 1), new ClockTable([[1, MAX_CLOCK]]))).toBe("complete");
    expect(verdictOf(deletion(MAX_CLOCK), new ClockTable([[1, MAX_CLOCK]]))).toBe("a clock is too large");
  });

  it("[UR13] integers above 2^53-1 or longer than 8 bytes are refused", () => {
    const withClient = (...client: number[]): Uint8Array => Uint8Array.from([1, 1, ...client, 0, 0, 1, 0]);
    const read = (...client: number[]): unknown => verdictOf(withClient(...client));
    expect(read(...varUints([Number.MAX_SAFE_INTEGER]))).toBe("complete");
    expect(read(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10)).toBe("an integer is out of range");
    expect(read(...new Array<number>(8).fill(0x80), 0)).toBe("an integer is out of range");
    expect(read(...new Array<number>(200).fill(0x80), 1)).toBe("an integer is out of range");
    expect(verdictOf(raw(8, [1, 125, ...new Array<number>(8).fill(0xff), 1]))).toBe("an integer is out of range");
    for (const value of [0, -1, 63, -64, 2 ** 31 - 1, -(2 ** 31)])
      expect(verdict({ kind: "any", values: [value] })).toBe("complete");
  });

  it("[UR22] reading changes neither the clocks nor the bytes", () => {
    const known = new ClockTable([[1, 2]]);
    const bytes = updateBytes(
      [{ client: 1, clock: 0, structs: [string("abcd")] }],
      [{ client: 1, clock: 0, length: 1 }],
    );
    const before = bytes.slice();
    expect(verdictOf(bytes, known)).toBe("complete");
    expect(bytes).toEqual(before);
    expect([...known]).toEqual([[1, 2]]);
  });
});
