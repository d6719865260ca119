/**
 * Who delivers what next. A lane is what one endpoint is still to be told of one room; its events go out one after the other, by
 * sequence. Whoever holds the lane's lease delivers; the lane is gone when nothing is left.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";

/** `subject` is the name of the room, or what else its events are about. */
export type Lane = { readonly endpoint: number; readonly subject: string };

export type PendingDelivery = {
  /** The sequence. */
  readonly event: number;
  readonly id: string;
  readonly project: ProjectId;
  readonly type: string;
  readonly atMs: number;
  /** JSON. */
  readonly data: string;
  /** So far. */
  readonly attempts: number;
};

export type Lease = Lane & { readonly token: string };

/** `waiting`: not before `untilMs`, as its next attempt is due then or somebody else works on it. */
export type Claim =
  | { readonly tag: "claimed"; readonly lease: Lease }
  | { readonly tag: "waiting"; readonly untilMs: number; readonly isLeased: boolean }
  | { readonly tag: "done" };

/** One attempt, as the log keeps it. */
export type Attempt = {
  readonly atMs: number;
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null;
  readonly ms: number;
  /** Null for a good one. */
  readonly error: string | null;
};

export type Outcome = {
  readonly event: number;
  /** Where it was tried: an endpoint that moved meanwhile has neither credit nor debit of it. */
  readonly url: string;
  readonly status: "delivered" | "pending" | "dead";
  readonly attempt: Attempt;
  /** What the receiver answered, at most 1,024 characters. */
  readonly answer: string;
  /** When the lane goes on. */
  readonly dueMs: number;
  /** How long the whole endpoint rests when this was one failure too many. */
  readonly pausedUntilMs: number;
};

/** However long the endpoint's answers take, a holder that lives says so in time. */
export const LEASE_MS = 60_000;

/** Whoever was not disabled after all, or is enabled again, keeps what it has. */
const IS_OFF = "NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE number = ?1 AND disabled_ms IS NULL)";
export const GIVE_UP_PENDING = `UPDATE webhook_deliveries SET status = 'dead', updated_ms = ?2
WHERE endpoint = ?1 AND status = 'pending' AND ${IS_OFF}`;
export const DROP_LANES = `DELETE FROM webhook_lanes WHERE endpoint = ?1 AND ${IS_OFF}`;

const CLAIM = `UPDATE webhook_lanes SET lease = ?4, lease_until_ms = ?3 + ${LEASE_MS}
WHERE endpoint = ?1 AND subject = ?2 AND due_ms <= ?3 AND lease_until_ms <= ?3 RETURNING due_ms`;
const LOOK =
  "SELECT due_ms AS dueMs, lease_until_ms AS leaseUntilMs FROM webhook_lanes WHERE endpoint = ?1 AND subject = ?2";
const RENEW = `UPDATE webhook_lanes SET lease_until_ms = ?4 + ${LEASE_MS}
WHERE endpoint = ?1 AND subject = ?2 AND lease = ?3 RETURNING due_ms`;
const NEXT = `SELECT v.number AS event, v.id, v.project, v.type, v.at_ms AS atMs, v.data, d.attempts
FROM webhook_deliveries d JOIN webhook_events v ON v.number = d.event
WHERE d.endpoint = ?1 AND d.subject = ?2 AND d.status = 'pending' ORDER BY d.event LIMIT 1`;
/** What was given up, or taken, meanwhile has no lane any more: pending again, it would wait for ever. */
const NOTE = `UPDATE webhook_deliveries SET status = CASE WHEN ?3 = 'delivered' OR status = 'pending' THEN ?3 ELSE status END,
  attempts = attempts + 1, tries = json_insert(tries, '$[#]', json(?4)), answer = ?5, updated_ms = ?6
WHERE endpoint = ?1 AND event = ?2`;
const POSTPONE = "UPDATE webhook_lanes SET due_ms = ?4 WHERE endpoint = ?1 AND subject = ?2 AND lease = ?3";
const PRAISE = `UPDATE webhook_endpoints SET failures = 0, failing_since_ms = NULL, paused_until_ms = 0
WHERE number = ?1 AND url = ?2 AND failing_since_ms IS NOT NULL`;
const BLAME = `UPDATE webhook_endpoints SET failures = failures + 1, failing_since_ms = coalesce(failing_since_ms, ?3),
  paused_until_ms = max(paused_until_ms, ?4) WHERE number = ?1 AND url = ?2`;
/** Only where nothing came meanwhile. */
const CLOSE = `DELETE FROM webhook_lanes WHERE endpoint = ?1 AND subject = ?2 AND lease = ?3 AND NOT EXISTS (
  SELECT 1 FROM webhook_deliveries WHERE endpoint = ?1 AND subject = ?2 AND status = 'pending') RETURNING due_ms`;
const RELEASE = `UPDATE webhook_lanes SET lease = NULL, lease_until_ms = 0, due_ms = max(due_ms, ?4)
WHERE endpoint = ?1 AND subject = ?2 AND lease = ?3`;
const OVERDUE = `SELECT endpoint, subject FROM webhook_lanes WHERE due_ms <= ?1 AND lease_until_ms <= ?2
ORDER BY due_ms LIMIT ?3`;

export class WebhookLanes {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** The lane for whoever asks first; `token` is theirs alone. */
  async claim(lane: Lane, token: string, nowMs: number): Promise<Result<Claim, D1Failed>> {
    const { endpoint, subject } = lane;
    return await attempt(async (): Promise<Claim> => {
      const claimed = await this.#db.prepare(CLAIM).bind(endpoint, subject, nowMs, token).first();
      if (claimed !== null) return { tag: "claimed", lease: { endpoint, subject, token } };
      const row = await this.#db.prepare(LOOK).bind(endpoint, subject).first<{ dueMs: number; leaseUntilMs: number }>();
      if (row === null) return { tag: "done" };
      const isLeased = row.leaseUntilMs > nowMs;
      return { tag: "waiting", untilMs: Math.max(row.dueMs, row.leaseUntilMs), isLeased };
    });
  }

  /** The lane's next event; `lost` where somebody else has the lane by now. Null where nothing is left. */
  async next(
    { endpoint, subject, token }: Lease,
    nowMs: number,
  ): Promise<Result<PendingDelivery | null | "lost", D1Failed>> {
    return await attempt(async () => {
      const [renewed, next] = await this.#db.batch([
        this.#db.prepare(RENEW).bind(endpoint, subject, token, nowMs),
        this.#db.prepare(NEXT).bind(endpoint, subject),
      ]);
      if (renewed?.results.length !== 1) return "lost";
      // SAFETY: the columns of NEXT.
      return ((next?.results[0] as PendingDelivery | undefined) ?? null) satisfies PendingDelivery | null;
    });
  }

  /** Into the log, and to the endpoint's credit or debit. */
  async note({ endpoint, subject, token }: Lease, outcome: Outcome): Promise<Result<void, D1Failed>> {
    const { event, url, status, attempt: tried, answer, dueMs, pausedUntilMs } = outcome;
    const isGood = status === "delivered";
    return await attempt(async () => {
      await this.#db.batch([
        this.#db.prepare(NOTE).bind(endpoint, event, status, JSON.stringify(tried), answer, tried.atMs),
        this.#db.prepare(POSTPONE).bind(endpoint, subject, token, dueMs),
        isGood
          ? this.#db.prepare(PRAISE).bind(endpoint, url)
          : this.#db.prepare(BLAME).bind(endpoint, url, tried.atMs, pausedUntilMs),
      ]);
    });
  }

  /** The lane is done; false where something came meanwhile. */
  async close({ endpoint, subject, token }: Lease): Promise<Result<boolean, D1Failed>> {
    return await attempt(async () => (await this.#db.prepare(CLOSE).bind(endpoint, subject, token).first()) !== null);
  }

  /** For whoever comes next, not before `dueMs`. */
  async release({ endpoint, subject, token }: Lease, dueMs: number): Promise<Result<void, D1Failed>> {
    return await attempt(async () => {
      await this.#db.prepare(RELEASE).bind(endpoint, subject, token, dueMs).run();
    });
  }

  /** Lanes that have been due since `beforeMs` and that nobody works on, the longest first: what should have woken somebody was lost. */
  async overdue(beforeMs: number, nowMs: number, limit: number): Promise<Result<readonly Lane[], D1Failed>> {
    return await attempt(
      async () => (await this.#db.prepare(OVERDUE).bind(beforeMs, nowMs, limit).all<Lane>()).results,
    );
  }
}
