import { describe, expect, test } from "vitest";
import {
  compactionUrgency,
  flushDelayMs,
  nextFlushMs,
  retryDelayMs,
  snapshotDueMs,
  sweepDelayMs,
} from "../../../src/core/schedule.ts";

describe("schedule", () => {
  test("[SC1] a flush waits for the commit in flight, and then for its share of the frame budget", () => {
    const dueMs = nextFlushMs(1_000, 1_000, 50, 16_000);
    expect(dueMs).toBe(1_003.125);
    expect(flushDelayMs({ dueMs, isCommitting: false }, 1_000)).toBe(3);
    expect(flushDelayMs({ dueMs, isCommitting: false }, 1_003)).toBe(0);
    expect(flushDelayMs({ dueMs: 0, isCommitting: false }, 1_000)).toBe(0);
    expect(flushDelayMs({ dueMs, isCommitting: true }, 9_000)).toBeUndefined();
  });

  test("[SC1] whatever happens, the frames of one second stay in the budget, and come close to it", () => {
    const framesPerSecond = 5_000;
    for (const sockets of [15, 30, 250, 5_000]) {
      let frames = 0;
      let dueMs = 0;
      for (let nowMs = 1_000; nowMs < 2_000; nowMs += 1) {
        while (flushDelayMs({ dueMs, isCommitting: false }, nowMs) === 0) {
          frames += sockets;
          dueMs = nextFlushMs(dueMs, nowMs, sockets, framesPerSecond);
        }
      }
      expect(frames).toBeLessThanOrEqual(framesPerSecond + 2 * sockets);
      expect(frames).toBeGreaterThanOrEqual(framesPerSecond - sockets);
    }
  });

  test("[SC1] a small room commits at most 333 times a second, and the first one at once", () => {
    let flushes = 0;
    let dueMs = 0;
    expect(flushDelayMs({ dueMs, isCommitting: false }, 1_000)).toBe(0);
    for (let nowMs = 1_000; nowMs < 2_000; nowMs += 1) {
      while (flushDelayMs({ dueMs, isCommitting: false }, nowMs) === 0) {
        flushes += 1;
        dueMs = nextFlushMs(dueMs, nowMs, 2, 16_000);
      }
    }
    expect(flushes).toBeLessThanOrEqual(336);
    expect(flushes).toBeGreaterThanOrEqual(331);
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
