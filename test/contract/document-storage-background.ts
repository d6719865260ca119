/**
 * The part of the storage contract that is about what happens behind the typing: tasks, outbox, authors, quarantine.
 * @module
 */
import { expect, test } from "vitest";
import type { DocumentStorage, OutboxEvent } from "../../src/core/ports.ts";
import { MAX_ROW_BYTES } from "../../src/protocol/limits.ts";
import { patternBytes, stamped, type WithStorage } from "./storage-under-test.ts";

const LATER_MS = Number.MAX_SAFE_INTEGER;

function versions(storage: DocumentStorage): readonly string[] {
  return storage.outbox.due(LATER_MS).map((event) => event.version);
}

function keyOf(storage: DocumentStorage, version: string): number {
  const event = storage.outbox.due(LATER_MS).find((row) => row.version === version);
  if (event === undefined) throw new Error(`no event ${version}`);
  return event.key;
}

const summary = (version: string, createdMs: number): Omit<OutboxEvent, "key" | "dueMs" | "attempts"> => {
  return { kind: "summary", version, body: `{"version":"${version}"}`, createdMs };
};

export function describeBackgroundStores(withStorage: WithStorage): void {
  describeTasks(withStorage);
  describeOutbox(withStorage);

  test("[ST11] the first sender of a client id stays its author, and users come by latest first appearance", () =>
    withStorage(({ storage, restart }) => {
      storage.authors.record([
        [1, "alice"],
        [2, "bob"],
        [1, "bob"],
      ]);
      storage.log.append([stamped("carol", 1)], 1);
      storage.authors.record([
        [3, "alice"],
        [2 ** 53 - 1, "carol"],
        [2, "dave"],
      ]);
      for (const { authors } of [storage, restart()]) {
        expect(authors.users(10)).toEqual(["carol", "bob", "alice"]);
        expect(authors.users(2)).toEqual(["carol", "bob"]);
      }
    }));

  test("[ST12] a quarantined update is counted once, however long it is", () =>
    withStorage(({ storage, restart }) => {
      expect(storage.quarantine.count()).toBe(0);
      storage.quarantine.put(4, { user: "alice", update: patternBytes(2 * MAX_ROW_BYTES + 1) }, "unexpected end");
      storage.quarantine.put(4, stamped("bob", 1), "unexpected end");
      expect([storage.quarantine.count(), restart().quarantine.count()]).toEqual([2, 2]);
    }));

  test("[ST18] clearing leaves the meta row and nothing else", () =>
    withStorage(({ storage, restart }) => {
      storage.meta.write({ epoch: 3, createdMs: 1, deletedMs: 2 });
      storage.log.append([stamped("alice", 1)], 1);
      storage.parts.replace([Uint8Array.of(1)], { seq: 1, stateVector: Uint8Array.of(0), deleteSet: Uint8Array.of(0) });
      storage.tasks.setDue("compact", 5, 1);
      storage.outbox.put(summary("00000003-000000000001", 1));
      storage.authors.record([[1, "alice"]]);
      storage.quarantine.put(1, stamped("alice", 1), "bad");
      const meta = storage.meta.read();
      storage.transaction(() => storage.clear());
      for (const room of [storage, restart()]) {
        expect(room.meta.read()).toEqual(meta);
        expect([[...room.log.readSince(0)], room.log.stats().rows, room.parts.info()]).toEqual([[], 0, undefined]);
        expect([room.tasks.nextDueMs(), versions(room), room.authors.users(9), room.quarantine.count()]).toEqual([
          undefined,
          [],
          [],
          0,
        ]);
      }
      storage.log.append([stamped("bob", 1)], 3);
      expect([...restart().log.readSince(0)]).toEqual([{ seq: 2, firstSeq: 2, atMs: 3, updates: [stamped("bob", 1)] }]);
    }));
}

function describeTasks(withStorage: WithStorage): void {
  test("[ST8] ensureBy moves a task earlier and never later, and resets its attempts only when it moves it", () =>
    withStorage(({ storage, restart }) => {
      expect(storage.tasks.ensureBy("compact", 1_000)).toBe(true);
      storage.tasks.setDue("compact", 1_000, 3);
      expect(storage.tasks.ensureBy("compact", 1_000)).toBe(false);
      expect(storage.tasks.ensureBy("compact", 2_000)).toBe(false);
      expect(restart().tasks.get("compact")).toEqual({ name: "compact", dueMs: 1_000, attempts: 3 });
      storage.tasks.setDue("compact", 1_000, 0);
      expect(storage.tasks.ensureBy("compact", 500)).toBe(true);
      expect(storage.tasks.get("compact")).toEqual({ name: "compact", dueMs: 500, attempts: 0 });
      expect(restart().tasks.get("compact")).toEqual({ name: "compact", dueMs: 500, attempts: 0 });
    }));

  test("[ST8] a task that waits for its next try keeps its time; the sweep, which counts quiet sweeps, does not", () =>
    withStorage(({ storage, restart }) => {
      storage.tasks.setDue("compact", 1_000, 3);
      storage.tasks.setDue("sweep", 1_000, 3);
      expect(restart().tasks.ensureBy("compact", 500)).toBe(false);
      expect(storage.tasks.get("compact")).toEqual({ name: "compact", dueMs: 1_000, attempts: 3 });
      expect(storage.tasks.ensureBy("sweep", 500)).toBe(true);
      expect(restart().tasks.get("sweep")).toEqual({ name: "sweep", dueMs: 500, attempts: 0 });
    }));

  test("[ST8] due tasks come earliest first, and setDue moves a task whatever it was", () =>
    withStorage(({ storage, restart }) => {
      expect([storage.tasks.nextDueMs(), storage.tasks.due(LATER_MS), storage.tasks.get("sweep")]).toEqual([
        undefined,
        [],
        undefined,
      ]);
      storage.tasks.setDue("sweep", 300, 0);
      storage.tasks.setDue("outbox", 100, 2);
      storage.tasks.setDue("snapshot", 200, 0);
      storage.tasks.setDue("outbox", 250, 3);
      storage.tasks.clear("compact");
      for (const { tasks } of [storage, restart()]) {
        expect(tasks.due(250)).toEqual([
          { name: "snapshot", dueMs: 200, attempts: 0 },
          { name: "outbox", dueMs: 250, attempts: 3 },
        ]);
        expect([tasks.due(199), tasks.nextDueMs()]).toEqual([[], 200]);
      }
      storage.tasks.clear("snapshot");
      expect([storage.tasks.nextDueMs(), restart().tasks.nextDueMs()]).toEqual([250, 250]);
    }));
}

function describeOutbox(withStorage: WithStorage): void {
  test("[ST9] the newest event of a kind replaces older ones, and an older one is ignored", () =>
    withStorage(({ storage, restart }) => {
      storage.outbox.put(summary("00000001-000000000005", 100));
      storage.outbox.put({ ...summary("00000001-000000000009", 150), kind: "deleted" });
      storage.outbox.put(summary("00000001-000000000010", 200));
      storage.outbox.put(summary("00000001-000000000007", 300));
      for (const room of [storage, restart()]) {
        expect(versions(room)).toEqual(["00000001-000000000009", "00000001-000000000010"]);
        expect(room.outbox.stats()).toEqual({ rows: 2, oldestMs: 150 });
      }
    }));

  test("[ST9] an event is due at once, later after each send, and gone when it or a newer one is confirmed", () =>
    withStorage(({ storage, restart }) => {
      expect([storage.outbox.nextDueMs(), storage.outbox.stats()]).toEqual([undefined, { rows: 0, oldestMs: 0 }]);
      storage.outbox.put(summary("00000001-000000000005", 100));
      const key = keyOf(storage, "00000001-000000000005");
      expect([storage.outbox.due(99), storage.outbox.nextDueMs()]).toEqual([[], 100]);
      storage.outbox.postpone(key, 400);
      storage.outbox.postpone(key, 900);
      const event = { ...summary("00000001-000000000005", 100), key, dueMs: 900, attempts: 2 };
      for (const { outbox } of [storage, restart()]) {
        expect([outbox.due(899), outbox.due(900), outbox.nextDueMs()]).toEqual([[], [event], 900]);
      }
      storage.outbox.confirm("summary", "00000001-000000000004");
      storage.outbox.confirm("deleted", "00000001-000000000005");
      expect(versions(storage)).toEqual(["00000001-000000000005"]);
      storage.outbox.confirm("summary", "00000001-000000000006");
      expect([versions(storage), versions(restart())]).toEqual([[], []]);
    }));

  test("[ST9] the same version put again starts over", () =>
    withStorage(({ storage }) => {
      storage.outbox.put(summary("00000001-000000000005", 100));
      storage.outbox.postpone(keyOf(storage, "00000001-000000000005"), 900);
      storage.outbox.put({ ...summary("00000001-000000000005", 500), body: "{}" });
      const shown = storage.outbox.due(LATER_MS).map(({ body, dueMs, attempts }) => ({ body, dueMs, attempts }));
      expect(shown).toEqual([{ body: "{}", dueMs: 500, attempts: 0 }]);
    }));

  test("[ST30] of versions each counts until it is confirmed itself", () =>
    withStorage(({ storage, restart }) => {
      const version = (name: string, createdMs: number) => ({ ...summary(name, createdMs), kind: "version" }) as const;
      storage.outbox.put(version("00000001-000000000010", 100));
      storage.outbox.put(version("00000001-000000000005", 200));
      storage.outbox.put({ ...version("00000001-000000000005", 300), body: "{}" });
      storage.outbox.confirm("version", "00000001-000000000011");
      for (const room of [storage, restart()]) {
        expect(versions(room)).toEqual(["00000001-000000000010", "00000001-000000000005"]);
        expect(room.outbox.stats()).toEqual({ rows: 2, oldestMs: 100 });
      }
      storage.outbox.confirm("version", "00000001-000000000010");
      expect([versions(storage), versions(restart())]).toEqual([["00000001-000000000005"], ["00000001-000000000005"]]);
    }));

  test("[ST10] a key that a send under way still holds never comes to mean another event", () =>
    withStorage(({ storage }) => {
      storage.outbox.put(summary("00000001-000000000005", 100));
      const sending = keyOf(storage, "00000001-000000000005");
      storage.outbox.confirm("summary", "00000001-000000000005");
      storage.outbox.put(summary("00000001-000000000006", 200));
      storage.outbox.postpone(sending, 60_000);
      expect(storage.outbox.due(200).map((event) => [event.version, event.attempts])).toEqual([
        ["00000001-000000000006", 0],
      ]);
    }));
}
