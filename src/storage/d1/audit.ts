/**
 * Who did what administrative thing when.
 * @module
 */
import { type Result, ok } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { type BadCursor, decodeCursor, encodeCursor } from "./page-cursor.ts";

export type AuditEntry = {
  /** Random; the same entry twice is one row. */
  readonly id: string;
  /** Null for what concerns the whole deployment. */
  readonly project: ProjectId | null;
  /** `operator`, `server`, `page` or `user:<id>`; never a key or token. */
  readonly actor: string;
  readonly action: string;
  /** What it was done to: an id, a room's name, a user. */
  readonly target: string;
  readonly atMs: number;
  /** Id of the request, as in its log line. */
  readonly request: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** Every filter that is given has to hold. */
export type AuditQuery = {
  readonly project?: ProjectId | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** Inclusive. */
  readonly sinceMs?: number | undefined;
  /** Exclusive. */
  readonly beforeMs?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

export type AuditPage = { readonly entries: readonly AuditEntry[]; readonly cursor: string | null };

type AuditRow = Omit<AuditEntry, "detail"> & { readonly number: number; readonly detail: string };

/** Entries older than this are dropped whenever one is stored. */
const KEEP_MS = 400 * 24 * 60 * 60 * 1000;

const INSERT = `
INSERT INTO audit (id, project, actor, action, target, at_ms, request, detail)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING`;
const EXPIRE = "DELETE FROM audit WHERE at_ms < ?1";
const COLUMNS = "number, id, project, actor, action, target, at_ms AS atMs, request, detail";

export class AuditLog {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  async put(entry: AuditEntry): Promise<Result<void, D1Failed>> {
    const { id, project, actor, action, target, atMs, request } = entry;
    return await attempt(async () => {
      await this.#db.batch([
        this.#db.prepare(INSERT).bind(id, project, actor, action, target, atMs, request, JSON.stringify(entry.detail)),
        this.#db.prepare(EXPIRE).bind(atMs - KEEP_MS),
      ]);
    });
  }

  /** Newest first. */
  async list(query: AuditQuery): Promise<Result<AuditPage, D1Failed | BadCursor>> {
    const key = query.cursor === undefined ? ok(null) : decodeCursor(query.cursor, 2);
    if (!key.ok) return key;
    const conditions = conditionsOf(query, key.value);
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
    const sql = `SELECT ${COLUMNS} FROM audit ${where} ORDER BY at_ms DESC, number DESC LIMIT ?`;
    return await attempt(async () => {
      const { results } = await this.#db
        .prepare(sql)
        .bind(...conditions.flatMap(({ values }) => values), query.limit + 1)
        .all<AuditRow>();
      const rows = results.slice(0, query.limit);
      const last = rows.at(-1);
      const hasMore = results.length > rows.length && last !== undefined;
      return { entries: rows.map(toEntry), cursor: hasMore ? encodeCursor([last.atMs, last.number]) : null };
    });
  }
}

type Condition = { readonly sql: string; readonly values: readonly (string | number)[] };

function conditionsOf(query: AuditQuery, key: readonly number[] | null): readonly Condition[] {
  const given: readonly (readonly [sql: string, value: string | number | undefined])[] = [
    ["project = ?", query.project],
    ["actor = ?", query.actor],
    ["action = ?", query.action],
    ["at_ms >= ?", query.sinceMs],
    ["at_ms < ?", query.beforeMs],
  ];
  const conditions = given.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, values: [value] }]));
  return key === null ? conditions : [...conditions, { sql: "(at_ms, number) < (?, ?)", values: key }];
}

function toEntry({ number: _number, detail, ...facts }: AuditRow): AuditEntry {
  // SAFETY: put is the only writer of this column.
  return { ...facts, detail: JSON.parse(detail) as AuditEntry["detail"] };
}
