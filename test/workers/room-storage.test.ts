/**
 * SQLite in the runtime keeps the storage contract, at the price that DESIGN §4 promises.
 * @module
 */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { MAX_ROW_BYTES } from "../../src/protocol/limits.ts";
import { openDocumentStorage } from "../../src/storage/room/document-storage.ts";
import type { SqlHost } from "../../src/storage/room/schema.ts";
import { describeDocumentStorage } from "../contract/document-storage.ts";
import { patternBytes, sameBytes, stamped } from "../contract/storage-under-test.ts";
import { inFreshRoom, metered } from "./fresh-room.ts";

const RUNS = env.ROOST_LONG === "1" ? 1_000 : 60;

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
