import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { readUpdate } from "../../src/core/document/update-reader.ts";
import { type Random, randomOf, updateHistory } from "./update-history.ts";
import {
  advance,
  applyComplete,
  clocksOf,
  docOf,
  isLong,
  isPending,
  propertyOptions,
  readComplete,
} from "./update-replay.ts";

const histories = fc.record({ seed: fc.integer(), edits: fc.integer({ min: 1, max: 60 }) });

describe("genuine updates", () => {
  it("[UR1] a genuine update in causal order reads as complete and moves the clocks as in Yjs", () => {
    const check = ({ seed, edits }: { seed: number; edits: number }): void => {
      const doc = new Y.Doc();
      const clocks = new ClockTable();
      for (const update of updateHistory(seed, edits)) {
        const reading = readComplete(update, clocks);
        const before = clocks.encode();
        expect(reading.hasNewStructs).toBe(reading.blocks.some(({ client, end }) => end > clocks.get(client)));
        advance(clocks, reading);
        Y.applyUpdate(doc, update);
        expect(reading.hasNewStructs).toBe(Buffer.compare(before, clocks.encode()) !== 0);
        expect(clocks.encode()).toEqual(Y.encodeStateVector(doc));
      }
    };
    fc.assert(fc.property(histories, check), propertyOptions("UR1", { short: 150, long: 2_000 }));
  });

  it("[UR1] a whole document, merged or written by Yjs, reads as complete", () => {
    const check = ({ seed, edits }: { seed: number; edits: number }): void => {
      const history = updateHistory(seed, edits);
      const doc = docOf(...history);
      for (const whole of [Y.encodeStateAsUpdate(doc), Y.mergeUpdates(history)]) {
        const clocks = new ClockTable();
        const reading = readComplete(whole, clocks);
        advance(clocks, reading);
        expect(clocks.encode()).toEqual(Y.encodeStateVector(doc));
        expect(reading.deletes.encode()).toEqual(whole.slice(reading.deleteSetOffset));
        expect(readComplete(whole, clocks).hasNewStructs).toBe(false);
      }
    };
    fc.assert(fc.property(histories, check), propertyOptions("UR1 whole", { short: 100, long: 1_000 }));
  });

  it("[UR2] an update reads as a gap exactly when Yjs would leave something pending", () => {
    let gaps = 0;
    const check = ({ seed, edits }: { seed: number; edits: number }, lost: number): void => {
      const history = updateHistory(seed, edits);
      history.splice(lost % history.length, 1);
      const received: Uint8Array[] = [];
      const clocks = new ClockTable();
      for (const update of history) {
        const reading = readUpdate(update, clocks);
        if (!reading.ok) throw new Error(reading.error.reason);
        const doc = docOf(...received, update);
        expect(reading.value.kind).toBe(isPending(doc) ? "gap" : "complete");
        if (reading.value.kind === "gap") {
          gaps += 1;
          const { client, clock } = reading.value.missing;
          expect(clocks.get(client)).toBeLessThanOrEqual(clock);
          continue;
        }
        received.push(update);
        advance(clocks, reading.value);
      }
    };
    const options = propertyOptions("UR2", { short: 60, long: 1_000 });
    fc.assert(fc.property(histories, fc.nat(), check), options);
    expect(gaps).toBeGreaterThan(50);
  });

  it("[UR20] a whole document that overlaps what is known is complete and applies once trimmed", () => {
    let overlaps = 0;
    const check = ({ seed, edits }: { seed: number; edits: number }, share: number): void => {
      const history = updateHistory(seed, edits);
      const doc = docOf(...history.slice(0, share % history.length));
      const whole = Y.encodeStateAsUpdate(docOf(...history));
      const reading = readComplete(whole, clocksOf(doc));
      if (reading.overlaps) overlaps += 1;
      applyComplete(doc, whole, reading);
    };
    fc.assert(fc.property(histories, fc.nat(), check), propertyOptions("UR20", { short: 100, long: 1_000 }));
    expect(overlaps).toBeGreaterThan(10);
  });
});

/** Bytes of an update after an accident or an attack. */
function mutate(bytes: Uint8Array, donor: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  const copy = bytes.slice();
  const length = 1 + random.below(8);
  const donorAt = random.below(donor.length);
  const flip = (): void => {
    const index = random.below(copy.length);
    copy[index] = (copy[index] ?? 0) ^ (1 << random.below(8));
  };
  const replace = (middle: Uint8Array, behind: number): Uint8Array =>
    Uint8Array.from([...bytes.subarray(0, at), ...middle, ...bytes.subarray(behind)]);
  switch (random.below(7)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return replace(donor.subarray(donorAt, donorAt + length), at + length);
    case 2:
      return replace(donor.subarray(donorAt, donorAt + length), at);
    case 3:
      return replace(new Uint8Array(0), at + length);
    case 4:
      copy[at] = random.below(256);
      return copy;
    case 5:
      // Small numbers: counts, clocks and kinds one off.
      copy[at] = (copy[at] ?? 0) + random.oneOf(1, -1);
      return copy;
    default:
      for (let flips = random.oneOf(1, 1, 2, 3); flips > 0; flips -= 1) flip();
      return copy;
  }
}

describe("mutated updates", () => {
  const MUTATIONS = isLong ? 100_000 : 14_000;
  const PER_HISTORY = 100;

  it("[UR19] a mutated update that reads as complete applies without an exception and without anything pending", () => {
    const verdicts = { complete: 0, gap: 0, malformed: 0 };
    const check = (seed: number): void => {
      const random = randomOf(seed);
      const history = updateHistory(seed, 1 + random.below(40));
      for (let mutation = 0; mutation < PER_HISTORY; mutation += 1) {
        const known = random.below(history.length);
        const original =
          random.below(4) === 0 ? Y.mergeUpdates(history.slice(known)) : (history[known] ?? new Uint8Array(2));
        const mutated = mutate(original, history[random.below(history.length)] ?? original, random);
        const before = Y.mergeUpdates([Uint8Array.of(0, 0), ...history.slice(0, known)]);
        const clocks = new ClockTable();
        advance(clocks, readComplete(before));
        const read = readUpdate(mutated, clocks);
        verdicts[read.ok ? read.value.kind : "malformed"] += 1;
        if (read.ok && read.value.kind === "complete") applyComplete(docOf(before), mutated, read.value);
      }
    };
    const runs = MUTATIONS / PER_HISTORY;
    fc.assert(fc.property(fc.integer(), check), propertyOptions("UR19", { short: runs, long: runs }));
    console.log("UR19", verdicts);
    expect(verdicts.complete).toBeGreaterThan(MUTATIONS / 20);
    expect(verdicts.malformed).toBeGreaterThan(MUTATIONS / 20);
  });

  it("[UR4] an update cut short anywhere is refused", () => {
    const check = ({ seed, edits }: { seed: number; edits: number }): void => {
      const whole = Y.mergeUpdates([Uint8Array.of(0, 0), ...updateHistory(seed, edits)]);
      for (let length = 0; length < whole.length; length += 1) {
        expect(readUpdate(whole.subarray(0, length), new ClockTable()).ok).toBe(false);
      }
    };
    fc.assert(fc.property(histories, check), propertyOptions("UR4", { short: 30, long: 300 }));
  });

  it("[UR3] an update with bytes after its delete set is refused", () => {
    const check = ({ seed, edits }: { seed: number; edits: number }, more: Uint8Array): void => {
      const whole = Y.mergeUpdates(updateHistory(seed, edits));
      const longer = Uint8Array.from([...whole, ...more]);
      const reading = readUpdate(longer, new ClockTable());
      expect(reading).toMatchObject({
        ok: false,
        error: { offset: whole.length, reason: "bytes after the delete set" },
      });
    };
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 9 });
    fc.assert(fc.property(histories, bytes, check), propertyOptions("UR3", { short: 50, long: 500 }));
  });
});
