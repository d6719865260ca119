import { describe, expect, test } from "vitest";
import {
  compactionUrgency,
  flushDelayMs,
  flushGapMs,
  nextFullRow,
  retryDelayMs,
  snapshotDueMs,
  sweepDelayMs,
} from "../../../src/core/schedule.ts";

/** Its rows are full. */
const BUSY = { sockets: 10, framesPerSecond: 16_000, commitMs: 2, updates: 100, fullRow: 16 };

describe("schedule", () => {
  test("[SC1] a flush waits for the commit in flight, and then for its share of the frame budget", () => {
    expect(flushGapMs({ ...BUSY, sockets: 50, commitMs: 0 })).toBe(3.125);
    const dueMs = 1_003.125;
    expect(flushDelayMs({ dueMs, isCommitting: false }, 1_000)).toBe(4);
    expect(flushDelayMs({ dueMs, isCommitting: false }, 1_004)).toBe(0);
    expect(flushDelayMs({ dueMs: 0, isCommitting: false }, 1_000)).toBe(0);
    expect(flushDelayMs({ dueMs, isCommitting: true }, 9_000)).toBeUndefined();
  });

  test("[SC1] a slow disk sets the pace of a small room, a slow network does not", () => {
    const gaps = [0, 1, 2, 5, 40].map((commitMs) => flushGapMs({ ...BUSY, commitMs }));
    expect(gaps).toEqual([0.625, 1.5, 3, 7.5, 8]);
    expect(flushGapMs({ ...BUSY, sockets: 200 })).toBe(12.5);
  });

  test("[SC6] a row of a few updates waits 4 ms for more, a full one and presence do not", () => {
    const gaps = [0, 1, 15, 16, 5_000].map((updates) => flushGapMs({ ...BUSY, commitMs: 1, updates }));
    expect(gaps).toEqual([1.5, 4, 4, 1.5, 1.5]);
    expect(flushGapMs({ ...BUSY, sockets: 200, updates: 1 })).toBe(12.5);
    expect(flushGapMs({ ...BUSY, fullRow: 101 })).toBe(4);
  });

  test("[SC6] a row is full with as many updates as rows hold of late, and at least 16", () => {
    const rows = [3, 100, 40, 95, 1, ...Array.from({ length: 40 }, () => 20)];
    let full = 0;
    const fulls = rows.map((updates) => (full = nextFullRow(full, updates)));
    expect(fulls.slice(0, 5)).toEqual([16, 100, 90, 95, 85.5]);
    expect(fulls.at(-1)).toBe(20);
  });

  test("[SC1] whatever happens, the frames of one second stay in the budget", () => {
    const framesPerSecond = 5_000;
    for (const sockets of [1, 7, 30, 250, 5_000]) {
      let frames = 0;
      let dueMs = 0;
      for (let nowMs = 1_000; nowMs < 2_000; nowMs += 1) {
        if (flushDelayMs({ dueMs, isCommitting: false }, nowMs) !== 0) continue;
        frames += sockets;
        dueMs = nowMs + flushGapMs({ sockets, framesPerSecond, commitMs: 1, updates: 1, fullRow: 16 });
      }
      expect(frames).toBeLessThanOrEqual(framesPerSecond + sockets);
    }
  });

  test("[SC2] a snapshot is due some time after the last edit, and at most so long after the first unsaved one", () => {
    const timing = { snapshotDelayMs: 10_000, snapshotMaxDelayMs: 60_000 };
    expect(snapshotDueMs(1_000, 1_000, timing)).toBe(11_000);
    expect(snapshotDueMs(1_000, 50_000, timing)).toBe(60_000);
    expect(snapshotDueMs(1_000, 500_000, timing)).toBe(61_000);
  });

  test("[SC3] a tail is compacted now at its bound of rows or bytes, which grows with the parts", () => {
    const bounds = { compactRows: 500, compactBytes: 256 * 1024 };
    const urgency = (rows: number, bytes: number, partsBytes = 0) =>
      compactionUrgency({ rows, bytes }, partsBytes, bounds);
    expect(urgency(0, 0)).toBe("none");
    expect(urgency(1, 10)).toBe("none");
    expect(urgency(500, 10)).toBe("now");
    expect(urgency(1, 8 * 1024 - 1)).toBe("none");
    expect(urgency(1, 8 * 1024)).toBe("now");
    expect(urgency(1, 28 * 1024, 1024 * 1024)).toBe("none");
    expect(urgency(1, 29 * 1024, 1024 * 1024)).toBe("now");
    expect(urgency(1, 256 * 1024 - 1, 1024 * 1024 * 1024)).toBe("none");
    expect(urgency(1, 256 * 1024, 1024 * 1024 * 1024)).toBe("now");
  });

  test("[SC4] a failed task is tried again after 1 s, then twice as long, up to 5 min", () => {
    expect([0, 1, 2, 8, 9, 1_000].map(retryDelayMs)).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
  });

  test("[SC5] sweeps for vanished sockets come less and less often while nothing happens", () => {
    const delays = [0, 1, 2, 3, 4, 1_000].map((quiet) => sweepDelayMs(quiet, 60_000, 900_000));
    expect(delays).toEqual([60_000, 120_000, 240_000, 480_000, 900_000, 900_000]);
  });
});
