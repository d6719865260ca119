/**
 * What every DocumentStorage does (core/SPEC.md "Storage"). Run by document-storage.node.test.ts against the twin in memory
 * and by test/workers/room-storage.test.ts against SQLite in the runtime.
 * @module
 */
import { describe, expect, test } from "vitest";
import { MAX_ROW_BYTES } from "../../src/protocol/limits.ts";
import { describeAttribution } from "./document-storage-attribution.ts";
import { describeBackgroundStores } from "./document-storage-background.ts";
import { describeLog } from "./document-storage-log.ts";
import { describeStorageModel } from "./document-storage-model.ts";
import { patternBytes, sameBytes, stamped, type WithStorage } from "./storage-under-test.ts";

/** `runs` is how many random sequences the model test tries. */
export function describeDocumentStorage(name: string, withStorage: WithStorage, runs: number): void {
  describe(`${name}: log`, () => {
    describeLog(withStorage);
  });
  describe(`${name}: parts and meta`, () => {
    describeParts(withStorage);
  });
  describe(`${name}: transactions`, () => {
    describeTransactions(withStorage);
  });
  describe(`${name}: background`, () => {
    describeBackgroundStores(withStorage);
  });
  describe(`${name}: attribution`, () => {
    describeAttribution(withStorage);
  });
  describe(`${name}: model`, () => {
    describeStorageModel(withStorage, runs);
  });
}

function describeParts(withStorage: WithStorage): void {
  const vectors = { stateVector: Uint8Array.of(1, 7, 3), deleteSet: Uint8Array.of(0) };

  test("[ST6] parts are replaced whole, with what they cover", () =>
    withStorage(({ storage, restart }) => {
      expect([storage.parts.info(), [...storage.parts.read()]]).toEqual([undefined, []]);
      const many = [1, 2, 3, 4, 5, 6].map((byte) => Uint8Array.of(byte, byte));
      storage.parts.replace(many, { seq: 5, ...vectors });
      expect([...restart().parts.read()]).toEqual(many);
      storage.parts.replace([Uint8Array.of(8)], { seq: 9, ...vectors, deleteSet: Uint8Array.of() });
      for (const { parts } of [storage, restart()]) {
        expect([...parts.read()]).toEqual([Uint8Array.of(8)]);
        expect(parts.info()).toEqual({ seq: 9, bytes: 1, count: 1, ...vectors, deleteSet: Uint8Array.of() });
      }
      storage.parts.replace([], { seq: 9, ...vectors });
      for (const { parts } of [storage, restart()]) {
        expect([...parts.read()]).toEqual([]);
        expect(parts.info()).toEqual({ seq: 9, bytes: 0, count: 0, ...vectors });
      }
    }));

  test("[ST22] a delete set that ends the last part comes back, also to who asked before the parts were replaced", () =>
    withStorage(({ storage, restart }) => {
      const deleteSet = patternBytes(5_000);
      const last = Uint8Array.of(...patternBytes(300), ...deleteSet);
      storage.parts.replace([Uint8Array.of(1), last], { seq: 1, ...vectors, deleteSet });
      const info = { seq: 1, bytes: 5_301, count: 2, ...vectors, deleteSet };
      expect([storage.parts.info(), restart().parts.info()]).toEqual([info, info]);
      const { parts } = restart();
      const before = parts.info();
      parts.replace([Uint8Array.of(2)], { seq: 2, ...vectors }, 1);
      expect(before?.deleteSet).toEqual(deleteSet);
      expect(parts.info()?.deleteSet).toEqual(vectors.deleteSet);
      parts.replace([last], { seq: 3, ...vectors, deleteSet }, 2);
      expect(parts.info()).toEqual({ seq: 3, bytes: 5_302, count: 3, ...vectors, deleteSet });
    }));

  test("[ST6] whether parts bring formats is told as it was noted, and not told when nobody noted it", () =>
    withStorage(({ storage, restart }) => {
      for (const formats of [{ hasFormats: true }, { hasFormats: false }, {}]) {
        storage.parts.replace([Uint8Array.of(1)], { seq: 1, ...vectors, ...formats });
        const info = { seq: 1, bytes: 1, count: 1, ...vectors, ...formats };
        expect([storage.parts.info(), restart().parts.info()]).toEqual([info, info]);
        expect([...restart().parts.read()]).toEqual([Uint8Array.of(1)]);
      }
    }));

  test("[ST21] the leading parts that are kept stay as they are, whatever becomes of the vectors", () =>
    withStorage(({ storage, restart }) => {
      const [long, longer] = [patternBytes(2 * MAX_ROW_BYTES + 1), patternBytes(MAX_ROW_BYTES + 7)];
      storage.parts.replace([Uint8Array.of(1), long, Uint8Array.of(2), Uint8Array.of(3)], { seq: 1, ...vectors });
      storage.parts.replace([Uint8Array.of(4), longer], { seq: 5, ...vectors, deleteSet: Uint8Array.of(9) }, 2);
      const sizes = (from: number) => [...restart().parts.read(from)].map((part) => [part.byteLength, part[0]]);
      const expected = [
        [1, 1],
        [long.byteLength, long[0]],
        [1, 4],
        [longer.byteLength, longer[0]],
      ];
      expect([sizes(0), sizes(2), sizes(4)]).toEqual([expected, expected.slice(2), []]);
      const bytes = 2 + long.byteLength + longer.byteLength;
      expect(restart().parts.info()).toEqual({ seq: 5, bytes, count: 4, ...vectors, deleteSet: Uint8Array.of(9) });
      // A longer delete set takes a row more: what is kept moves.
      storage.parts.replace([], { seq: 6, ...vectors, deleteSet: patternBytes(MAX_ROW_BYTES + 1) }, 3);
      expect([sizes(0), restart().parts.info()?.count]).toEqual([expected.slice(0, 3), 3]);
      storage.parts.replace([Uint8Array.of(5)], { seq: 7, ...vectors }, 3);
      expect(sizes(0)).toEqual([...expected.slice(0, 3), [1, 5]]);
      expect(() => storage.parts.replace([], { seq: 8, ...vectors }, 5)).toThrow(RangeError);
    }));

  test("[ST3] parts, state vector and delete set may each be longer than a physical row", () =>
    withStorage(({ storage, restart }) => {
      const [part, stateVector, deleteSet] = [3, 2, 1].map((rows) => patternBytes(rows * MAX_ROW_BYTES + rows));
      if (part === undefined || stateVector === undefined || deleteSet === undefined) throw new Error("three");
      storage.parts.replace([Uint8Array.of(1), part, Uint8Array.of(2)], { seq: 1, stateVector, deleteSet });
      const { parts } = restart();
      const read = [...parts.read()];
      expect(read.map((bytes) => bytes.byteLength)).toEqual([1, part.byteLength, 1]);
      expect(sameBytes(read[1], part)).toBe(true);
      expect(sameBytes(parts.info()?.stateVector, stateVector)).toBe(true);
      expect(sameBytes(parts.info()?.deleteSet, deleteSet)).toBe(true);
    }));

  test("[ST7] meta is absent until it is written, and a change leaves the other fields", () =>
    withStorage(({ storage, restart }) => {
      expect(storage.meta.read()).toBeUndefined();
      storage.log.append([stamped("alice", 1)], 1);
      expect(storage.meta.read()).toBeUndefined();
      storage.meta.write({ epoch: 2, createdMs: 1_000 });
      storage.meta.write({ deletedMs: 5_000, summary: '{"editors":["alice"]}' });
      storage.meta.write({ snapshotSeq: 7, historySeq: 6, lock: "read" });
      storage.meta.write({ deletedMs: null });
      const summary = '{"editors":["alice"]}';
      const seqs = { snapshotSeq: 7, historySeq: 6 };
      const meta = { epoch: 2, createdMs: 1_000, ...seqs, deletedMs: null, summary, lock: "read" };
      expect([storage.meta.read(), restart().meta.read()]).toEqual([meta, meta]);
    }));
}

function describeTransactions(withStorage: WithStorage): void {
  test("[ST13] a throw takes back every write, and what is remembered with it", () =>
    withStorage(({ storage, restart }) => {
      storage.log.append([stamped("alice", 1)], 1);
      storage.tasks.ensureBy("compact", 100);
      const change = () => {
        storage.log.append([stamped("bob", 2)], 2);
        storage.tasks.ensureBy("snapshot", 50);
        storage.meta.write({ epoch: 1 });
        storage.authors.record([[7, "carol"]]);
        storage.parts.replace([Uint8Array.of(1)], {
          seq: 9,
          stateVector: Uint8Array.of(0),
          deleteSet: Uint8Array.of(0),
        });
        throw new Error("no");
      };
      expect(() => storage.transaction(change)).toThrow("no");
      for (const { log, tasks, meta, authors, parts } of [storage, restart()]) {
        expect(log.lastSeq()).toBe(1);
        expect([...log.readSince(0)].map((row) => row.updates)).toEqual([[stamped("alice", 1)]]);
        expect(tasks.due(1_000).map((task) => task.name)).toEqual(["compact"]);
        expect([meta.read(), authors.users(9), parts.info()]).toEqual([undefined, [], undefined]);
      }
      // Bob's and Carol's numbers went too: they are given anew, and rows still name the right people.
      storage.log.append([stamped("carol", 3), stamped("bob", 4)], 3);
      expect([...restart().log.readSince(1)][0]?.updates).toEqual([stamped("carol", 3), stamped("bob", 4)]);
    }));

  test("[ST13] a first write that is taken back leaves a room that was never used and works", () =>
    withStorage(({ storage, restart }) => {
      const change = () => {
        storage.log.append([stamped("alice", 1)], 1);
        throw new Error("no");
      };
      expect(() => storage.transaction(change)).toThrow("no");
      expect([storage.meta.read(), [...storage.log.readSince(0)]]).toEqual([undefined, []]);
      expect(storage.log.append([stamped("alice", 1)], 1)).toBe(1);
      expect([...restart().log.readSince(0)]).toHaveLength(1);
    }));

  test("[ST14] a transaction returns what its body does and does not nest", () =>
    withStorage(({ storage }) => {
      expect(storage.transaction(() => storage.log.append([stamped("alice", 1)], 1))).toBe(1);
      expect(() => storage.transaction(() => storage.transaction(() => 1))).toThrow("transactions do not nest");
      expect(storage.transaction(() => 2)).toBe(2);
    }));
}
