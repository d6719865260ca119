/**
 * When deliveries are tried again, and which events an endpoint hears of.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WEBHOOK_EVENTS, matchesFilter, parseEventFilters, roomFamilies } from "../../src/protocol/webhook-events.ts";
import {
  DISABLE_AFTER_MS,
  FAILURES_BEFORE_PAUSE,
  JITTER,
  MAX_ATTEMPTS,
  RETRY_DELAYS_MS,
  isHopeless,
  pauseMs,
  retryDelayMs,
} from "../../src/queue/webhook-schedule.ts";

const HOUR_MS = 3_600_000;
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const paceOf = (random: number, permille = 1_000) => ({ permille, random: () => random });

describe("delays between attempts", () => {
  test("[WH11] grow, each within its jitter, over more than two days, and then nobody tries any more", () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: MAX_ATTEMPTS, maxLength: MAX_ATTEMPTS }), (chances) => {
        const delays = chances.map((random, index) => retryDelayMs(index + 1, paceOf(random)));
        expect(delays.at(-1)).toBeUndefined();
        const waits = delays.slice(0, -1).map(Number);
        waits.forEach((wait, index) => {
          const base = RETRY_DELAYS_MS[index] ?? 0;
          expect(Math.abs(wait - base)).toBeLessThanOrEqual(base * JITTER + 1);
        });
        const sum = waits.reduce((total, wait) => total + wait, 0);
        expect(sum).toBeGreaterThan(48 * HOUR_MS);
        expect(sum).toBeLessThan(DISABLE_AFTER_MS);
      }),
    );
    expect([...RETRY_DELAYS_MS]).toEqual(RETRY_DELAYS_MS.toSorted((one, other) => one - other));
  });

  test("[WH11] scale with the setting and are never nothing", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_ATTEMPTS - 1 }),
        fc.integer({ min: 1, max: 1_000 }),
        chance,
        (attempts, permille, random) => {
          const whole = retryDelayMs(attempts, paceOf(random)) ?? 0;
          const scaled = retryDelayMs(attempts, paceOf(random, permille)) ?? 0;
          expect(Math.abs(scaled - Math.max(1, (whole * permille) / 1_000))).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("[WH16] an endpoint rests after five failures in a row, longer with each, and at most about an hour", () => {
    fc.assert(
      fc.property(fc.nat(200), chance, (failures, random) => {
        const rest = pauseMs(failures, paceOf(random));
        expect(rest === 0).toBe(failures < FAILURES_BEFORE_PAUSE);
        expect(rest).toBeLessThanOrEqual(HOUR_MS * (1 + JITTER));
      }),
    );
    const middle = [5, 6, 7, 8, 9, 10].map((failures) => pauseMs(failures, paceOf(0.5)));
    expect(middle).toEqual(middle.toSorted((one, other) => one - other));
  });

  test("[WH12] an endpoint is hopeless after five days of failures, not before", () => {
    fc.assert(
      fc.property(fc.nat(10 * 24 * HOUR_MS), (sinceMs) => {
        expect(isHopeless(1_000, 1_000 + sinceMs, { permille: 1_000 })).toBe(sinceMs >= DISABLE_AFTER_MS);
      }),
    );
    expect(isHopeless(null, 1e15, { permille: 1_000 })).toBe(false);
  });
});

describe("filters", () => {
  const types = Object.keys(WEBHOOK_EVENTS);

  test("[WH3] name types, families and everything, and nothing that there is not", () => {
    for (const type of types) expect(parseEventFilters([type])).toEqual({ ok: true, value: [type] });
    expect(parseEventFilters(["document.*", "document.*", "*"])).toEqual({ ok: true, value: ["document.*", "*"] });
    for (const wrong of [
      [],
      ["documents.*"],
      ["document.*.x"],
      ["d*"],
      ["[a-z]*"],
      ["?"],
      [7],
      "document.saved",
      null,
    ]) {
      expect(parseEventFilters(wrong).ok).toBe(false);
    }
  });

  test("[WH3] a room hears of the families that somebody wants", () => {
    expect(roomFamilies(["*"])).toEqual(["room", "game", "limit"]);
    expect(roomFamilies(["room.joined", "document.*"])).toEqual(["room"]);
    expect(roomFamilies(["document.saved"])).toEqual([]);
    expect(types.filter((type) => matchesFilter("room.*", type))).toEqual([
      ...["room.opened", "room.joined", "room.left", "room.emptied"],
    ]);
  });
});
