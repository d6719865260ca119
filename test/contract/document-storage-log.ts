/**
 * The part of the storage contract that is about the log (core/SPEC.md ST1 to ST5).
 * @module
 */
import { expect, test } from "vitest";
import { MAX_ROW_BYTES } from "../../src/protocol/limits.ts";
import { patternBytes, sameBytes, stamped, type WithStorage } from "./storage-under-test.ts";

export function describeLog(withStorage: WithStorage): void {
  test("[ST1] rows read back whole and in order, from any seq on", () =>
    withStorage(({ storage, restart }) => {
      expect(storage.log.append([stamped("alice", 1, 2)], 1_000)).toBe(1);
      expect(storage.log.append([stamped("bob", 3), stamped("alice", 4, 5, 6)], 1_010)).toBe(2);
      expect(storage.log.append([stamped("", 7)], 1_020)).toBe(3);
      const rows = [
        { seq: 1, firstSeq: 1, atMs: 1_000, updates: [stamped("alice", 1, 2)] },
        { seq: 2, firstSeq: 2, atMs: 1_010, updates: [stamped("bob", 3), stamped("alice", 4, 5, 6)] },
        { seq: 3, firstSeq: 3, atMs: 1_020, updates: [stamped("", 7)] },
      ];
      for (const { log } of [storage, restart()]) {
        expect([...log.readSince(0)]).toEqual(rows);
        expect([...log.readSince(2)]).toEqual(rows.slice(2));
        expect([...log.readSince(3)]).toEqual([]);
        expect(log.lastSeq()).toBe(3);
      }
    }));

  test("[ST1] a view of a larger buffer is stored as the view alone, and later changes to the buffer do not reach it", () =>
    withStorage(({ storage }) => {
      const buffer = Uint8Array.from([9, 1, 2, 9]);
      storage.log.append([{ user: "alice", update: buffer.subarray(1, 3) }], 1_000);
      buffer.fill(0);
      expect([...storage.log.readSince(0)].map((row) => row.updates)).toEqual([[stamped("alice", 1, 2)]]);
    }));

  test("[ST1] a row without updates is refused and takes no seq", () =>
    withStorage(({ storage }) => {
      expect(() => storage.log.append([], 1_000)).toThrow(RangeError);
      expect(storage.log.append([stamped("alice", 1)], 1_000)).toBe(1);
    }));

  test("[ST1] a row above 64 MiB is refused and takes no seq", () =>
    withStorage(({ storage }) => {
      const update = new Uint8Array(MAX_ROW_BYTES);
      expect(() =>
        storage.log.append(
          Array.from({ length: 64 }, () => ({ user: "alice", update })),
          1_000,
        ),
      ).toThrow(RangeError);
      expect([storage.log.lastSeq(), storage.log.stats().rows]).toEqual([0, 0]);
    }));

  test("[ST2] a seq is not given again after its row was deleted, the room cleared, or a restart", () =>
    withStorage(({ storage, restart }) => {
      for (const atMs of [1, 2, 3]) storage.log.append([stamped("alice", atMs)], atMs);
      storage.log.deleteThrough(3);
      expect([storage.log.lastSeq(), restart().log.lastSeq()]).toEqual([3, 3]);
      expect(storage.log.append([stamped("alice", 4)], 4)).toBe(4);
      storage.clear();
      expect([storage.log.lastSeq(), restart().log.lastSeq()]).toEqual([4, 4]);
      expect(restart().log.append([stamped("alice", 5)], 5)).toBe(5);
    }));

  test("[ST2] parts restored from elsewhere push the next seq above theirs", () =>
    withStorage(({ storage, restart }) => {
      storage.log.append([stamped("alice", 1)], 1);
      storage.parts.replace([Uint8Array.of(1)], {
        seq: 40,
        stateVector: Uint8Array.of(0),
        deleteSet: Uint8Array.of(0),
      });
      expect([storage.log.lastSeq(), restart().log.lastSeq()]).toEqual([40, 40]);
      expect(storage.log.append([stamped("alice", 2)], 2)).toBe(41);
    }));

  test("[ST3] rows longer than a physical row read back as one", () =>
    withStorage(({ storage, restart }) => {
      const long = patternBytes(2 * MAX_ROW_BYTES + 17);
      // The long row is physical rows 15 to 17: a read that fetches 16 at a time must not lose its last chunk.
      for (let atMs = 1; atMs < 15; atMs += 1) storage.log.append([stamped("carol", atMs)], atMs);
      storage.log.append([stamped("bob", 2), { user: "alice", update: long }], 15);
      for (let atMs = 16; atMs < 40; atMs += 1) storage.log.append([stamped("carol", atMs)], atMs);
      const rows = [...restart().log.readSince(0)];
      expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 39 }, (_, index) => index + 1));
      expect(rows[14]?.updates.map((update) => update.user)).toEqual(["bob", "alice"]);
      expect(sameBytes(rows[14]?.updates[1]?.update, long)).toBe(true);
      expect(storage.log.stats()).toEqual(restart().log.stats());
    }));

  test("[ST4] the tail's stats are those of its rows", () =>
    withStorage(({ storage, restart }) => {
      expect(storage.log.stats()).toEqual({ rows: 0, bytes: 0, oldestMs: 0, newestMs: 0 });
      for (const atMs of [10, 20, 30]) storage.log.append([stamped("alice", 1, 2, 3)], atMs);
      // Each payload is a sender byte, a length byte and three bytes.
      expect(storage.log.stats()).toEqual({ rows: 3, bytes: 15, oldestMs: 10, newestMs: 30 });
      storage.log.deleteThrough(1);
      expect(storage.log.stats()).toEqual({ rows: 2, bytes: 10, oldestMs: 20, newestMs: 30 });
      expect(restart().log.stats()).toEqual(storage.log.stats());
    }));

  test("[ST5] a tier merge makes several rows one that keeps both ends, and can be merged again", () =>
    withStorage(({ storage, restart }) => {
      for (const seq of [1, 2, 3, 4, 5]) storage.log.append([stamped("alice", seq)], seq * 10);
      storage.log.replace(2, { seq: 3, firstSeq: 2, atMs: 30, updates: [stamped("alice", 2, 3)] });
      storage.log.replace(2, { seq: 4, firstSeq: 2, atMs: 40, updates: [stamped("alice", 2, 3), stamped("bob", 4)] });
      const rows = [...restart().log.readSince(0)].map(({ seq, firstSeq, atMs }) => ({ seq, firstSeq, atMs }));
      expect(rows).toEqual([
        { seq: 1, firstSeq: 1, atMs: 10 },
        { seq: 4, firstSeq: 2, atMs: 40 },
        { seq: 5, firstSeq: 5, atMs: 50 },
      ]);
      expect([...storage.log.readSince(3)].map((row) => row.seq)).toEqual([4, 5]);
      expect(storage.log.append([stamped("alice", 6)], 60)).toBe(6);
    }));

  test("[ST5] a tier merge whose ends do not exist throws and changes nothing", () =>
    withStorage(({ storage }) => {
      for (const seq of [1, 2, 3]) storage.log.append([stamped("alice", seq)], seq);
      storage.log.deleteThrough(1);
      const before = [...storage.log.readSince(0)];
      const merged = { firstSeq: 1, atMs: 9, updates: [stamped("alice", 9)] };
      expect(() => storage.log.replace(1, { ...merged, seq: 3 })).toThrow(RangeError);
      expect(() => storage.log.replace(2, { ...merged, seq: 4 })).toThrow(RangeError);
      expect(() => storage.log.replace(3, { ...merged, seq: 2 })).toThrow(RangeError);
      expect([...storage.log.readSince(0)]).toEqual(before);
      storage.log.replace(2, { seq: 3, firstSeq: 2, atMs: 3, updates: [stamped("alice", 2, 3)] });
      // 2 is where a row begins now, not where one ends.
      expect(() => storage.log.replace(2, { ...merged, seq: 2 })).toThrow(RangeError);
    }));
}
