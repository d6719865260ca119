/**
 * Customers: their rows, and what a request needs to know of one in a single round trip.
 * @module
 */
import { type Result, ok } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import type { Limits } from "../../protocol/room-limits.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { type BadCursor, decodeCursor, encodeCursor } from "./page-cursor.ts";
import { ACTIVE_REVOCATIONS, type Revocation } from "./revocations.ts";

/** What whoever manages it may set. */
export type ProjectSettings = {
  readonly name: string;
  readonly origins: readonly string[];
  readonly jwksUrl: string | null;
  /** Claim `iss` of tokens that its JWKS verifies; null when any will do. */
  readonly issuer: string | null;
  readonly limits: Partial<Limits>;
  /** From room pattern to scopes (auth/room-access.ts). */
  readonly access: Readonly<Record<string, readonly string[]>>;
};

export type ProjectRecord = ProjectSettings & {
  readonly id: ProjectId;
  readonly keyVersion: number;
  readonly previousUntilMs: number | null;
  readonly createdMs: number;
  readonly updatedMs: number;
};

/** A project with what changes without anybody managing it. */
export type ProjectState = {
  readonly record: ProjectRecord;
  /** Documents that are not deleted. */
  readonly documents: number;
  /** Filters of its endpoints that are not disabled, each at least once. */
  readonly webhooks: readonly string[];
  readonly revocations: readonly Revocation[];
};

export type ProjectPage = { readonly projects: readonly ProjectRecord[]; readonly cursor: string | null };

/** Keys that the version before still opens: a second rotation would end them early. */
export type RotationOverlap = { readonly tag: "rotation-overlap"; readonly untilMs: number };

export type Rotation = {
  /** How long keys of the version before still count; 0 ends them at once. */
  readonly overlapMs: number;
  readonly force: boolean;
  readonly nowMs: number;
};

type ProjectRow = Omit<ProjectRecord, "origins" | "limits" | "access"> & {
  readonly number: number;
  readonly origins: string;
  readonly limits: string;
  readonly access: string;
};

const COLUMNS = `number, id, name, key_version AS keyVersion, previous_until_ms AS previousUntilMs, origins, jwks_url AS jwksUrl,
  issuer, limits, access, created_ms AS createdMs, updated_ms AS updatedMs`;

const INSERT = `
INSERT INTO projects (id, name, origins, jwks_url, issuer, limits, access, created_ms, updated_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8
WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE project = ?1 AND kind = 'project') ON CONFLICT (id) DO NOTHING RETURNING ${COLUMNS}`;
/** NULL keeps a column; URL and issuer may be NULL themselves, so a flag says whether they change. */
const UPDATE = `
UPDATE projects SET name = coalesce(?2, name), origins = coalesce(?3, origins), jwks_url = iif(?4, ?5, jwks_url),
  issuer = iif(?6, ?7, issuer), limits = coalesce(?8, limits), access = coalesce(?9, access), updated_ms = ?10
WHERE id = ?1 RETURNING ${COLUMNS}`;
const ROTATE = `
UPDATE projects SET key_version = key_version + 1, previous_until_ms = ?2, updated_ms = ?3
WHERE id = ?1 AND (?4 OR previous_until_ms IS NULL OR previous_until_ms <= ?3) RETURNING ${COLUMNS}`;
const FIND = `SELECT ${COLUMNS} FROM projects WHERE id = ?1`;
const LIST = `SELECT ${COLUMNS} FROM projects WHERE number < ?1 ORDER BY number DESC LIMIT ?2`;
const LOAD = `SELECT ${COLUMNS}, coalesce((SELECT living FROM document_counts WHERE project = ?1), 0) AS documents,
  (SELECT json_group_array(DISTINCT f.value) FROM webhook_endpoints e, json_each(e.events) f
    WHERE e.project = ?1 AND e.disabled_ms IS NULL) AS webhooks
  FROM projects WHERE id = ?1`;

export class Projects {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Null when there is one of that id, or was: keys of an erased one would count again. Its keys begin at version 1. */
  async create(
    id: ProjectId,
    settings: ProjectSettings,
    nowMs: number,
  ): Promise<Result<ProjectRecord | null, D1Failed>> {
    const { name, jwksUrl, issuer } = settings;
    const [origins, limits, access] = [toJson(settings.origins), toJson(settings.limits), toJson(settings.access)];
    return await this.#first(INSERT, [id, name, origins, jwksUrl, issuer, limits, access, nowMs]);
  }

  /** What is given replaces what was; null when there is no such project. */
  async update(
    id: ProjectId,
    changes: Partial<ProjectSettings>,
    nowMs: number,
  ): Promise<Result<ProjectRecord | null, D1Failed>> {
    const { name = null, jwksUrl, issuer } = changes;
    const nullable = (value: string | null | undefined) => [value === undefined ? 0 : 1, value ?? null];
    const [origins, limits, access] = [toJson(changes.origins), toJson(changes.limits), toJson(changes.access)];
    const values = [id, name, origins, ...nullable(jwksUrl), ...nullable(issuer), limits, access, nowMs];
    return await this.#first(UPDATE, values);
  }

  /** The next version of its keys; null when there is no such project. */
  async rotate(
    id: ProjectId,
    { overlapMs, force, nowMs }: Rotation,
  ): Promise<Result<ProjectRecord | null, D1Failed | RotationOverlap>> {
    const untilMs = overlapMs === 0 ? null : nowMs + overlapMs;
    const rotated = await this.#first(ROTATE, [id, untilMs, nowMs, force ? 1 : 0]);
    if (!rotated.ok || rotated.value !== null) return rotated;
    const found = await this.find(id);
    if (!found.ok || found.value === null) return found;
    return { ok: false, error: { tag: "rotation-overlap", untilMs: found.value.previousUntilMs ?? nowMs } };
  }

  async find(id: ProjectId): Promise<Result<ProjectRecord | null, D1Failed>> {
    return await this.#first(FIND, [id]);
  }

  /** Newest first. */
  async list({
    limit,
    cursor,
  }: {
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<Result<ProjectPage, D1Failed | BadCursor>> {
    const key = cursor === undefined ? ok([Number.MAX_SAFE_INTEGER]) : decodeCursor(cursor, 1);
    if (!key.ok) return key;
    return await attempt(async () => {
      const { results } = await this.#db
        .prepare(LIST)
        .bind(...key.value, limit + 1)
        .all<ProjectRow>();
      const rows = results.slice(0, limit);
      const last = rows.at(-1);
      const hasMore = results.length > rows.length && last !== undefined;
      return { projects: rows.map(toRecord), cursor: hasMore ? encodeCursor([last.number]) : null };
    });
  }

  /** Null when there is no such project. Reads a handful of rows, and one for each user who is refused now. */
  async load(id: ProjectId, nowMs: number): Promise<Result<ProjectState | null, D1Failed>> {
    return await attempt(async () => {
      const [projects, revocations] = await this.#db.batch([
        this.#db.prepare(LOAD).bind(id),
        this.#db.prepare(ACTIVE_REVOCATIONS).bind(id, nowMs),
      ]);
      // SAFETY: the columns of LOAD and of ACTIVE_REVOCATIONS.
      const row = projects?.results[0] as
        | (ProjectRow & { readonly documents: number; readonly webhooks: string })
        | undefined;
      if (row === undefined) return null;
      const revoked = (revocations?.results ?? []) as readonly Revocation[];
      const webhooks = JSON.parse(row.webhooks) as readonly string[];
      return { record: toRecord(row), documents: row.documents, webhooks, revocations: revoked };
    });
  }

  async #first(
    sql: string,
    values: readonly (string | number | null)[],
  ): Promise<Result<ProjectRecord | null, D1Failed>> {
    return await attempt(async () => {
      const row = await this.#db
        .prepare(sql)
        .bind(...values)
        .first<ProjectRow>();
      return row === null ? null : toRecord(row);
    });
  }
}

function toJson(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function toRecord({ number: _number, ...row }: ProjectRow): ProjectRecord {
  const { id, name, keyVersion, previousUntilMs, jwksUrl, issuer, createdMs, updatedMs } = row;
  const facts = { id, name, keyVersion, previousUntilMs, jwksUrl, issuer, createdMs, updatedMs };
  // SAFETY: this module is the only writer of these columns.
  const origins = JSON.parse(row.origins) as readonly string[];
  const limits = JSON.parse(row.limits) as Partial<Limits>;
  const access = JSON.parse(row.access) as ProjectSettings["access"];
  return { ...facts, origins, limits, access };
}
