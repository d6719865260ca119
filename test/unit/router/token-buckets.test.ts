import { expect, test } from "vitest";
import { TokenBuckets } from "../../../src/router/token-buckets.ts";

const MINUTE_MS = 60_000;

test("[RT84] a minute's worth at once, then as fast as it fills", () => {
  const buckets = new TokenBuckets();
  const taken = (nowMs: number) => buckets.take("a", 60, nowMs) === 0;
  expect(Array.from({ length: 61 }, () => taken(0))).toEqual([...Array.from({ length: 60 }, () => true), false]);
  expect([taken(999), taken(1_000), taken(1_000)]).toEqual([false, true, false]);
  expect(Array.from({ length: 61 }, () => taken(10 * MINUTE_MS)).filter(Boolean)).toHaveLength(60);
});

test("[RT84] a refusal says how long to wait, and costs nothing", () => {
  const buckets = new TokenBuckets();
  expect(buckets.take("a", 2, 0)).toBe(0);
  expect(buckets.take("a", 2, 0)).toBe(0);
  expect(buckets.take("a", 2, 0)).toBe(30_000);
  expect(buckets.take("a", 2, 12_000)).toBe(18_000);
  expect(buckets.take("a", 2, 30_000)).toBe(0);
});

test("[RT92] a shorter burst is all that there is at once", () => {
  const buckets = new TokenBuckets({ burstSeconds: 1 });
  const taken = (nowMs: number) =>
    Array.from({ length: 9 }, () => buckets.take("", 300, nowMs)).filter((ms) => ms === 0);
  expect([taken(0).length, taken(400).length, taken(MINUTE_MS).length]).toEqual([5, 2, 5]);
});

test("[RT84] keys do not share", () => {
  const buckets = new TokenBuckets();
  expect([buckets.take("a", 1, 0), buckets.take("b", 1, 0)]).toEqual([0, 0]);
  expect(buckets.take("a", 1, 0)).toBe(MINUTE_MS);
});

test("[RT84] a clock that goes back takes nothing away, and a lower limit holds at once", () => {
  const buckets = new TokenBuckets();
  expect(buckets.take("a", 10, 1_000)).toBe(0);
  expect(buckets.take("a", 10, 0)).toBe(0);
  expect([buckets.take("a", 1, 1_000), buckets.take("a", 1, 1_000)]).toEqual([0, MINUTE_MS]);
});

test("[RT84] of ten thousand keys the one that was not used for longest goes first", () => {
  const buckets = new TokenBuckets();
  buckets.take("first", 1, 0);
  buckets.take("second", 1, 0);
  for (let index = 0; index < 9_998; index += 1) buckets.take(`key ${index}`, 1, 0);
  expect(buckets.take("first", 1, 0)).toBeGreaterThan(0);
  for (let index = 0; index < 2; index += 1) buckets.take(`more ${index}`, 1, 0);
  expect(buckets.size).toBe(10_000);
  expect(buckets.take("first", 1, 0)).toBeGreaterThan(0);
  expect(buckets.take("second", 1, 0)).toBe(0);
});
