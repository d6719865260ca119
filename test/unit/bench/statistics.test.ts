import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { figurePerRound, median, ratioPerRound, spreadOf } from "../../bench/statistics.ts";
import { pairs, roundsOf } from "./made-up.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const RELAY = { target: "raw relay", figure: "perSecond" } as const;
const ROOST = { target: "Roost", figure: "perSecond" } as const;

describe("medians and ratios", () => {
  it("[BN4] a median has as many values on either side, lies between lowest and highest, and ignores the order", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 30 }), (values) => {
        const { median: middle, low, high } = spreadOf(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
        expect(low <= middle && middle <= high).toBe(true);
        expect(median(values.toReversed())).toBe(middle);
      }),
    );
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
  });

  it("[BN4] there is no median of nothing or of what is no number", () => {
    for (const values of [[], [1, Number.NaN], [Number.POSITIVE_INFINITY]]) {
      expect(() => median(values)).toThrow(RangeError);
    }
  });

  it("[BN4] a ratio is taken within its round: a machine slower in one round changes nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(positive, positive), { minLength: 1 }), positive, (values, slowness) => {
        const calm = ratioPerRound(pairs(values), ROOST, RELAY);
        const [first = [1, 1], ...rest] = values;
        const slowed = pairs([[first[0] / slowness, first[1] / slowness], ...rest]);
        const disturbed = ratioPerRound(slowed, ROOST, RELAY);
        if (!calm.ok || !disturbed.ok) throw new Error("no ratio");
        expect(calm.value).toEqual(values.map(([relay, roost]) => roost / relay));
        for (const [index, ratio] of disturbed.value.entries()) expect(ratio).toBeCloseTo(calm.value[index] ?? 0, 3);
      }),
    );
  });

  it("[BN4] rounds pair up however their measurements are ordered", () => {
    const shuffled = pairs([
      [10, 20],
      [10, 90],
    ]).toReversed();
    expect(ratioPerRound(shuffled, ROOST, RELAY)).toEqual({ ok: true, value: [2, 9] });
  });

  it("[BN5] a round without the figure, with a failure or with no number is a problem that names it", () => {
    const whole = { perSecond: 1 };
    const partnerless = roundsOf([{ Roost: whole, "raw relay": whole }, { "raw relay": whole }]);
    const otherFigure = roundsOf([{ Roost: { p50Ms: 1 } }]);
    const failed = [{ round: 1, target: "Roost", error: "deaf" }] as const;
    const typeOf = (measurements: Parameters<typeof figurePerRound>[0]) => {
      const values = figurePerRound(measurements, "Roost", "perSecond");
      return values.ok ? values.value : values.error;
    };
    expect(typeOf(partnerless)).toEqual({ type: "missing", round: 2, ...ROOST });
    expect(typeOf(otherFigure)).toEqual({ type: "missing", round: 1, ...ROOST });
    expect(typeOf(failed)).toEqual({ type: "failed", round: 1, ...ROOST });
    expect(typeOf(pairs([[1, Number.NaN]]))).toEqual({ type: "not-finite", value: Number.NaN, round: 1, ...ROOST });
    expect(typeOf([])).toEqual({ type: "nothing-measured" });
  });

  it("[BN5] nothing is divided by zero, or by less", () => {
    for (const divisor of [0, -0, -1]) {
      const values = ratioPerRound(pairs([[divisor, 5]]), ROOST, RELAY);
      expect(values).toEqual({ ok: false, error: { type: "not-a-divisor", value: divisor, round: 1, ...RELAY } });
    }
    expect(ratioPerRound(pairs([[5, 0]]), ROOST, RELAY)).toEqual({ ok: true, value: [0] });
    expect(ratioPerRound(pairs([[5e-324, 1e300]]), ROOST, RELAY).ok).toBe(false);
  });
});
