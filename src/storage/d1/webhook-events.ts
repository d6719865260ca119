/**
 * What happened in projects with endpoints, and for whom. An event is a row before anybody is told; who is to be told follows from it.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import type { Version } from "../../protocol/version.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import type { Lane } from "./webhook-lanes.ts";
import { type ToldPosition, advancePosition } from "./webhook-positions.ts";

export type NewEvent = {
  /** The same for the same event, however often it is recorded. Without a dot: it is a part of what is signed. */
  readonly id: string;
  readonly type: string;
  /** Events of the same subject are delivered in order: the name of the room. */
  readonly subject: string;
  /** Of a document: what is older than what is recorded of its type, or than its erasure, comes too late. */
  readonly version: Version | null;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
};

/** The message that told them, with the hash of its room. */
export type ToldMessage = ToldPosition & { readonly room: string };

export type ReplayFrom = { readonly sinceMs: number } | { readonly eventId: string };

export type Replayed = {
  readonly events: number;
  /** Id of the first event that was left for another call; null when all are on their way. */
  readonly next: string | null;
  readonly lanes: readonly Lane[];
};

export type Pruned = {
  /** Deliveries that nobody had taken or given up. */
  readonly lost: number;
  /** False where more may be too old. */
  readonly isAll: boolean;
};

/** Events, and the log of their deliveries, are kept so long. Longer than any delivery is tried. */
export const KEEP_EVENTS_MS = 30 * 24 * 60 * 60 * 1000;
/** Rows at a time, of each table: an event takes some deliveries with it. */
const MAX_PRUNED = 500;
export const MAX_REPLAYED = 2_000;

const WANTS = "EXISTS (SELECT 1 FROM json_each(e.events) f WHERE v.type GLOB f.value)";

const INSERT = `
INSERT INTO webhook_events (id, project, type, subject, version, at_ms, stored_ms, data)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE EXISTS (SELECT 1 FROM webhook_endpoints e, json_each(e.events) f WHERE e.project = ?2 AND ?3 GLOB f.value)
  AND NOT EXISTS (SELECT 1 FROM webhook_events n WHERE n.subject = ?4 AND n.type IN (?3, 'document.deleted') AND n.version > ?5)
ON CONFLICT (id) DO NOTHING`;
const FAN_OUT = `
INSERT INTO webhook_deliveries (endpoint, event, subject, status, updated_ms)
SELECT e.number, v.number, v.subject, 'pending', ?2 FROM webhook_events v JOIN webhook_endpoints e ON e.project = v.project
WHERE v.id IN (SELECT value FROM json_each(?1)) AND e.disabled_ms IS NULL AND ${WANTS}
ON CONFLICT (endpoint, event) DO NOTHING`;
const OPEN_LANES = `
INSERT INTO webhook_lanes (endpoint, subject, due_ms)
SELECT DISTINCT d.endpoint, d.subject, ?2 FROM webhook_deliveries d JOIN webhook_events v ON v.number = d.event
WHERE v.id IN (SELECT value FROM json_each(?1)) AND d.status = 'pending'
ON CONFLICT (endpoint, subject) DO NOTHING`;
const LANES = `
SELECT DISTINCT d.endpoint, d.subject FROM webhook_deliveries d JOIN webhook_events v ON v.number = d.event
JOIN webhook_lanes l ON l.endpoint = d.endpoint AND l.subject = d.subject
WHERE v.id IN (SELECT value FROM json_each(?1)) AND d.status = 'pending' AND l.due_ms <= ?2`;

const ADDRESS = `
INSERT INTO webhook_events (id, project, type, subject, version, at_ms, stored_ms, data)
VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?5, ?6) ON CONFLICT (id) DO NOTHING`;
const ADDRESS_DELIVERY = `
INSERT INTO webhook_deliveries (endpoint, event, subject, status, updated_ms)
SELECT ?2, number, subject, 'pending', ?3 FROM webhook_events WHERE id = ?1 ON CONFLICT (endpoint, event) DO NOTHING`;

const FROM_EVENT = "SELECT number FROM webhook_events WHERE project = ?1 AND id = ?2";
const FROM_TIME = "SELECT coalesce(min(number), 0) AS number FROM webhook_events WHERE project = ?1 AND at_ms >= ?2";
const CHOSEN = `
SELECT v.number, v.id FROM webhook_events v JOIN webhook_endpoints e ON e.number = ?1
WHERE v.project = e.project AND v.number >= ?2 AND (?3 IS NULL OR v.at_ms >= ?3) AND ${WANTS}
ORDER BY v.number LIMIT ${MAX_REPLAYED + 1}`;
const REPLAY = `
INSERT INTO webhook_deliveries (endpoint, event, subject, status, updated_ms)
SELECT ?1, v.number, v.subject, 'pending', ?3 FROM webhook_events v WHERE v.number IN (SELECT value FROM json_each(?2))
ON CONFLICT (endpoint, event) DO UPDATE SET status = 'pending', attempts = 0, tries = '[]', answer = '', updated_ms = excluded.updated_ms`;
const REOPEN_LANES = `
INSERT INTO webhook_lanes (endpoint, subject, due_ms)
SELECT DISTINCT ?1, v.subject, ?3 FROM webhook_events v WHERE v.number IN (SELECT value FROM json_each(?2))
ON CONFLICT (endpoint, subject) DO UPDATE SET due_ms = min(due_ms, excluded.due_ms) RETURNING endpoint, subject`;
/** Whoever asks for a replay says that the receiver is back. Its failures stay counted: one more, and it rests again. */
const RESUME = "UPDATE webhook_endpoints SET paused_until_ms = 0 WHERE number = ?1";

const OLD = `SELECT number FROM webhook_events WHERE stored_ms < ?1 ORDER BY stored_ms LIMIT ${MAX_PRUNED}`;
const COUNT_LOST = `SELECT count(*) AS lost FROM webhook_deliveries WHERE status = 'pending' AND event IN (${OLD})`;
const PRUNE_DELIVERIES = `DELETE FROM webhook_deliveries WHERE event IN (${OLD})`;
const PRUNE_EVENTS = `DELETE FROM webhook_events WHERE number IN (${OLD})`;
const PRUNE_POSITIONS = `
DELETE FROM webhook_positions WHERE room IN (SELECT room FROM webhook_positions WHERE stored_ms < ?1 ORDER BY stored_ms LIMIT ${MAX_PRUNED})`;

/** Null: nobody wants to hear of it. */
const IS_RECORDED = `SELECT CASE WHEN EXISTS (SELECT 1 FROM webhook_events WHERE id = ?3) THEN 1
  WHEN EXISTS (SELECT 1 FROM webhook_endpoints e, json_each(e.events) f WHERE e.project = ?1 AND ?2 GLOB f.value) THEN 0 END AS recorded`;

const KNOWN = `SELECT EXISTS (SELECT 1 FROM webhook_endpoints WHERE project = ?1) AS hasEndpoints, d.version, d.created_ms AS createdMs,
  d.deleted_ms AS deletedMs FROM (SELECT 1) LEFT JOIN documents d ON d.project = ?1 AND d.id = ?2`;

/** What D1 holds of a document whose message came, before it is written. */
export type KnownDocument = {
  readonly hasEndpoints: boolean;
  readonly version: Version | null;
  readonly deletedMs: number | null;
};

export class WebhookEvents {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** One read, which is all that a project without endpoints costs. */
  async know(project: ProjectId, document: string): Promise<Result<KnownDocument, D1Failed>> {
    return await attempt(async () => {
      const row = await this.#db
        .prepare(KNOWN)
        .bind(project, document)
        .first<Omit<KnownDocument, "hasEndpoints"> & { readonly hasEndpoints: number }>();
      return {
        version: row?.version ?? null,
        deletedMs: row?.deletedMs ?? null,
        hasEndpoints: row?.hasEndpoints === 1,
      };
    });
  }

  /** False where somebody wants an event of this type, and this one is not recorded. */
  async isRecorded(
    project: ProjectId,
    { type, id }: Pick<NewEvent, "type" | "id">,
  ): Promise<Result<boolean, D1Failed>> {
    return await attempt(async () => {
      const row = await this.#db
        .prepare(IS_RECORDED)
        .bind(project, type, id)
        .first<{ readonly recorded: number | null }>();
      return row?.recorded !== 0;
    });
  }

  /** As far as anybody wants them, in this order. The lanes are those that somebody has to work on now. */
  async record(
    project: ProjectId,
    events: readonly NewEvent[],
    { nowMs, told }: { readonly nowMs: number; readonly told?: ToldMessage | undefined },
  ): Promise<Result<readonly Lane[], D1Failed>> {
    const ids = JSON.stringify(events.map(({ id }) => id));
    const advance = told === undefined ? [] : [advancePosition(this.#db, told.room, { ...told, nowMs })];
    const inserts = events.map(({ id, type, subject, version, atMs, data }) =>
      this.#db.prepare(INSERT).bind(id, project, type, subject, version, atMs, nowMs, JSON.stringify(data)),
    );
    const rest = [FAN_OUT, OPEN_LANES, LANES].map((sql) => this.#db.prepare(sql).bind(ids, nowMs));
    return await this.#lanes([...inserts, ...advance, ...rest]);
  }

  /** For one endpoint, whatever it wants to hear. */
  async recordFor(
    endpoint: number,
    { project, event, nowMs }: { readonly project: ProjectId; readonly event: NewEvent; readonly nowMs: number },
  ): Promise<Result<readonly Lane[], D1Failed>> {
    const { id, type, subject, data } = event;
    const ids = JSON.stringify([id]);
    return await this.#lanes([
      this.#db.prepare(ADDRESS).bind(id, project, type, subject, nowMs, JSON.stringify(data)),
      this.#db.prepare(ADDRESS_DELIVERY).bind(id, endpoint, nowMs),
      this.#db.prepare(OPEN_LANES).bind(ids, nowMs),
      this.#db.prepare(LANES).bind(ids, nowMs),
    ]);
  }

  /** What the endpoint wants of what happened since, once more or for the first time; null where that event is not known. */
  async replay(
    endpoint: { readonly number: number; readonly project: ProjectId },
    from: ReplayFrom,
    nowMs: number,
  ): Promise<Result<Replayed | null, D1Failed>> {
    const { number, project } = endpoint;
    return await attempt(async () => {
      const [sql, key] = "eventId" in from ? [FROM_EVENT, from.eventId] : [FROM_TIME, from.sinceMs];
      const first = await this.#db.prepare(sql).bind(project, key).first<{ readonly number: number }>();
      if (first === null) return null;
      const sinceMs = "eventId" in from ? null : from.sinceMs;
      const { results } = await this.#db
        .prepare(CHOSEN)
        .bind(number, first.number, sinceMs)
        .all<{ readonly number: number; readonly id: string }>();
      const chosen = results.slice(0, MAX_REPLAYED);
      const numbers = JSON.stringify(chosen.map((event) => event.number));
      const [, lanes] = await this.#db.batch<Lane>(
        [REPLAY, REOPEN_LANES]
          .map((statement) => this.#db.prepare(statement).bind(number, numbers, nowMs))
          .concat(this.#db.prepare(RESUME).bind(number)),
      );
      return { events: chosen.length, next: results[MAX_REPLAYED]?.id ?? null, lanes: lanes?.results ?? [] };
    });
  }

  /** Some of what is too old, with its deliveries. */
  async prune(nowMs: number): Promise<Result<Pruned, D1Failed>> {
    return await attempt(async () => {
      const beforeMs = nowMs - KEEP_EVENTS_MS;
      const [counted, , ...deleted] = await this.#db.batch<{ readonly lost: number }>(
        [COUNT_LOST, PRUNE_DELIVERIES, PRUNE_EVENTS, PRUNE_POSITIONS].map((sql) =>
          this.#db.prepare(sql).bind(beforeMs),
        ),
      );
      return {
        lost: counted?.results[0]?.lost ?? 0,
        isAll: deleted.every(({ meta }) => meta.changes < MAX_PRUNED),
      };
    });
  }

  async #lanes(statements: D1PreparedStatement[]): Promise<Result<readonly Lane[], D1Failed>> {
    return await attempt(async () => {
      const results = await this.#db.batch<Lane>(statements);
      return results.at(-1)?.results ?? [];
    });
  }
}
