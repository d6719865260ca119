import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ARENA,
  type Body,
  CHASER_SPEED,
  DASHING_STEPS,
  DASH_SPEED,
  DASH_STEPS,
  FULL,
  PILLARS,
  type Push,
  RADIUS,
  SPEED,
  startPlace,
  step,
  touch,
} from "../../../src/games/arena-step.ts";

const standing = (more: Partial<Body> = {}): Body => ({ x: 2_000, y: 2_000, dash: 0, frozen: 0, isIt: false, ...more });
const RIGHT: Push = { x: FULL, y: 0, dash: false };
const NOWHERE: Push = { x: 0, y: 0, dash: false };

const anything = fc.record({
  x: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity)),
  y: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity)),
  dash: fc.boolean(),
});

/** A pixel of rounding is no wall. */
const SLACK = 2;

describe("a step of the arena", () => {
  it("[GB2] the same pushes lead to the same place, whole numbers inside the floor and outside the pillars, whatever is pushed", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.boolean(), fc.array(anything, { maxLength: 80 }), (index, isIt, pushes) => {
        const [one, other] = [standing({ ...startPlace(index), isIt }), standing({ ...startPlace(index), isIt })];
        for (const push of pushes) {
          const before = { ...one };
          step(one, push);
          step(other, push);
          expect(Number.isInteger(one.x) && Number.isInteger(one.y)).toBe(true);
          expect(one.x).toBeGreaterThanOrEqual(RADIUS);
          expect(one.x).toBeLessThanOrEqual(ARENA.width - RADIUS);
          expect(one.y).toBeGreaterThanOrEqual(RADIUS);
          expect(one.y).toBeLessThanOrEqual(ARENA.height - RADIUS);
          for (const { x, y, radius } of PILLARS) {
            expect(Math.hypot(one.x - x, one.y - y)).toBeGreaterThan(radius + RADIUS - SLACK);
          }
          // Out of a pillar it may be put aside by as much again.
          expect(Math.hypot(one.x - before.x, one.y - before.y)).toBeLessThanOrEqual(2 * DASH_SPEED);
        }
        expect(one).toEqual(other);
      }),
    );
  });

  it("[GB2] nobody is faster than their speed: straight, diagonally, beyond the stick's end, chasing and dashing", () => {
    const reach = (push: Push, more: Partial<Body> = {}) => {
      const body = standing({ x: 9_000, y: 2_000, ...more });
      step(body, push);
      return Math.hypot(body.x - 9_000, body.y - 2_000);
    };
    expect(reach(RIGHT)).toBe(SPEED);
    expect(reach({ x: 0, y: -9_999, dash: false })).toBe(SPEED);
    expect(Math.abs(reach({ x: FULL, y: FULL, dash: false }) - SPEED)).toBeLessThan(1);
    expect(Math.abs(reach({ x: 64, y: 0, dash: false }) - SPEED / 2)).toBeLessThan(2);
    expect(reach(RIGHT, { isIt: true })).toBe(CHASER_SPEED);
    expect(reach({ ...RIGHT, dash: true })).toBe(DASH_SPEED);
    expect(reach(NOWHERE)).toBe(0);
  });

  it("[GB2] a dash lasts its steps, and the next waits for its pause however long the button is held", () => {
    const body = standing();
    const speeds: number[] = [];
    for (let index = 0; index < 2 * DASH_STEPS; index += 1) {
      body.x = 2_000;
      step(body, { ...RIGHT, dash: true });
      speeds.push(body.x - 2_000);
    }
    const starts = speeds.flatMap((speed, index) =>
      speed === DASH_SPEED && speeds[index - 1] !== speed ? [index] : [],
    );
    expect(speeds.filter((speed) => speed === DASH_SPEED).length).toBe(2 * DASHING_STEPS);
    expect(starts).toEqual([0, DASH_STEPS + 1]);
  });

  it("[GB2] who is frozen stands for as many steps", () => {
    const body = standing({ frozen: 3 });
    for (let index = 0; index < 3; index += 1) step(body, RIGHT);
    expect(body).toEqual(standing());
    step(body, RIGHT);
    expect(body.x).toBe(2_000 + SPEED);
  });

  it("[GB2] a tag takes a touch", () => {
    expect(touch({ x: 0, y: 0 }, { x: 2 * RADIUS, y: 0 })).toBe(true);
    expect(touch({ x: 0, y: 0 }, { x: 2 * RADIUS, y: 1 })).toBe(false);
  });

  it("[GB2] a hundred start apart", () => {
    const places = Array.from({ length: 100 }, (_, index) => startPlace(index));
    const pairs = places.flatMap((place, index) => places.slice(index + 1).map((other) => touch(place, other)));
    expect(pairs.filter(Boolean).length).toBeLessThan(25);
  });
});
