import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { complaints, judge, remarks } from "../../bench/judge.ts";
import type { Goal } from "../../bench/scenario.ts";
import type { TargetName } from "../../bench/target.ts";
import { pairs, roundsOf } from "./made-up.ts";

const TARGETS = ["raw relay", "Roost"] as const;
const TWICE: Goal = { figure: "perSecond", against: "raw relay", atLeast: 2 };

const outcome = (goal: Goal, values: Parameters<typeof pairs>[0]) => judge(goal, TARGETS, pairs(values)).outcome;

describe("goals", () => {
  it("[BN4] a goal is judged by the median of its rounds' ratios, the bound itself kept", () => {
    expect(
      judge(
        TWICE,
        TARGETS,
        pairs([
          [10, 20],
          [10, 50],
          [10, 5],
        ]),
      ),
    ).toEqual({
      goal: TWICE,
      outcome: "kept",
      spread: { median: 2, low: 0.5, high: 5 },
    });
    expect(outcome(TWICE, [[10, 19.99]])).toBe("broken");
    const atMost: Goal = { figure: "perSecond", against: "raw relay", atMost: 2 };
    expect([outcome(atMost, [[10, 20]]), outcome(atMost, [[10, 20.01]])]).toEqual(["kept", "broken"]);
    const between: Goal = { figure: "perSecond", atLeast: 1, atMost: 3 };
    expect([0.9, 1, 3, 3.1].map((value) => outcome(between, [[1, value]]))).toEqual([
      "broken",
      "kept",
      "kept",
      "broken",
    ]);
  });

  it("[BN4] what must never happen is judged by its worst round: the lowest for at least, the highest for at most", () => {
    const almost = [[1, 1] as const, [1, 1] as const, [1, 0.99] as const];
    const all: Goal = { figure: "perSecond", atLeast: 1 };
    expect([outcome(all, almost), outcome({ ...all, worst: true }, almost)]).toEqual(["kept", "broken"]);
    const lost = [[1, 0] as const, [1, 0] as const, [1, 1] as const];
    const none: Goal = { figure: "perSecond", atMost: 0 };
    expect([outcome(none, lost), outcome({ ...none, worst: true }, lost)]).toEqual(["kept", "broken"]);
    for (const values of [lost.slice(0, 2), lost.slice(0, 1)]) {
      expect(outcome({ ...none, worst: true }, values)).toBe("kept");
    }
    expect(
      outcome({ ...all, worst: true }, [
        [1, 5],
        [1, 1],
      ]),
    ).toBe("kept");
    expect(
      outcome({ ...TWICE, worst: true }, [
        [10, 50],
        [10, 19],
      ]),
    ).toBe("broken");
  });

  it("[BN4] the other side may have another name, and the subject may be another server", () => {
    const goal: Goal = {
      figure: "firstMs",
      of: "Hocuspocus",
      against: "y-partyserver",
      againstFigure: "warmMs",
      atMost: 1,
    };
    const measured = roundsOf([{ Hocuspocus: { firstMs: 3 }, "y-partyserver": { warmMs: 6, firstMs: 1 } }]);
    const verdict = judge(goal, ["Hocuspocus", "y-partyserver"], measured);
    expect(verdict).toEqual({ goal, outcome: "kept", spread: { median: 0.5, low: 0.5, high: 0.5 } });
  });

  it("[BN5] what cannot be told is never kept", () => {
    const strange = fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined);
    const figures = (value: number | undefined): Record<string, number> =>
      value === undefined ? {} : { perSecond: value };
    fc.assert(
      fc.property(strange, fc.nat({ max: 4 }), (value, at) => {
        const measured = roundsOf(
          Array.from({ length: 5 }, (_, index) => ({
            "raw relay": figures(index === at ? value : 1),
            Roost: { perSecond: 100 },
          })),
        );
        expect(judge(TWICE, TARGETS, measured).outcome).toBe("unknown");
      }),
    );
    expect(judge({ figure: "perSecond" }, TARGETS, pairs([[1, 1]]))).toMatchObject({
      outcome: "unknown",
      problem: "the goal has no bound",
    });
    expect(judge(TWICE, TARGETS, [])).toMatchObject({ outcome: "unknown", problem: "nothing was measured" });
    expect(outcome({ ...TWICE, atLeast: Number.NaN }, [[1, 5]])).toBe("broken");
  });

  it("[BN5] a server that was left out on purpose is told apart from one that gave no figure", () => {
    const verdict = judge({ ...TWICE, against: "Hocuspocus" }, TARGETS, pairs([[1, 5]]));
    expect(verdict).toMatchObject({ outcome: "left out", missing: "Hocuspocus" });
  });
});

describe("a run", () => {
  const kept = pairs([[1, 3]]);
  const judged = (measurements: typeof kept, goals: readonly Goal[] = [TWICE]) => [
    { id: "made-up", measurements, verdicts: goals.map((goal) => judge(goal, TARGETS, measurements)) },
  ];

  it("[BN6] is good under --check when every goal that was judged is kept", () => {
    expect(complaints(judged(kept), true)).toEqual([]);
    expect(complaints(judged(kept, [TWICE, { ...TWICE, against: "Hocuspocus" }]), true)).toEqual([]);
  });

  it("[BN6] is bad under --check when a goal is broken or cannot be told, and says which scenario", () => {
    expect(complaints(judged(pairs([[1, 1]])), true)).toEqual(["made-up: 1 of 1 goals not kept"]);
    expect(complaints(judged(pairs([[0, 1]])), true)).toEqual(["made-up: 1 of 1 goals not kept"]);
    expect(complaints(judged(pairs([[1, 1]])), false)).toEqual([]);
  });

  it("[BN6] is bad when nothing was measured, and under --check when nothing was judged", () => {
    expect(complaints([], true)).toEqual(["nothing was measured"]);
    expect(complaints(judged([]), false)).toEqual(["nothing was measured"]);
    const failed = [{ round: 1, target: "y-partyserver", error: "deaf" }] as const;
    expect(complaints(judged(failed, []), false)).toEqual(["nothing was measured"]);
    expect(complaints(judged(kept, []), true)).toEqual(["made-up: no goal was judged"]);
    expect(complaints(judged(kept, [{ ...TWICE, against: "Hocuspocus" }]), true)).toEqual([
      "made-up: no goal was judged",
    ]);
  });

  it("[BN7] is bad when Roost failed or whom a goal names, with and without --check", () => {
    const lineOf = (target: TargetName) => `made-up, round 2: ${target} failed: deaf`;
    const named: readonly Goal[] = [TWICE, { ...TWICE, against: "Hocuspocus" }, { ...TWICE, of: "raw batching" }];
    for (const target of ["Roost", "raw relay", "Hocuspocus", "raw batching"] as const) {
      const failed = [...kept, { round: 2, target, error: "deaf" }];
      expect(complaints(judged(failed, named), false)).toEqual([lineOf(target)]);
      expect(complaints(judged(failed, named), true)).toContain(lineOf(target));
      expect(remarks(judged(failed, named))).toEqual([]);
    }
    expect(complaints(judged([...kept, { round: 2, target: "Roost", error: "deaf" }], []), false)).toHaveLength(1);
  });

  it("[BN7] is good when a server failed that no goal is about, and still names it", () => {
    const failed = [...kept, { round: 1, target: "y-partyserver", error: "deaf" }] as const;
    expect([complaints(judged(failed), false), complaints(judged(failed), true)]).toEqual([[], []]);
    expect(remarks(judged(failed))).toEqual(["made-up, round 1: y-partyserver failed: deaf"]);
  });
});
