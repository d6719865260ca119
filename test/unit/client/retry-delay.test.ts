import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryDelayMs } from "../../../client/retry-delay.ts";

/** 10,000 delays of clients that were cut at the same instant. */
function storm(failures: number, mustBackOff: boolean): number[] {
  let seed = 42;
  return Array.from({ length: 10_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return retryDelayMs({ failures, mustBackOff, random: seed / 2 ** 31 });
  });
}

function fullestTenth(delays: readonly number[], boundMs: number): number {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const delay of delays) {
    const tenth = Math.floor((delay / boundMs) * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  return Math.max(...tenths) / delays.length;
}

describe("retryDelayMs", () => {
  test.each([
    [0, 1_000],
    [1, 850],
    [2, 1_445],
    [4, 4_176],
    [6, 10_000],
    [60, 10_000],
  ])("[CL30] clients cut together after %i failures spread evenly over %i ms", (failures, boundMs) => {
    const delays = storm(failures, false);
    expect(Math.min(...delays)).toBeLessThan(boundMs * 0.01);
    expect(Math.max(...delays)).toBeGreaterThan(boundMs * 0.99);
    expect(Math.max(...delays)).toBeLessThanOrEqual(boundMs + 1);
    // No instant gets more than a little over its share: the herd is gone.
    expect(fullestTenth(delays, boundMs + 1)).toBeLessThan(0.12);
  });

  test("[CL31] a back-off waits at least 5 s and at most 30 s, whatever came before", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const delay = retryDelayMs({ failures, mustBackOff: true, random });
        expect(delay).toBeGreaterThanOrEqual(5_000);
        expect(delay).toBeLessThanOrEqual(30_000);
      }),
    );
    expect(Math.max(...storm(10, true))).toBeGreaterThan(29_000);
  });
});
