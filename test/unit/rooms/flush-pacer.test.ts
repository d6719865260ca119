import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { flushGapMs } from "../../../src/core/schedule.ts";
import { FlushPacer } from "../../../src/rooms/flush-pacer.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

/** A room of ten whose commits take `commitMs`; what each flush held, and when it was. */
function pacedRoom(commitMs: number) {
  const flushes: { readonly atMs: number; readonly updates: number }[] = [];
  let updates = 0;
  const pacer: FlushPacer = new FlushPacer({
    gapMs: (recent) => flushGapMs({ sockets: 10, framesPerSecond: 16_000, ...recent }),
    hasPending: () => updates > 0,
    flush: (nowMs) => {
      flushes.push({ atMs: nowMs - 1_000, updates });
      updates = 0;
      pacer.noteRow();
    },
    commits: {
      updates: () => updates,
      durable: async () => await new Promise((resolve) => setTimeout(resolve, commitMs)),
      failed: (error) => expect.unreachable(String(error)),
    },
  });
  const type = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      updates += 1;
      pacer.request();
    }
  };
  return { flushes, type };
}

test("[SC6] the first keystroke goes at once, and those that follow it together", async () => {
  const { flushes, type } = pacedRoom(0);
  type(1);
  for (let ms = 0; ms < 3; ms += 1) {
    await vi.advanceTimersByTimeAsync(1);
    type(1);
  }
  await vi.advanceTimersByTimeAsync(100);
  expect(flushes).toEqual([
    { atMs: 0, updates: 1 },
    { atMs: 4, updates: 3 },
  ]);
});

test("[SC6] a row that fills up meanwhile waits no longer", async () => {
  const { flushes, type } = pacedRoom(0);
  type(1);
  await vi.advanceTimersByTimeAsync(1);
  type(15);
  await vi.advanceTimersByTimeAsync(0);
  expect(flushes).toEqual([{ atMs: 0, updates: 1 }]);
  type(1);
  expect(flushes).toEqual([
    { atMs: 0, updates: 1 },
    { atMs: 1, updates: 16 },
  ]);
  // No timer of before flushes what comes next too soon.
  await vi.advanceTimersByTimeAsync(1);
  type(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(flushes.at(-1)).toEqual({ atMs: 5, updates: 1 });
});

test("[SC6] who types on together is waited for until all have, and no longer than 4 ms", async () => {
  const { flushes, type } = pacedRoom(1);
  type(1);
  type(99);
  await vi.advanceTimersByTimeAsync(3);
  type(40);
  await vi.advanceTimersByTimeAsync(1);
  type(59);
  await vi.advanceTimersByTimeAsync(2);
  type(40);
  await vi.advanceTimersByTimeAsync(100);
  expect(flushes).toEqual([
    { atMs: 0, updates: 1 },
    { atMs: 1, updates: 99 },
    { atMs: 4, updates: 99 },
    { atMs: 8, updates: 40 },
  ]);
});

test("[SC1] a commit in flight is waited for, however full the row", async () => {
  const { flushes, type } = pacedRoom(20);
  type(1);
  await vi.advanceTimersByTimeAsync(5);
  type(500);
  await vi.advanceTimersByTimeAsync(100);
  expect(flushes).toEqual([
    { atMs: 0, updates: 1 },
    { atMs: 20, updates: 500 },
  ]);
});
