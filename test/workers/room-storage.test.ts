/**
 * SQLite in the runtime keeps the storage contract, at the price that DESIGN §4 promises.
 * @module
 */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { MAX_ROW_BYTES } from "../../src/protocol/limits.ts";
import { openDocumentStorage } from "../../src/storage/room/document-storage.ts";
import { hasSchema, migrate, MIGRATIONS, type SqlHost } from "../../src/storage/room/schema.ts";
import { describeDocumentStorage } from "../contract/document-storage.ts";
import { patternBytes, sameBytes, stamped } from "../contract/storage-under-test.ts";

const RUNS = env.ROOST_LONG === "1" ? 1_000 : 60;

let rooms = 0;

/** Inside an object that was never used: only the runtime's own tables, if any. */
async function inFreshRoom(body: (storage: DurableObjectStorage) => void): Promise<void> {
  rooms += 1;
  const stub = env.DOCUMENT_ROOM.getByName(`default/document/storage-${rooms}`);
  await runInDurableObject(stub, (_room, state) => body(state.storage));
}

/** The real storage, and what it was asked: rows written are the bill. */
function metered(storage: DurableObjectStorage) {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const host: SqlHost = {
    sql: {
      exec: (query, ...binds) => {
        const cursor = storage.sql.exec<never>(query, ...binds);
        cursors.push(cursor);
        return cursor;
      },
    },
    transactionSync: (body) => storage.transactionSync(body),
  };
  /** Rows that `act` wrote, index rows included. */
  const rowsWritten = (act: () => void): number => {
    cursors.length = 0;
    act();
    return cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
  };
  const statements = (act: () => void): number => {
    cursors.length = 0;
    act();
    return cursors.length;
  };
  return { host, rowsWritten, statements };
}

const tables = ({ sql }: SqlHost): readonly string[] =>
  sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .toArray()
    .map((row) => row.name)
    .filter((name) => !name.startsWith("_cf_"));

const longestRow = ({ sql }: SqlHost, table: string): number =>
  sql.exec<{ longest: number }>(`SELECT max(length(bytes)) AS longest FROM ${table}`).one().longest;

describeDocumentStorage(
  "sqlite",
  (body) =>
    inFreshRoom((storage) =>
      body({ storage: openDocumentStorage(storage), restart: () => openDocumentStorage(storage) }),
    ),
  RUNS,
);

describe("sqlite: cost", () => {
  test("[ST15] a flush writes one row, a new sender one more, once, and each further MiB one more", () =>
    inFreshRoom((storage) => {
      const { host, rowsWritten } = metered(storage);
      const { log } = openDocumentStorage(host);
      log.append([stamped("alice", 1)], 1);
      expect(rowsWritten(() => log.append([stamped("alice", 2)], 2))).toBe(1);
      expect(rowsWritten(() => log.append([stamped("bob", 3), stamped("alice", 4)], 3))).toBe(2);
      expect(rowsWritten(() => log.append([stamped("bob", 5), stamped("alice", 6)], 4))).toBe(1);
      const update = patternBytes(2 * MAX_ROW_BYTES);
      expect(rowsWritten(() => log.append([{ user: "bob", update }], 5))).toBe(3);
    }));

  test("[ST15] the first flush after a wake writes one row too", () =>
    inFreshRoom((storage) => {
      openDocumentStorage(storage).log.append([stamped("alice", 1)], 1);
      const { host, rowsWritten } = metered(storage);
      const woken = openDocumentStorage(host);
      expect(rowsWritten(() => woken.log.append([stamped("alice", 2)], 2))).toBe(1);
    }));

  test("[ST15] tasks that are set and questions that are answered cost the typing path no statement", () =>
    inFreshRoom((storage) => {
      const { host, statements } = metered(storage);
      const { log, tasks, meta, parts } = openDocumentStorage(host);
      log.append([stamped("alice", 1)], 1);
      tasks.ensureBy("snapshot", 10_000);
      const ask = () => {
        tasks.ensureBy("snapshot", 20_000);
        return [
          tasks.nextDueMs(),
          tasks.due(0),
          tasks.get("sweep"),
          log.lastSeq(),
          log.stats(),
          meta.read(),
          parts.info(),
        ];
      };
      ask();
      expect(statements(ask)).toBe(0);
    }));

  test("[ST21] parts that are kept are not written", () =>
    inFreshRoom((storage) => {
      const { host, rowsWritten } = metered(storage);
      const { parts } = openDocumentStorage(host);
      const vectors = { stateVector: Uint8Array.of(0), deleteSet: Uint8Array.of(0) };
      const eight = Array.from({ length: 8 }, () => patternBytes(MAX_ROW_BYTES));
      parts.replace(eight, { seq: 1, ...vectors });
      // Head, two vectors and a part go and come; the highest seq is noted.
      expect(rowsWritten(() => parts.replace([Uint8Array.of(1)], { seq: 2, ...vectors }, 7))).toBeLessThanOrEqual(9);
      expect(parts.info()?.bytes).toBe(7 * MAX_ROW_BYTES + 1);
    }));

  test("[ST3] no physical row is longer than MAX_ROW_BYTES", () =>
    inFreshRoom((storage) => {
      const { log, parts, quarantine } = openDocumentStorage(storage);
      const long = patternBytes(3 * MAX_ROW_BYTES + 1);
      log.append([{ user: "alice", update: long }, stamped("bob", 1)], 1);
      parts.replace([long], { seq: 1, stateVector: long, deleteSet: long });
      quarantine.put(1, { user: "alice", update: long }, "bad");
      for (const table of ["updates", "parts", "quarantine"]) expect(longestRow(storage, table)).toBe(MAX_ROW_BYTES);
    }));

  test("[ST12] a quarantined update can be read back by its chunks", () =>
    inFreshRoom((storage) => {
      const long = patternBytes(MAX_ROW_BYTES + 1);
      openDocumentStorage(storage).quarantine.put(7, { user: "alice", update: long }, "unexpected end");
      const read = storage.sql.exec<{ part: number; seq: number; user: string; reason: string; bytes: ArrayBuffer }>(
        "SELECT part, seq, user, reason, bytes FROM quarantine ORDER BY n",
      );
      const rows = read.toArray();
      expect(rows.map(({ part, seq, user, reason }) => ({ part, seq, user, reason }))).toEqual([
        { part: 0, seq: 7, user: "alice", reason: "unexpected end" },
        { part: 1, seq: 7, user: "alice", reason: "unexpected end" },
      ]);
      const bytes = rows.flatMap((row) => [new Uint8Array(row.bytes)]);
      expect(sameBytes(bytes[0], long.subarray(0, MAX_ROW_BYTES))).toBe(true);
      expect(sameBytes(bytes[1], long.subarray(MAX_ROW_BYTES))).toBe(true);
    }));

  test("[ST15] an empty room takes ten pages at most, and a deleted log gives its pages back", () =>
    inFreshRoom((storage) => {
      const { log } = openDocumentStorage(storage);
      log.append([stamped("alice", 1)], 1);
      const PAGE_BYTES = 4096;
      expect(storage.sql.databaseSize).toBeLessThanOrEqual(10 * PAGE_BYTES);
      const before = storage.sql.databaseSize;
      for (let atMs = 2; atMs < 20; atMs += 1) log.append([{ user: "alice", update: patternBytes(50_000) }], atMs);
      expect(storage.sql.databaseSize).toBeGreaterThan(18 * 50_000);
      log.deleteThrough(19);
      expect(storage.sql.databaseSize).toBe(before);
    }));
});

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
        [[], [], [], [], []],
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
        ["authors", "meta", "outbox", "parts", "quarantine", "senders", "tasks", "updates"],
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
