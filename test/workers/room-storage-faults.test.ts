/**
 * SQLite that fails between two statements of one write: nothing of the write stays, and the stores go on.
 * @module
 */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { DocumentStorage, LogRow } from "../../src/core/ports.ts";
import { MAX_ROW_BYTES } from "../../src/protocol/limits.ts";
import { openDocumentStorage } from "../../src/storage/room/document-storage.ts";
import type { SqlHost } from "../../src/storage/room/schema.ts";
import { patternBytes, stamped } from "../contract/storage-under-test.ts";

const LATER_MS = Number.MAX_SAFE_INTEGER;
const vectors = { stateVector: Uint8Array.of(0), deleteSet: Uint8Array.of(0) };
const event = { kind: "summary", createdMs: 1, body: "{}" } as const;

/** Writes of several statements each. */
const WRITES: readonly (readonly [name: string, write: (storage: DocumentStorage) => void])[] = [
  [
    "a long row by a new sender",
    ({ log }) => void log.append([{ user: "carol", update: patternBytes(2 * MAX_ROW_BYTES) }], 9),
  ],
  ["a tier merge", ({ log }) => log.replace(1, { seq: 2, firstSeq: 1, atMs: 9, updates: [stamped("carol", 9)] })],
  ["deleting the whole log", ({ log }) => log.deleteThrough(2)],
  ["new parts", ({ parts }) => parts.replace([Uint8Array.of(9), Uint8Array.of(9)], { seq: 50, ...vectors })],
  ["a newer event", ({ outbox }) => outbox.put({ ...event, version: "00000001-000000000009" })],
  [
    "authors",
    ({ authors }) =>
      authors.record([
        [8, "carol"],
        [9, "dave"],
      ]),
  ],
  [
    "stamps",
    ({ attribution }) =>
      attribution.record([
        { client: 1, clock: 4, length: 2, user: "alice", atMs: 1 },
        { client: 1, clock: 0, length: 9, user: "dave", atMs: 2 },
      ]),
  ],
  [
    "a long quarantined update",
    ({ quarantine }) => quarantine.put(1, { user: "bob", update: patternBytes(MAX_ROW_BYTES + 1) }, "bad"),
  ],
  ["clearing", (storage) => storage.clear()],
];

const CHANGES = /^\s*(INSERT|UPDATE|DELETE)/;

/** The real storage, whose `failAt`-th changing statement from now on fails like a disk does. */
function failing(storage: DurableObjectStorage) {
  let left = Infinity;
  const host: SqlHost = {
    sql: {
      exec: (query, ...binds) => {
        if (CHANGES.test(query)) {
          left -= 1;
          if (left === 0) throw new Error("disk I/O error: SQLITE_IOERR");
        }
        return storage.sql.exec(query, ...binds);
      },
    },
    transactionSync: (body) => storage.transactionSync(body),
  };
  const failAt = (statement: number): void => {
    left = statement;
  };
  return { host, failAt };
}

function fill(storage: DocumentStorage): void {
  storage.meta.write({ epoch: 1 });
  storage.log.append([stamped("alice", 1)], 1);
  storage.log.append([stamped("bob", 2)], 2);
  storage.parts.replace([Uint8Array.of(1)], { seq: 0, ...vectors });
  storage.outbox.put({ ...event, version: "00000001-000000000001" });
  storage.authors.record([[1, "alice"]]);
  storage.attribution.record([{ client: 1, clock: 0, length: 4, user: "alice", atMs: 1 }]);
  storage.tasks.setDue("compact", 5, 0);
}

/** Without the bytes of long updates: comparing them takes seconds. */
const rowShape = ({ updates, ...row }: LogRow) => {
  return { ...row, updates: updates.map(({ user, update }) => [user, update.byteLength, update[0]]) };
};

const TABLES = ["updates", "senders", "authors", "attribution", "parts", "tasks", "outbox", "quarantine"];

/** Rows nobody reads count too. */
const countRows = ({ sql }: DurableObjectStorage): readonly number[] =>
  TABLES.map((table) => sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`).one().rows);

const lookAt = ({ log, parts, outbox, authors, attribution, tasks, quarantine, meta }: DocumentStorage) => ({
  log: [Array.from(log.readSince(0), rowShape), log.stats(), log.lastSeq()],
  parts: [parts.info(), [...parts.read()]],
  outbox: outbox.due(LATER_MS).map(({ version }) => version),
  rest: [authors.users(9), [...attribution.read()], tasks.due(LATER_MS), quarantine.count(), meta.read()],
});

test.each(WRITES)("[ST20] a write that fails half way leaves nothing of itself: %s", async (name, write) => {
  const stub = env.DOCUMENT_ROOM.getByName(`default/document/storage-faults-${name}`);
  await runInDurableObject(stub, (_room, state) => {
    const { host, failAt } = failing(state.storage);
    const storage = openDocumentStorage(host);
    fill(storage);
    const before = lookAt(storage);
    const rowsBefore = countRows(state.storage);
    let failures = 0;
    for (;;) {
      failAt(failures + 1);
      try {
        write(storage);
        break;
      } catch (error) {
        expect(String(error)).toContain("SQLITE_IOERR");
        failures += 1;
      }
      failAt(Infinity);
      expect(countRows(state.storage)).toEqual(rowsBefore);
      expect(lookAt(storage)).toEqual(before);
      expect(lookAt(openDocumentStorage(state.storage))).toEqual(before);
    }
    failAt(Infinity);
    expect(failures).toBeGreaterThan(1);
    expect(lookAt(storage)).not.toEqual(before);
    expect(lookAt(storage)).toEqual(lookAt(openDocumentStorage(state.storage)));
  });
});
