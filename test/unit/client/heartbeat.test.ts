import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Heartbeat } from "../../../client/heartbeat.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A heartbeat whose pings the other side answers while `answers` says so. */
function start({ answers }: { readonly answers: () => boolean }) {
  const seen = { pings: 0, deadAtMs: undefined as number | undefined };
  const startMs = performance.now();
  const heartbeat: Heartbeat = new Heartbeat({
    ping: () => {
      seen.pings += 1;
      if (answers()) heartbeat.heard();
    },
    dead: () => {
      seen.deadAtMs = performance.now() - startMs;
    },
  });
  heartbeat.start();
  return { heartbeat, seen };
}

describe("Heartbeat", () => {
  test("[CL34] a socket that answers is pinged every 20 s and kept", () => {
    const { seen } = start({ answers: () => true });
    vi.advanceTimersByTime(200_000);
    expect(seen).toEqual({ pings: 10, deadAtMs: undefined });
  });

  test("[CL34] a silent socket is dead 45 s after it was last heard", () => {
    const { seen } = start({ answers: () => false });
    vi.advanceTimersByTime(44_999);
    expect(seen.deadAtMs).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(seen).toEqual({ pings: 2, deadAtMs: 45_000 });
  });

  test("[CL34] any frame between the pings is an answer", () => {
    const { heartbeat, seen } = start({ answers: () => false });
    for (let index = 0; index < 10; index++) {
      vi.advanceTimersByTime(19_000);
      heartbeat.heard();
    }
    expect(seen.deadAtMs).toBeUndefined();
  });

  test("[CL34] a background tab whose timers fire once a minute keeps a socket that answered", () => {
    const { seen } = start({ answers: () => true });
    vi.advanceTimersByTime(20_000);
    // The tab sleeps: time passes, no timer runs.
    vi.setSystemTime(Date.now() + 300_000);
    vi.advanceTimersByTime(20_000);
    expect(seen.deadAtMs).toBeUndefined();
  });

  test("[CL33] a probe is a ping now, and death 3 s later when nothing comes", () => {
    const { heartbeat, seen } = start({ answers: () => false });
    vi.advanceTimersByTime(1_000);
    heartbeat.probe(3_000);
    vi.advanceTimersByTime(2_999);
    expect(seen).toEqual({ pings: 1, deadAtMs: undefined });
    vi.advanceTimersByTime(1);
    expect(seen.deadAtMs).toBe(4_000);
  });

  test("[CL33] a probe that is answered kills nobody, and a stopped heartbeat asks nothing", () => {
    const { heartbeat, seen } = start({ answers: () => true });
    heartbeat.probe(3_000);
    vi.advanceTimersByTime(10_000);
    heartbeat.stop();
    heartbeat.probe(3_000);
    vi.advanceTimersByTime(100_000);
    expect(seen).toEqual({ pings: 1, deadAtMs: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });
});
