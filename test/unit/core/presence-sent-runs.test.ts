import { describe, expect, test } from "vitest";
import { SentRuns } from "../../../src/core/presence/sent-runs.ts";

const stateOf = (index: number, chars = 1) => JSON.stringify({ index, text: "x".repeat(chars) });

describe("what went out of one client id", () => {
  test("[PR6] clocks raised one by one with the same state are one run, to the last", () => {
    const runs = new SentRuns();
    for (let clock = 1; clock <= 1_000; clock += 1) runs.add({ client: 1, clock, state: stateOf(0) });
    expect([runs.lastClock, runs.forgottenTo]).toEqual([1_000, 0]);
    expect(runs.has({ client: 1, clock: 1, state: stateOf(0) })).toBe(true);
    expect(runs.has({ client: 1, clock: 1, state: stateOf(1) })).toBe(false);
  });

  test.each([
    { what: "32 runs", chars: 1, kept: 32 },
    { what: "16,384 characters", chars: 5_000, kept: 3 },
  ])("[PR6] no more than $what are kept, and it is known up to where", ({ chars, kept }) => {
    const runs = new SentRuns();
    const entries = Array.from({ length: 40 }, (_, index) => ({
      client: 1,
      clock: index + 1,
      state: stateOf(index, chars),
    }));
    for (const entry of entries) runs.add(entry);
    expect(entries.filter((entry) => runs.has(entry)).length).toBe(kept);
    expect(runs.forgottenTo).toBe(40 - kept);
  });
});
