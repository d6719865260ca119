import { expect, test, vi } from "vitest";
import { AlarmClock } from "../../../src/rooms/alarm-clock.ts";

const SOON_MS = Date.now() + 60_000;

/** An alarm that stands at `standingMs`, and what is due next: the outbox is empty. */
function clockAt(standingMs: number | null, dueMs: number | undefined) {
  const setAlarm = vi.fn<(atMs: number) => Promise<void>>(async () => {});
  const getAlarm = vi.fn<() => Promise<number | null>>(async () => standingMs);
  let nextMs = dueMs;
  // SAFETY: of both it asks this one thing.
  const room = { tasks: { nextDueMs: () => nextMs }, outbox: { nextDueMs: () => undefined } } as never;
  const clock = new AlarmClock({ getAlarm, setAlarm }, room);
  return { clock, setAlarm, getAlarm, isDue: (ms: number) => (nextMs = ms) };
}

const settled = async () => await new Promise((resolve) => setTimeout(resolve));

test("[RO12] an alarm that stands in time is looked at once and not written", async () => {
  const { clock, setAlarm, getAlarm } = clockAt(SOON_MS, SOON_MS);
  for (let asked = 0; asked < 3; asked += 1) {
    clock.armOnce();
    clock.armOnce();
    await settled();
  }
  expect(getAlarm).toHaveBeenCalledTimes(1);
  clock.arm();
  expect(setAlarm).not.toHaveBeenCalled();
});

test.for([
  ["lost", null],
  ["late", SOON_MS + 1],
  ["overdue", Date.now() - 1],
] as const)("[RO12] an alarm that is %s is set", async ([, standingMs]) => {
  const { clock, setAlarm } = clockAt(standingMs, SOON_MS);
  clock.armOnce();
  await settled();
  expect(setAlarm.mock.calls).toEqual([[SOON_MS]]);
});

test("[RO12] what is due sooner by the time that it was looked at is set, once", async () => {
  const { clock, setAlarm, isDue } = clockAt(SOON_MS, SOON_MS);
  clock.armOnce();
  isDue(SOON_MS - 1_000);
  clock.arm();
  await settled();
  expect(setAlarm.mock.calls).toEqual([[SOON_MS - 1_000]]);
});

test("[RO12] where nothing is due nobody looks", async () => {
  const { clock, setAlarm, getAlarm } = clockAt(null, undefined);
  clock.armOnce();
  await settled();
  expect([getAlarm.mock.calls, setAlarm.mock.calls]).toEqual([[], []]);
});
