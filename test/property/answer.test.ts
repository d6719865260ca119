import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { answerSyncStep1, bringFormats } from "../../src/core/document/answer.ts";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { docsBuilt } from "../../src/core/document/hydrate.ts";
import { mergeRows } from "../../src/core/document/merge-rows.ts";
import { collectUpdates, contentOf, docOf, randomFrom, randomHistory, rowsOf } from "./random-history.ts";
import { MAX_FRAME_BYTES, NOTHING_KNOWN, type Stored, answer, store } from "./stored-document.ts";
import { isLong, readTrace, traceUpdates } from "./traces.ts";
import { forSeeds } from "./worlds.ts";

const runs = isLong ? 1_000 : 80;
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
describe("answers to step 1", () => {
  test("[AN1] whoever asks gets what completes exactly their replica, and no update waits for a later one", () => {
    forSeeds(runs, (seed) => {
      const random = randomFrom(seed);
      const { steps, server } = randomHistory(seed, 100);
      const rows = rowsOf(steps, random);
      const stored = store(rows, Math.floor(random() * (rows.length + 1)), 50 + Math.floor(random() * 500));
      const maxFrameBytes = random() < 0.5 ? MAX_FRAME_BYTES : 60 + Math.floor(random() * 500);
      const everything = Y.encodeStateAsUpdate(server);
      for (let time = 0; time < 5; time += 1) {
        const step = steps[Math.floor(random() * steps.length)];
        for (const replica of step?.replicas ?? []) {
          const asked = docOf([replica]);
          const frames = answer(stored, Y.encodeStateVector(asked), maxFrameBytes);
          const [completed, expected] = [docOf(frames, replica), docOf([everything], replica)];
          expect(Y.equalSnapshots(Y.snapshot(completed), Y.snapshot(expected))).toBe(true);
          expect(contentOf(completed)).toEqual(contentOf(expected));
        }
      }
      expect(contentOf(docOf(answer(stored, NOTHING_KNOWN, maxFrameBytes)))).toEqual(contentOf(server));
    });
  });

  test("[AN1] a replica that stands in the middle of somebody's text gets the rest of it", () => {
    const doc = new Y.Doc();
    const updates = [..."hello world"].flatMap((letter, at) =>
      collectUpdates(doc, () => doc.getText("text").insert(at, letter)),
    );
    const rows = rowsOf(
      updates.map((update) => ({ user: "alice", update })),
      randomFrom(1),
    );
    const stored = store([mergeRows(rows)], 1, MAX_FRAME_BYTES);
    for (let known = 0; known <= updates.length; known += 1) {
      const replica = docOf(updates.slice(0, known));
      const frames = answer(stored, Y.encodeStateVector(replica));
      expect(docOf(frames, Y.encodeStateAsUpdate(replica)).getText("text").toString()).toBe("hello world");
      expect(frames.reduce((sum, frame) => sum + frame.length, 0)).toBeLessThan(30 - known);
    }
  });

  test("[AN1] a replica that deleted the start of a text before it heard the rest can take the rest", () => {
    const doc = new Y.Doc();
    const text = new Y.Text();
    const begun = [
      ...collectUpdates(doc, () => doc.getArray("array").insert(0, [text])),
      ...collectUpdates(doc, () => text.insert(0, "hello")),
    ];
    const replica = docOf(begun);
    replica.getArray("array").delete(0, 1);
    const all = [...begun, ...collectUpdates(doc, () => text.insert(5, " world"))];
    const rows = rowsOf(
      all.map((update) => ({ user: "alice", update })),
      randomFrom(1),
    );
    const frames = answer(store(rows, rows.length, MAX_FRAME_BYTES), Y.encodeStateVector(replica));
    expect(docOf(frames, Y.encodeStateAsUpdate(replica)).getArray("array").toJSON()).toEqual([]);
  });

  test("[AN2] an empty replica gets a large document as it is stored, part by part, then the tail", () => {
    const { steps, server } = randomHistory(5, 300, { isPlain: true });
    const rows = rowsOf(steps, randomFrom(5));
    const stored = store(rows, rows.length - 5, 500);
    expect(stored.parts.length).toBeGreaterThan(3);
    const frames = answer(stored, NOTHING_KNOWN, 500);
    expect(frames.slice(0, stored.parts.length)).toEqual(stored.parts);
    expect(contentOf(docOf(frames))).toEqual(contentOf(server));
  });

  test("[AN3] what fits into a frame is one frame, but for parts that go out as they are stored", () => {
    forSeeds(runs, (seed) => {
      const random = randomFrom(seed);
      const { steps } = randomHistory(seed, 80);
      const rows = rowsOf(steps, random);
      const stored = store(rows, Math.floor(random() * (rows.length + 1)), 200);
      for (const replica of steps.at(Math.floor(random() * steps.length))?.replicas ?? []) {
        const asked = Y.encodeStateVector(docOf([replica]));
        expect(answer(stored, asked)).toHaveLength(isNewTo(stored, asked) ? framesOfAll(stored) : 1);
      }
      expect(answer(stored, NOTHING_KNOWN)).toHaveLength(framesOfAll(stored));
    });
  });

  test("[AN4] a replica that covers the parts gets their deletions, and the parts are not even read", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    const written = collectUpdates(doc, () => text.insert(0, "one two three"));
    const replica = Y.encodeStateAsUpdate(doc);
    const deleted = collectUpdates(doc, () => text.delete(3, 4));
    const later = collectUpdates(doc, () => text.insert(0, "zero "));
    const [first, second, third] = [...written, ...deleted, ...later].map((update, index) => ({
      seq: index + 1,
      firstSeq: index + 1,
      atMs: 0,
      updates: [{ user: "alice", update }],
    }));
    if (first === undefined || second === undefined || third === undefined) throw new Error("an edit made no update");
    const stored = store([first, second, third], 2, MAX_FRAME_BYTES);
    const answered = answerSyncStep1({
      info: stored.info,
      parts: () => {
        throw new Error("read the parts");
      },
      hasFormats: () => {
        throw new Error("parsed the parts");
      },
      tail: stored.tail,
      clientStateVector: new ClockTable(Y.decodeStateVector(Y.encodeStateVector(docOf([replica])))),
      maxFrameBytes: MAX_FRAME_BYTES,
    });
    expect(
      docOf([...answered], replica)
        .getText("text")
        .toString(),
    ).toBe("zero one three");
  });

  test("[AN5] no frame is larger than asked for, unless it is a single struct or brings formats", () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, isPlain) => {
        const random = randomFrom(seed);
        const { steps } = randomHistory(seed, 100, { isPlain });
        const rows = rowsOf(steps, random);
        const maxFrameBytes = 100 + Math.floor(random() * 400);
        const merged = rows.length === 0 ? [] : [mergeRows(rows)];
        for (const stored of [store(merged, 0, 100), store(rows, Math.floor(rows.length / 2), 100)]) {
          for (const frame of answer(stored, NOTHING_KNOWN, maxFrameBytes)) {
            const { structs } = Y.decodeUpdate(frame);
            const bringsFormats = structs.some(
              (item) => item instanceof Y.Item && item.content instanceof Y.ContentFormat,
            );
            expect(bringsFormats && isPlain).toBe(false);
            expect(frame.length <= maxFrameBytes || structs.length === 1 || bringsFormats).toBe(true);
          }
        }
      }),
      { numRuns: runs },
    );
  });

  test("[AN6] whoever has everything gets the empty update, or the deletions, and nothing else", () => {
    const { steps, server } = randomHistory(9, 100);
    const rows = rowsOf(steps, randomFrom(9));
    const onlyDeletes = answer(store(rows, rows.length, MAX_FRAME_BYTES), Y.encodeStateVector(server));
    expect(onlyDeletes.map((update) => Y.decodeUpdate(update).structs)).toEqual([[]]);
    const doc = new Y.Doc();
    const updates = collectUpdates(doc, () => doc.getText("text").insert(0, "never deleted"));
    const kept = rowsOf(
      updates.map((update) => ({ user: "alice", update })),
      randomFrom(1),
    );
    const current = Y.encodeStateVector(doc);
    expect(answer(store(kept, 1, MAX_FRAME_BYTES), current)).toEqual([Uint8Array.of(0, 0)]);
    expect(answer(store(kept, 0, MAX_FRAME_BYTES), current)).toEqual([Uint8Array.of(0, 0)]);
    expect(answer(store([], 0, MAX_FRAME_BYTES), NOTHING_KNOWN)).toEqual([Uint8Array.of(0, 0)]);
  });

  test("[AN7] a row that cannot be read is left out and stops nobody from joining", () => {
    const { steps, server } = randomHistory(13, 100);
    const rows = rowsOf(steps, randomFrom(13));
    const garbage = { user: "mallory", update: Uint8Array.of(9, 9, 9) };
    const spoiled = rows.map((row) => ({ ...row, updates: [garbage, ...row.updates, garbage] }));
    const frames = answer({ info: undefined, parts: [], tail: spoiled }, NOTHING_KNOWN);
    expect(contentOf(docOf(frames))).toEqual(contentOf(server));
  });

  test("[AN8] an answer builds no document", () => {
    const { steps, server } = randomHistory(17, 100);
    const rows = rowsOf(steps, randomFrom(17));
    const stored = store(rows, rows.length >> 1, 200);
    const before = docsBuilt();
    for (const stateVector of [NOTHING_KNOWN, Y.encodeStateVector(server), Uint8Array.of(1, 5, 3)])
      answer(stored, stateVector);
    expect(docsBuilt()).toBe(before);
  });

  test("[AN1] a real file is complete for replicas at every stage of its making", () => {
    const trace = readTrace("sveltecomponent");
    const updates = traceUpdates(trace);
    const rows = updates.map((update, at) => ({
      seq: at + 1,
      firstSeq: at + 1,
      atMs: at,
      updates: [{ user: "alice", update }],
    }));
    const stored = store(rows, rows.length - 1_000, 20_000);
    const replica = new Y.Doc();
    for (const [at, update] of updates.entries()) {
      Y.applyUpdate(replica, update);
      if (at % 2_000 !== 0 && at !== updates.length - 500) continue;
      for (const maxFrameBytes of [20_000, MAX_FRAME_BYTES]) {
        const frames = answer(stored, Y.encodeStateVector(replica), maxFrameBytes);
        expect(docOf(frames, Y.encodeStateAsUpdate(replica)).getText("text").toString()).toBe(trace.endContent);
      }
    }
  });
});

/** Whether a replica has nothing of the parts, and there is something. */
function isNewTo({ info }: Stored, asked: Uint8Array): boolean {
  const inParts = Y.decodeStateVector(info?.stateVector ?? NOTHING_KNOWN);
  return inParts.size > 0 && ![...Y.decodeStateVector(asked).keys()].some((client) => inParts.has(client));
}

/** How many frames a replica without anything gets. */
function framesOfAll({ parts, tail }: Stored): number {
  const fromParts = parts.length > 1 && bringFormats(parts) ? 0 : parts.length;
  return fromParts + (fromParts === 0 || tail.length > 0 ? 1 : 0);
}
