import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { splitUpdate } from "../../src/core/document/split-parts.ts";
import { contentOf, docOf, randomFrom, randomHistory } from "./random-history.ts";
import { isLong } from "./traces.ts";
import { forSeeds } from "./worlds.ts";

const runs = isLong ? 2_000 : 200;

describe("splitting an update", () => {
  test("[CO9] parts applied in order never wait for a later one and make the same document", () => {
    forSeeds(runs, (seed) => {
      const random = randomFrom(seed);
      const { steps, server } = randomHistory(seed, 120);
      // Half of them with everything deleted still in it, as merging leaves it.
      const isMerged = random() < 0.5 && steps.length > 0;
      const whole = isMerged ? Y.mergeUpdates(steps.map(({ update }) => update)) : Y.encodeStateAsUpdate(server);
      const parts = splitUpdate(whole, 60 + Math.floor(random() * 500));
      const doc = docOf(parts);
      expect(contentOf(doc)).toEqual(contentOf(server));
      expect(Y.equalSnapshots(Y.snapshot(docOf(parts)), Y.snapshot(docOf([whole])))).toBe(true);
    });
  });

  test("[CO9] Yjs can merge, cut and measure the parts", () => {
    forSeeds(runs / 4, (seed) => {
      const { server } = randomHistory(seed, 120);
      const parts = splitUpdate(Y.encodeStateAsUpdate(server), 150);
      expect(contentOf(docOf([Y.mergeUpdates(parts)]))).toEqual(contentOf(server));
      expect(Y.encodeStateVectorFromUpdate(Y.mergeUpdates(parts))).toEqual(Y.encodeStateVector(server));
    });
  });

  test("[CO10] no part is larger than asked for, unless it is a single struct", () => {
    forSeeds(runs, (seed) => {
      const random = randomFrom(seed);
      const { server } = randomHistory(seed, 120);
      const maxBytes = 60 + Math.floor(random() * 500);
      for (const part of splitUpdate(Y.encodeStateAsUpdate(server), maxBytes)) {
        const { structs } = Y.decodeUpdate(part);
        expect(part.length <= maxBytes || structs.length === 1).toBe(true);
      }
    });
  });

  test("[CO10] a struct larger than a part is a part of its own", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    text.insert(0, "a");
    text.insertEmbed(1, { big: "x".repeat(5_000) });
    text.insert(2, "b");
    const parts = splitUpdate(Y.encodeStateAsUpdate(doc), 1_000);
    expect(parts.map((part) => Y.decodeUpdate(part).structs.length)).toEqual([1, 1, 1]);
    expect(contentOf(docOf(parts))).toEqual(contentOf(doc));
  });

  test("[CO11] an update that fits is its only part, byte for byte", () => {
    const doc = new Y.Doc();
    doc.getText("text").insert(0, "x".repeat(1_000_000));
    const update = Y.encodeStateAsUpdate(doc);
    const parts = splitUpdate(update, 1024 * 1024);
    expect(parts).toHaveLength(1);
    expect(parts[0]).toBe(update);
  });

  test("[CO12] deletions come last, and are split where they alone exceed a part", () => {
    const doc = new Y.Doc({ gc: false });
    for (const client of [5, 9]) {
      doc.clientID = client;
      const text = doc.getText(`text-${client}`);
      for (let at = 0; at < 4_000; at += 1) text.insert(at, "x");
      for (let at = 0; at < 2_000; at += 1) text.delete(at, 1);
    }
    const update = Y.encodeStateAsUpdate(doc);
    const parts = splitUpdate(update, 1_000);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(1_000);
    const firstWithDeletes = parts.findIndex((part) => Y.decodeUpdate(part).ds.clients.size > 0);
    expect(parts.slice(firstWithDeletes + 1).every((part) => Y.decodeUpdate(part).structs.length === 0)).toBe(true);
    expect(parts.length - firstWithDeletes).toBeGreaterThan(5);
    expect(Y.equalSnapshots(Y.snapshot(docOf(parts)), Y.snapshot(doc))).toBe(true);
  });

  test("[CO13] time and parts stay in proportion to the size of the document, with many clients too", () => {
    const timed = (clients: number): number => {
      const update = chainOf(clients);
      const startMs = performance.now();
      const parts = splitUpdate(update, 4_000);
      const spentMs = performance.now() - startMs;
      expect(docOf(parts).getText("text").length).toBe(clients);
      return spentMs;
    };
    timed(200);
    expect(timed(6_000)).toBeLessThan(3_000);
  });
});

/** One character each of many clients, every one after the one before: the longest chain of dependencies there is. */
function chainOf(clients: number): Uint8Array {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  for (let index = 0; index < clients; index += 1) {
    // Descending, so that Yjs writes the first one last.
    doc.clientID = 1_000_000 - index;
    text.insert(index, "x");
  }
  return Y.encodeStateAsUpdate(doc);
}
