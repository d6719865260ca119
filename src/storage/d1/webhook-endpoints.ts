/**
 * Endpoints of projects: where events go, which, and how the endpoint has been doing.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { type BadCursor, decodeCursor, encodeCursor } from "./page-cursor.ts";
import type { RotationOverlap } from "./projects.ts";
import { DROP_LANES, GIVE_UP_PENDING } from "./webhook-lanes.ts";

export type EndpointSettings = {
  readonly url: string;
  readonly description: string;
  /** As `parseEventFilters` of protocol/webhook-events.ts lets them in. */
  readonly events: readonly string[];
};

export type WebhookEndpoint = EndpointSettings & {
  /** Internal: what deliveries and lanes refer to. */
  readonly number: number;
  readonly id: string;
  readonly project: ProjectId;
  /** Its secret is derived from these (auth/webhook-signing.ts). */
  readonly secretVersion: number;
  readonly secretMaster: string;
  /** Master secret of the version before; null where there is none. */
  readonly previousMaster: string | null;
  readonly previousUntilMs: number | null;
  /** In a row, over all rooms. */
  readonly failures: number;
  readonly failingSinceMs: number | null;
  readonly pausedUntilMs: number;
  readonly disabledMs: number | null;
  readonly disabledReason: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
};

export type EndpointPage = { readonly endpoints: readonly WebhookEndpoint[]; readonly cursor: string | null };

export type NewEndpoint = EndpointSettings & {
  readonly id: string;
  readonly project: ProjectId;
  readonly secretMaster: string;
};

/** `isEnabled` true forgives what was: failures, pause and the reason why it was disabled. Another `url` forgives failures and pause. */
export type EndpointChanges = Partial<EndpointSettings> & { readonly isEnabled?: boolean };

export type SecretRotation = {
  readonly master: string;
  readonly overlapMs: number;
  /** Also while the secret of before still signs: receivers that know no newer one cannot verify from then on. */
  readonly force: boolean;
  readonly nowMs: number;
};

type EndpointRow = Omit<WebhookEndpoint, "events"> & { readonly events: string };

/** Each event is looked at by each of them. */
export const MAX_ENDPOINTS = 20;

const COLUMNS = `number, id, project, url, description, events, secret_version AS secretVersion, secret_master AS secretMaster,
  previous_master AS previousMaster, previous_until_ms AS previousUntilMs, failures, failing_since_ms AS failingSinceMs,
  paused_until_ms AS pausedUntilMs, disabled_ms AS disabledMs, disabled_reason AS disabledReason, created_ms AS createdMs,
  updated_ms AS updatedMs`;

const INSERT = `
INSERT INTO webhook_endpoints (id, project, url, description, events, secret_master, created_ms, updated_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7 WHERE (SELECT count(*) FROM webhook_endpoints WHERE project = ?2) < ${MAX_ENDPOINTS}
RETURNING ${COLUMNS}`;
const IS_FORGIVEN = "?6 = 1 OR ?3 <> url";
const FORGIVE = `failures = iif(${IS_FORGIVEN}, 0, failures), paused_until_ms = iif(${IS_FORGIVEN}, 0, paused_until_ms),
  failing_since_ms = iif(${IS_FORGIVEN}, NULL, failing_since_ms)`;
const UPDATE = `
UPDATE webhook_endpoints SET url = coalesce(?3, url), description = coalesce(?4, description), events = coalesce(?5, events),
  disabled_ms = CASE ?6 WHEN 1 THEN NULL WHEN 0 THEN coalesce(disabled_ms, ?7) ELSE disabled_ms END,
  disabled_reason = CASE ?6 WHEN 1 THEN NULL WHEN 0 THEN coalesce(disabled_reason, 'by request') ELSE disabled_reason END,
  ${FORGIVE}, updated_ms = ?7
WHERE project = ?1 AND id = ?2 RETURNING ${COLUMNS}`;
const ROTATE = `
UPDATE webhook_endpoints SET previous_master = secret_master, previous_until_ms = ?4, secret_version = secret_version + 1,
  secret_master = ?3, updated_ms = ?5
WHERE project = ?1 AND id = ?2 AND (?6 OR previous_until_ms IS NULL OR previous_until_ms <= ?5) RETURNING ${COLUMNS}`;
const DISABLE = `UPDATE webhook_endpoints SET disabled_ms = ?2, disabled_reason = ?3, updated_ms = ?2
WHERE number = ?1 AND url = ?4 AND disabled_ms IS NULL RETURNING number`;
const DELETE = "DELETE FROM webhook_endpoints WHERE number = ?1";
const DELETE_DELIVERIES = "DELETE FROM webhook_deliveries WHERE endpoint = ?1";
const FIND = `SELECT ${COLUMNS} FROM webhook_endpoints WHERE project = ?1 AND id = ?2`;
const READ = `SELECT ${COLUMNS} FROM webhook_endpoints WHERE number = ?1`;
const LIST = `SELECT ${COLUMNS} FROM webhook_endpoints WHERE project = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3`;

export class WebhookEndpoints {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Null where the project has {@link MAX_ENDPOINTS} already. */
  async create(endpoint: NewEndpoint, nowMs: number): Promise<Result<WebhookEndpoint | null, D1Failed>> {
    const { id, project, url, description, events, secretMaster } = endpoint;
    return await this.#first(INSERT, [id, project, url, description, JSON.stringify(events), secretMaster, nowMs]);
  }

  /** What is given replaces what was; null where there is none. Disabled, it gives up what it had to deliver. */
  async update(
    project: ProjectId,
    id: string,
    { changes, nowMs }: { readonly changes: EndpointChanges; readonly nowMs: number },
  ): Promise<Result<WebhookEndpoint | null, D1Failed>> {
    const { url = null, description = null, events, isEnabled } = changes;
    const filters = events === undefined ? null : JSON.stringify(events);
    const flag = isEnabled === undefined ? -1 : Number(isEnabled);
    const updated = await this.#first(UPDATE, [project, id, url, description, filters, flag, nowMs]);
    if (!updated.ok || updated.value === null || isEnabled !== false) return updated;
    const { number } = updated.value;
    const dropped = await attempt(async () => await this.#db.batch(this.#giveUp(number, nowMs)));
    return dropped.ok ? updated : dropped;
  }

  /** The next version of its secret; that of before signs as well until the overlap ends. Null where there is no such endpoint. */
  async rotate(
    project: ProjectId,
    id: string,
    { master, overlapMs, force, nowMs }: SecretRotation,
  ): Promise<Result<WebhookEndpoint | null, D1Failed | RotationOverlap>> {
    const values = [project, id, master, nowMs + overlapMs, nowMs, Number(force)];
    const rotated = await this.#first(ROTATE, values);
    if (!rotated.ok || rotated.value !== null) return rotated;
    const found = await this.find(project, id);
    if (!found.ok || found.value === null) return found;
    return err({ tag: "rotation-overlap", untilMs: found.value.previousUntilMs ?? nowMs });
  }

  /** False where it was disabled already, or has another address by now than the one that gave the reason. */
  async disable(
    { number, url }: Pick<WebhookEndpoint, "number" | "url">,
    reason: string,
    nowMs: number,
  ): Promise<Result<boolean, D1Failed>> {
    return await attempt(async () => {
      const disable = this.#db.prepare(DISABLE).bind(number, nowMs, reason, url);
      const [disabled] = await this.#db.batch([disable, ...this.#giveUp(number, nowMs)]);
      return (disabled?.results.length ?? 0) > 0;
    });
  }

  /** With its deliveries. False where there was none. */
  async remove(project: ProjectId, id: string): Promise<Result<boolean, D1Failed>> {
    const found = await this.find(project, id);
    if (!found.ok) return found;
    if (found.value === null) return ok(false);
    const { number } = found.value;
    return await attempt(async () => {
      await this.#db.batch([DELETE, DELETE_DELIVERIES, DROP_LANES].map((sql) => this.#db.prepare(sql).bind(number)));
      return true;
    });
  }

  async find(project: ProjectId, id: string): Promise<Result<WebhookEndpoint | null, D1Failed>> {
    return await this.#first(FIND, [project, id]);
  }

  /** By its number. */
  async read(number: number): Promise<Result<WebhookEndpoint | null, D1Failed>> {
    return await this.#first(READ, [number]);
  }

  /** Newest first. */
  async list(
    project: ProjectId,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Result<EndpointPage, D1Failed | BadCursor>> {
    const key = cursor === undefined ? ok([Number.MAX_SAFE_INTEGER]) : decodeCursor(cursor, 1);
    if (!key.ok) return key;
    return await attempt(async () => {
      const { results } = await this.#db
        .prepare(LIST)
        .bind(project, ...key.value, limit + 1)
        .all<EndpointRow>();
      const endpoints = results.slice(0, limit).map(toEndpoint);
      const last = endpoints.at(-1);
      const hasMore = results.length > endpoints.length && last !== undefined;
      return { endpoints, cursor: hasMore ? encodeCursor([last.number]) : null };
    });
  }

  #giveUp(number: number, nowMs: number): D1PreparedStatement[] {
    return [this.#db.prepare(GIVE_UP_PENDING).bind(number, nowMs), this.#db.prepare(DROP_LANES).bind(number)];
  }

  async #first(
    sql: string,
    values: readonly (string | number | null)[],
  ): Promise<Result<WebhookEndpoint | null, D1Failed>> {
    return await attempt(async () => {
      const row = await this.#db
        .prepare(sql)
        .bind(...values)
        .first<EndpointRow>();
      return row === null ? null : toEndpoint(row);
    });
  }
}

function toEndpoint(row: EndpointRow): WebhookEndpoint {
  // SAFETY: this module is the only writer of the column.
  return { ...row, events: JSON.parse(row.events) as readonly string[] };
}
