/**
 * How long somebody who opens many sockets is held.
 */
import { expect, test } from "vitest";
import {
  MAX_HELD,
  MAX_HOLD_MS,
  UPGRADES_PER_SECOND,
  UPGRADE_BURST,
  UpgradePace,
} from "../../../src/router/upgrade-pace.ts";

const NOW_MS = 1_900_000_000_000;
const ALL = UPGRADE_BURST + (UPGRADES_PER_SECOND * MAX_HOLD_MS) / 1_000;

function takeAll(pace: UpgradePace, address: string, count: number): readonly (number | undefined)[] {
  return Array.from({ length: count }, () => pace.take(address, NOW_MS));
}

test("[RT93] a few come in at once, the others one after the other, and those who would be held too long not at all", () => {
  const held = takeAll(new UpgradePace(), "a", ALL + 10);
  expect(held.slice(0, UPGRADE_BURST)).toEqual(Array.from({ length: UPGRADE_BURST }, () => 0));
  const waiting = held.slice(UPGRADE_BURST, ALL).map(Number);
  expect(waiting.toSorted((a, b) => a - b)).toEqual(waiting);
  expect([waiting[0], waiting[UPGRADES_PER_SECOND - 1], waiting.at(-1)]).toEqual([14, 1_000, MAX_HOLD_MS]);
  expect(held.slice(ALL)).toEqual(Array.from({ length: 10 }, () => undefined));
});

test("[RT93] who is turned away takes nobody's place, and time makes room again", () => {
  const pace = new UpgradePace();
  takeAll(pace, "a", ALL + 1_000);
  expect(pace.take("a", NOW_MS + 100)).toBeLessThanOrEqual(MAX_HOLD_MS);
  expect(pace.take("a", NOW_MS + 2 * MAX_HOLD_MS)).toBe(0);
});

test("[RT93] one address holds up no other, and many of them take bounded memory", () => {
  const pace = new UpgradePace();
  takeAll(pace, "a", ALL + 1);
  expect(pace.take("b", NOW_MS)).toBe(0);
  for (let index = 0; index < 10_000; index += 1) pace.take(`address ${index}`, NOW_MS);
  // Forgotten: as one that never came.
  expect(pace.take("a", NOW_MS)).toBe(0);
});

test("[RT93] a clock that goes back keeps nobody out", () => {
  const pace = new UpgradePace();
  takeAll(pace, "a", 60);
  expect(pace.take("a", NOW_MS - 60_000)).toBe(0);
});

test("[RT93] an isolate holds a bounded number, whatever addresses they come from, and who need not wait is let in all the same", async () => {
  const pace = new UpgradePace();
  const waiting: (() => void)[] = [];
  const wait = async () => await new Promise<void>((resolve) => waiting.push(resolve));
  const all: Promise<boolean>[] = [];
  for (let address = 0; waiting.length < MAX_HELD; address += 1) {
    for (let count = 0; count < ALL && waiting.length < MAX_HELD; count += 1) {
      all.push(pace.admit(`address ${address}`, NOW_MS, wait));
    }
  }
  expect(await pace.admit("address 0", NOW_MS + 100, wait)).toBe(false);
  expect(await pace.admit("newcomer", NOW_MS, wait)).toBe(true);
  for (const go of waiting.splice(0)) go();
  expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
  const later = pace.admit("address 0", NOW_MS + 100, wait);
  expect(waiting.length).toBe(1);
  waiting[0]?.();
  expect(await later).toBe(true);
});
