/**
 * Tables of a document room: when they are made, and how older ones become the newest.
 * @module
 */
import { describe, expect, test } from "vitest";
import { openDocumentStorage } from "../../src/storage/room/document-storage.ts";
import { MIGRATIONS, hasSchema, migrate } from "../../src/storage/room/schema.ts";
import { stamped } from "../contract/storage-under-test.ts";
import { inFreshRoom, metered, tables } from "./fresh-room.ts";

describe("sqlite: schema", () => {
  test("[ST16] a room that is only asked has no tables", () =>
    inFreshRoom((storage) => {
      const room = openDocumentStorage(storage);
      const answers = [
        [
          room.meta.read(),
          room.parts.info(),
          room.tasks.nextDueMs(),
          room.tasks.get("compact"),
          room.outbox.nextDueMs(),
        ],
        [
          [...room.log.readSince(0)],
          [...room.parts.read()],
          [...room.attribution.read()],
          room.tasks.due(9),
          room.outbox.due(9),
          room.authors.users(9),
        ],
        [room.log.lastSeq(), room.log.stats().rows, room.outbox.stats().rows, room.quarantine.count()],
      ];
      room.log.deleteThrough(3);
      room.tasks.clear("compact");
      room.outbox.postpone(1, 1);
      room.outbox.confirm("summary", "00000001-000000000001");
      room.clear();
      expect(answers).toEqual([
        [undefined, undefined, undefined, undefined, undefined],
        [[], [], [], [], [], []],
        [0, 0, 0, 0],
      ]);
      expect([hasSchema(storage), tables(storage)]).toEqual([false, []]);
    }));

  test.each([
    ["log", (room: ReturnType<typeof openDocumentStorage>) => void room.log.append([stamped("alice", 1)], 1)],
    ["tasks", (room: ReturnType<typeof openDocumentStorage>) => void room.tasks.ensureBy("sweep", 1)],
    ["meta", (room: ReturnType<typeof openDocumentStorage>) => room.meta.write({ epoch: 1 })],
  ])("[ST16] the first write creates the tables: %s", (_store, write) =>
    inFreshRoom((storage) => {
      write(openDocumentStorage(storage));
      expect([hasSchema(storage), tables(storage)]).toEqual([
        true,
        ["attribution", "authors", "meta", "outbox", "parts", "quarantine", "senders", "tasks", "updates"],
      ]);
    }),
  );

  test("[ST17] from nothing to version 1: all tables, and a second run writes nothing", () =>
    inFreshRoom((storage) => {
      const { host, rowsWritten } = metered(storage);
      migrate(host, MIGRATIONS.slice(0, 1));
      expect(storage.sql.exec("SELECT schema_version FROM meta").one()).toEqual({ schema_version: 1 });
      expect(rowsWritten(() => migrate(host, MIGRATIONS.slice(0, 1)))).toBe(0);
    }));

  test("[ST17] from version 1 to 2: a room with data is not locked, and keeps it", () =>
    inFreshRoom((storage) => {
      migrate(storage, MIGRATIONS.slice(0, 1));
      const old = { epoch: 3, createdMs: 1, snapshotSeq: 7, historySeq: 6, deletedMs: null, summary: '{"a":1}' };
      storage.sql.exec(
        `UPDATE meta SET epoch = 3, created_ms = 1, snapshot_seq = 7, history_seq = 6, summary = '{"a":1}', last_seq = 9;
         INSERT INTO tasks (name, due_ms, attempts) VALUES ('snapshot', 5, 0)`,
      );
      const room = openDocumentStorage(storage);
      expect(room.meta.read()).toEqual({ ...old, lock: "open" });
      expect([room.log.lastSeq(), room.tasks.nextDueMs()]).toEqual([9, 5]);
      room.meta.write({ lock: "closed" });
      expect(openDocumentStorage(storage).meta.read()).toEqual({ ...old, lock: "closed" });
    }));

  test("[ST17] from version 2 to 3: a room with data has no stamps and keeps its authors, and takes stamps", () =>
    inFreshRoom((storage) => {
      migrate(storage, MIGRATIONS.slice(0, 2));
      storage.sql.exec(
        `UPDATE meta SET epoch = 3, created_ms = 1, last_seq = 9, lock = 'read';
         INSERT INTO senders (idx, user) VALUES (0, 'alice'), (1, 'bob');
         INSERT INTO authors (client, sender) VALUES (7, 1)`,
      );
      const room = openDocumentStorage(storage);
      expect([room.meta.read()?.lock, room.log.lastSeq()]).toEqual(["read", 9]);
      expect([[...room.authors.read()], [...room.attribution.read()]]).toEqual([[[7, "bob"]], []]);
      expect(room.attribution.rebuild()).toBeUndefined();
      const stamp = { client: 7, clock: 2, length: 4, user: "bob", atMs: 60_000 };
      room.attribution.record([stamp]);
      const again = openDocumentStorage(storage);
      expect([[...again.attribution.read()], [...again.authors.read()]]).toEqual([[stamp], [[7, "bob"]]]);
    }));

  test("[ST17] a later step runs once, at open, and keeps the data", () =>
    inFreshRoom((storage) => {
      openDocumentStorage(storage).log.append([stamped("alice", 1)], 1);
      const later = [...MIGRATIONS, "ALTER TABLE updates ADD COLUMN note TEXT; UPDATE updates SET note = 'kept'"];
      migrate(storage, later);
      migrate(storage, later);
      expect(storage.sql.exec("SELECT row_key, note FROM updates").toArray()).toEqual([{ row_key: 64, note: "kept" }]);
      expect(storage.sql.exec("SELECT schema_version FROM meta").one()).toEqual({ schema_version: later.length });
    }));

  test("[ST17] a step that fails takes back the steps before it", () =>
    inFreshRoom((storage) => {
      const broken = [...MIGRATIONS, "CREATE TABLE extra (a)", "INSERT INTO nowhere VALUES (1)"];
      expect(() => migrate(storage, broken)).toThrow("nowhere");
      expect(tables(storage)).toEqual([]);
    }));

  test("[ST17] a schema newer than this code is refused before anything is written", () =>
    inFreshRoom((storage) => {
      openDocumentStorage(storage).log.append([stamped("alice", 1)], 1);
      storage.sql.exec("UPDATE meta SET schema_version = 99");
      expect(() => openDocumentStorage(storage)).toThrow("newer than this code");
    }));
});
