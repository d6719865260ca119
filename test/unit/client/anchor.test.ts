import { describe, expect, test } from "vitest";
import { anchorHash, fromFraction, toFraction } from "../../../client/presence/anchor.ts";

describe("where somebody points", () => {
  test.each([
    ["", 0],
    // Known answers of FNV-1a, 32 bits.
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("[CP19] the anchor %o is %i", (name, hash) => {
    expect(anchorHash(name)).toBe(hash);
  });

  test.each([
    [0, 0],
    [1, 65_535],
    [0.5, 32_768],
    [-1, 0],
    [2, 65_535],
    [Number.NaN, 0],
  ])("[CP19] %d of an element is the fraction %i", (part, fraction) => {
    expect(toFraction(part)).toBe(fraction);
    if (part >= 0 && part <= 1) expect(fromFraction(fraction)).toBeCloseTo(part, 4);
  });
});
