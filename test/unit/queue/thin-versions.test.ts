/**
 * Thinning of automatic versions: what is left, however often it runs.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Thinned, nextThinningMs, versionsToThin } from "../../../src/queue/thin-versions.ts";

const RUNS = process.env["ROOST_LONG"] === "1" ? 5_000 : 300;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 30 * DAY_MS;
const START_MS = Date.UTC(2026, 0, 1);

type Version = Thinned<string>;

/** One for each time, oldest first. */
function versionsAt(times: readonly number[]): readonly Version[] {
  return times
    .toSorted((one, other) => one - other)
    .map((createdMs, index) => ({ createdMs, version: String(index).padStart(12, "0") }));
}

function left(versions: readonly Version[], nowMs: number): readonly Version[] {
  const gone = new Set(versionsToThin(versions, nowMs));
  return versions.filter(({ version }) => !gone.has(version));
}

const times = fc.array(fc.oneof(fc.nat(2 * HOUR_MS), fc.nat(2 * DAY_MS), fc.nat(2 * MONTH_MS), fc.nat(12 * MONTH_MS)), {
  minLength: 1,
  maxLength: 120,
});

/** How far apart those that are left may lie, by the time somebody looks for one. */
function graceMs(ageMs: number): number {
  if (ageMs < HOUR_MS) return 0;
  if (ageMs < DAY_MS) return HOUR_MS;
  return ageMs < MONTH_MS ? DAY_MS : 31 * DAY_MS;
}

test("[RV10] every version that goes has a later one of the same hour, day or month; the newest never goes", () => {
  fc.assert(
    fc.property(times, (ages) => {
      const nowMs = START_MS + 13 * MONTH_MS;
      const versions = versionsAt(ages.map((age) => nowMs - age));
      const kept = left(versions, nowMs);
      expect(kept.at(-1)).toEqual(versions.at(-1));
      for (const { version, createdMs } of versions) {
        const latestMs = createdMs + graceMs(nowMs - createdMs);
        const stands = kept.some((one) => one.version >= version && one.createdMs <= latestMs);
        expect([version, stands]).toEqual([version, true]);
      }
      expect(left(kept, nowMs)).toEqual(kept);
    }),
    { numRuns: RUNS },
  );
});

test("[RV10] a year of a version every ten minutes is a few dozen, and as many of the last hour as there were", () => {
  const nowMs = START_MS + 365 * DAY_MS;
  const versions = versionsAt(Array.from({ length: 365 * 144 }, (_, index) => START_MS + (index + 1) * 10 * MINUTE_MS));
  const kept = left(versions, nowMs);
  const within = (fromMs: number, toMs: number) =>
    kept.filter(({ createdMs }) => nowMs - createdMs >= fromMs && nowMs - createdMs < toMs).length;
  expect(within(0, HOUR_MS)).toBe(6);
  expect(within(HOUR_MS, DAY_MS)).toBeLessThanOrEqual(24);
  expect(within(HOUR_MS, DAY_MS)).toBeGreaterThanOrEqual(22);
  expect(within(DAY_MS, MONTH_MS)).toBeLessThanOrEqual(31);
  expect(within(DAY_MS, MONTH_MS)).toBeGreaterThanOrEqual(28);
  expect(within(MONTH_MS, 400 * DAY_MS)).toBeLessThanOrEqual(13);
  expect(within(MONTH_MS, 400 * DAY_MS)).toBeGreaterThanOrEqual(11);
});

test("[RV11] thinning often leaves what thinning once leaves, once all have settled", () => {
  fc.assert(
    fc.property(times, fc.array(fc.nat(24 * MONTH_MS), { maxLength: 12 }), (offsets, runs) => {
      const versions = versionsAt(offsets.map((offset) => START_MS + offset));
      const lastMs = START_MS + 30 * MONTH_MS;
      let often = versions;
      for (const runMs of [...runs.toSorted((one, other) => one - other).map((run) => START_MS + run), lastMs]) {
        const there = often.filter(({ createdMs }) => createdMs <= runMs);
        const gone = new Set(versionsToThin(there, runMs));
        often = often.filter(({ version }) => !gone.has(version));
      }
      expect(often).toEqual(left(versions, lastMs));
    }),
    { numRuns: RUNS },
  );
});

test("[RV28] who looks when the next may go, and then again, misses none by more than a day", () => {
  fc.assert(
    fc.property(times, fc.nat(14 * MONTH_MS), (ages, atMs) => {
      const nowMs = START_MS + atMs;
      const made = ages.map((age) => START_MS + 13 * MONTH_MS - age).filter((createdMs) => createdMs <= nowMs);
      const kept = left(versionsAt(made), nowMs);
      const nextMs = nextThinningMs(kept, nowMs);
      if (nextMs === undefined) {
        expect(left(kept, nowMs + 1_000 * MONTH_MS)).toEqual(kept);
        return;
      }
      expect(nextMs).toBeGreaterThan(nowMs);
      expect(versionsToThin(kept, nextMs)).not.toEqual([]);
      expect(versionsToThin(kept, Math.max(nowMs, nextMs - DAY_MS))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
