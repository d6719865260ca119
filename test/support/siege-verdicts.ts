/**
 * What a siege has to come to, and the row that it leaves in the table of results.
 * @module
 */
import { expect } from "vitest";
import { FAIR_BYTE_RATE } from "../../src/protocol/limits.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { UPGRADES_PER_SECOND, UPGRADE_BURST } from "../../src/router/upgrade-pace.ts";
import type { Outcome } from "./attack-sockets.ts";
import type { Latency } from "./neighbour.ts";
import { recordResult } from "./results.ts";
import { type Siege, isBearable, isCalm, isLong, quietOf } from "./siege.ts";

const MIB = 1024 * 1024;
/** What a room takes at once, in seconds of its rate. */
const ROOM_BURST_SECONDS = 4;
/** One address opens 75 sockets a second, and those of a thousand that wait longer than 8 s come again. */
export const MAX_JOINED_MS = 60_000;

export const inMib = (bytes: number) => Math.max(0, Math.round(bytes / MIB));
export const inMs = ({ p50, p99 }: Latency) => `${p50.toFixed(1)} / ${p99.toFixed(0)}`;

/**
 * In the long run nobody next door waits twice as long, unless times say nothing as others used the machine; in any run nobody waits for
 * seconds. Bytes and counts hold all the same: those each test looks at by itself.
 */
export function expectCalm(test: string, siege: Siege, said?: string): void {
  expectBounded(test, siege, said);
  const { isMeasured, best, pairs } = siege;
  expect({ isBearable: isBearable(best), pairs }).toMatchObject({ isBearable: true });
  if (isLong) expect({ isCalm: !isMeasured || isCalm(best), pairs }).toMatchObject({ isCalm: true });
}

/** What comes at any pace that is allowed is in front of others for a while, where one thread has all of it; memory has its bound. */
export function expectBounded(test: string, siege: Siege, said?: string): void {
  const { outcome, grownBytes, allowedBytes } = siege;
  const counts = Object.entries(outcome).map(([what, often]) => `${what}: ${often}`);
  recordResult(`siege-${test.replaceAll(/\W+/g, "-")}`, {
    promise: "P8 P9",
    test,
    count: said ?? counts.join(", "),
    result: `${timesOf(siege)}; the runtime grew by ${inMib(grownBytes)} MiB`,
  });
  expect(grownBytes).toBeLessThan(allowedBytes);
}

/** What a keystroke in another room took; that it was not measured where others used the machine. */
function timesOf({ best, isMeasured }: Siege): string {
  const times = `p50 / p99 of a keystroke in another room ${inMs(quietOf(best))} ms in quiet, ${inMs(best.storm)} ms meanwhile`;
  const percent = Math.round(100 * best.others);
  return isMeasured ? times : `not measured, as others used ${percent} % of the machine (${times})`;
}

/** The room took no more than its rate and what each of `senders` may send whatever the others do; one frame passes over it. */
export function expectTaken({ pairs }: Siege, senders: number): void {
  const perSecond = DEFAULT_LIMITS.roomBytesPerSecond;
  for (const { ended } of pairs) {
    const seconds = (ended["lasted ms"] ?? 0) / 1_000;
    const shares = senders * (FAIR_BYTE_RATE.burst + seconds * FAIR_BYTE_RATE.perSecond);
    expect(ended["taken bytes"]).toBeGreaterThan(0);
    expect(ended["taken bytes"]).toBeLessThan((ROOM_BURST_SECONDS + seconds) * perSecond + shares + MIB);
  }
}

/** How many sockets were closed or requests refused, by code. */
export function only(outcome: Outcome, pattern: RegExp): Outcome {
  return Object.fromEntries(Object.entries(outcome).filter(([what]) => pattern.test(what)));
}

/** Everybody is in, and nobody sooner than the pace of their addresses. */
export function expectJoined({ pairs }: Siege, count: number, addresses: number): void {
  const minMs = ((count / addresses - UPGRADE_BURST) / UPGRADES_PER_SECOND) * 1_000;
  for (const { ended } of pairs) {
    expect(ended["opened"]).toBe(count);
    expect(ended["joined ms"]).toBeGreaterThan(minMs);
    expect(ended["joined ms"]).toBeLessThan(MAX_JOINED_MS);
  }
}
