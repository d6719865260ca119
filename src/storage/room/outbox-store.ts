/**
 * Events on their way to the queue. Newest of its kind wins, so there is at most one row of a kind, but of those of which each counts.
 * @module
 */
import { EACH_COUNTS, type OutboxEvent, type OutboxStore } from "../../core/ports.ts";
import type { RoomDatabase } from "./database.ts";

const FIND_NEWER = "SELECT key FROM outbox WHERE kind = ? AND version > ? LIMIT 1";
const MAX_KEY = "SELECT ifnull(max(key), 0) AS key FROM outbox";
const ADD_EVENT = `
  INSERT INTO outbox (key, kind, version, body, created_ms, due_ms, attempts) VALUES (?, ?, ?, ?, ?, ?, 0)`;
const READ_DUE = `
  SELECT key, kind, version, body, created_ms, due_ms, attempts FROM outbox WHERE due_ms <= ? ORDER BY due_ms, key`;
const POSTPONE = "UPDATE outbox SET due_ms = ?, attempts = attempts + 1 WHERE key = ?";
const DELETE_THROUGH = "DELETE FROM outbox WHERE kind = ? AND version <= ?";
const DELETE_ONE = "DELETE FROM outbox WHERE kind = ? AND version = ?";
const READ_STATS = "SELECT count(*) AS row_count, min(created_ms) AS oldest_ms, min(due_ms) AS next_ms FROM outbox";

type EventRow = {
  key: number;
  kind: OutboxEvent["kind"];
  version: string;
  body: string;
  created_ms: number;
  due_ms: number;
  attempts: number;
};
type StatsRow = { row_count: number; oldest_ms: number | null; next_ms: number | null };

export class SqlOutboxStore implements OutboxStore {
  readonly #db: RoomDatabase;
  /** Highest key this instance showed: a send that is still under way must not find another event under its key. */
  #lastKey = 0;

  constructor(db: RoomDatabase) {
    this.#db = db;
  }

  put(event: Pick<OutboxEvent, "kind" | "version" | "body" | "createdMs">): void {
    const { kind, version, body, createdMs } = event;
    if (!EACH_COUNTS.has(kind) && this.#db.read(FIND_NEWER, kind, version).length > 0) return;
    const key = Math.max(this.#lastKey, this.#maxKey()) + 1;
    this.#db.atomically(() => {
      this.confirm(kind, version);
      this.#db.write(ADD_EVENT, key, kind, version, body, createdMs, createdMs);
    });
  }

  due(nowMs: number): readonly OutboxEvent[] {
    const rows = this.#db.read<EventRow>(READ_DUE, nowMs);
    this.#lastKey = Math.max(this.#lastKey, ...rows.map((row) => row.key));
    return rows.map((row) => ({
      key: row.key,
      kind: row.kind,
      version: row.version,
      body: row.body,
      createdMs: row.created_ms,
      dueMs: row.due_ms,
      attempts: row.attempts,
    }));
  }

  postpone(key: number, dueMs: number): void {
    this.#db.change(POSTPONE, dueMs, key);
  }

  confirm(kind: OutboxEvent["kind"], version: string): void {
    this.#db.change(EACH_COUNTS.has(kind) ? DELETE_ONE : DELETE_THROUGH, kind, version);
  }

  nextDueMs(): number | undefined {
    return this.#stats().next_ms ?? undefined;
  }

  stats(): { readonly rows: number; readonly oldestMs: number } {
    const { row_count: rows, oldest_ms: oldestMs } = this.#stats();
    return { rows, oldestMs: oldestMs ?? 0 };
  }

  #maxKey(): number {
    return this.#db.read<{ key: number }>(MAX_KEY)[0]?.key ?? 0;
  }

  #stats(): StatsRow {
    return this.#db.read<StatsRow>(READ_STATS)[0] ?? { row_count: 0, oldest_ms: null, next_ms: null };
  }
}
