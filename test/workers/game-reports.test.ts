/**
 * A room that tells its lobby, and a lobby that does not answer.
 */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GameReports } from "../../src/rooms/game-reports.ts";
import type { GameReport } from "../../src/storage/room/game-store.ts";

const NOW_MS = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Its outbox, and each report on its way to the lobby with how it ends. */
function roomOf() {
  let waiting: GameReport | undefined;
  const sent: { readonly version: number; readonly end: (error?: Error) => void }[] = [];
  const reports = new GameReports({
    roomName: "default/game/abcdefghij",
    store: {
      get hasReport() {
        return waiting !== undefined;
      },
      pendingReport: () => waiting,
      confirmReport: (version) => {
        if (waiting !== undefined && waiting.version <= version) waiting = undefined;
      },
    },
    send: async (_game, { version }) => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      sent.push({ version, end: (error) => (error === undefined ? resolve(undefined) : reject(error)) });
      await promise;
    },
    changed: () => undefined,
  });
  const write = (version: number) => {
    waiting = { game: "counter", version, filter: "{}", listing: null };
    reports.settle(Date.now());
  };
  /** As the alarm does, at its time. */
  const ring = () => {
    vi.setSystemTime(Math.max(Date.now(), reports.dueMs));
    reports.settle(Date.now());
  };
  return { reports, sent, write, ring };
}

const turn = async () => await new Promise((resolve) => setTimeout(resolve));

test("[RO75] a lobby that fails is told again, later each time, till it has heard", async () => {
  const { reports, sent, write, ring } = roomOf();
  write(1);
  const delays: number[] = [];
  for (let failure = 0; failure < 4; failure += 1) {
    sent.at(-1)?.end(new Error("the lobby is away"));
    await turn();
    delays.push(reports.dueMs - Date.now());
    reports.settle(Date.now());
    expect(sent).toHaveLength(failure + 1);
    ring();
    expect(sent).toHaveLength(failure + 2);
  }
  expect(delays).toEqual(delays.toSorted((one, other) => one - other));
  expect(delays[0]).toBeGreaterThan(0);
  expect(delays[3]).toBeLessThan(3_600_000);
  sent.at(-1)?.end();
  await turn();
  expect(reports.dueMs).toBe(Infinity);
});

test("[RO75] one is on its way at a time, and the newest goes behind it", async () => {
  const { reports, sent, write } = roomOf();
  write(1);
  write(2);
  write(3);
  expect(sent.map(({ version }) => version)).toEqual([1]);
  sent[0]?.end();
  await turn();
  expect(sent.map(({ version }) => version)).toEqual([1, 3]);
  sent[1]?.end();
  await turn();
  expect(reports.dueMs).toBe(Infinity);
});
