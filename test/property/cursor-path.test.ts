import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CursorPath } from "../../client/presence/cursor-path.ts";

const part = fc.double({ min: 0, max: 1, noNaN: true });
/** Gaps between what is heard: a steady pace that wavers, with rests. */
const gaps = fc.array(
  fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 400 }) }, fc.integer({ min: 0, max: 3_000 })),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const moves = gaps.chain((all) =>
  fc.tuple(...all.map((gapMs) => fc.record({ gapMs: fc.constant(gapMs), x: part, y: part }))),
);

/** Walks a path and looks at it every few ms; `see` gets what is drawn, and what was heard since the last snap. */
function walk(
  steps: readonly { readonly gapMs: number; readonly x: number; readonly y: number }[],
  see: (seen: {
    readonly at: { readonly x: number; readonly y: number };
    readonly nowMs: number;
    readonly heard: readonly { readonly x: number; readonly y: number; readonly atMs: number }[];
  }) => void,
): CursorPath {
  const path = new CursorPath();
  let heard: { x: number; y: number; atMs: number }[] = [];
  let nowMs = 0;
  for (const { gapMs, x, y } of steps) {
    const untilMs = nowMs + gapMs;
    for (; nowMs < untilMs; nowMs = Math.min(untilMs, nowMs + 16)) {
      if (heard.length > 0) see({ at: path.at(nowMs), nowMs, heard });
    }
    if (gapMs >= 1_000) heard = [];
    path.push(x, y, nowMs);
    heard.push({ x, y, atMs: nowMs });
    see({ at: path.at(nowMs), nowMs, heard });
  }
  return path;
}

const between = (value: number, all: readonly number[]) =>
  value >= Math.min(...all) - 1e-9 && value <= Math.max(...all) + 1e-9;

describe("a cursor between what is heard of it", () => {
  test("[CP18] is never anywhere outside of where it was", () => {
    fc.assert(
      fc.property(moves, (steps) => {
        walk(steps, ({ at, heard }) => {
          expect(
            between(
              at.x,
              heard.map(({ x }) => x),
            ),
          ).toBe(true);
          expect(
            between(
              at.y,
              heard.map(({ y }) => y),
            ),
          ).toBe(true);
        });
      }),
    );
  });

  test("[CP18] is where it was heard last after a second at most, exactly, and rests there", () => {
    fc.assert(
      fc.property(moves, (steps) => {
        let endMs = 0;
        const path = walk(steps, ({ nowMs }) => {
          endMs = nowMs;
        });
        const { x, y } = steps.at(-1) ?? { x: 0, y: 0 };
        expect(path.at(endMs + 1_000)).toEqual({ x, y });
        expect(path.isAtRest(endMs + 1_000)).toBe(true);
        expect(path.at(endMs + 60_000)).toEqual({ x, y });
      }),
    );
  });

  test.each([50, 100, 200, 500])(
    "[CP18] at a pace of %i ms lags by one interval, and moves all the time",
    (intervalMs) => {
      const path = new CursorPath();
      const speed = 1 / 10_000;
      let nowMs = 0;
      for (let step = 0; step < 40; step += 1, nowMs += intervalMs) path.push(nowMs * speed, 0, nowMs);
      let before = -1;
      for (let step = 0; step < 20; step += 1, nowMs += intervalMs) {
        path.push(nowMs * speed, 0, nowMs);
        for (let ms = 0; ms < intervalMs; ms += 10) {
          const { x } = path.at(nowMs + ms);
          const lagMs = nowMs + ms - x / speed;
          expect(lagMs).toBeGreaterThan(0);
          expect(lagMs).toBeLessThanOrEqual(intervalMs * 1.05 + 1);
          expect(x).toBeGreaterThanOrEqual(before);
          before = x;
        }
      }
    },
  );

  test("[CP18] after a rest it starts at once, after a long one it jumps, and time that goes back hurts nothing", () => {
    const path = new CursorPath();
    path.push(0, 0, 1_000);
    path.push(0.5, 0, 1_050);
    // A rest of 900 ms is not the pace.
    path.push(1, 0, 1_950);
    expect(path.at(2_050).x).toBe(1);
    path.push(0, 1, 3_000);
    expect(path.at(3_000)).toEqual({ x: 0, y: 1 });
    path.push(1, 1, 3_050);
    expect(path.at(2_000)).toEqual({ x: 0, y: 1 });
    expect(path.at(Infinity)).toEqual({ x: 1, y: 1 });
  });
});
