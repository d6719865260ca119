/**
 * Users of a project who are refused everywhere until a time, whatever their tokens say.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";

export type Revocation = { readonly user: string; readonly untilMs: number };

/** The list is full: a new pair of keys refuses everybody instead. */
export type TooManyRevocations = { readonly tag: "too-many-revocations"; readonly limit: number };

/** Of one project at a time: every isolate holds them, and reads them anew every 30 s. */
export const MAX_REVOCATIONS = 10_000;

/** Rows of {@link Revocation} of project ?1 that count at ?2. */
export const ACTIVE_REVOCATIONS = `SELECT user, until_ms AS untilMs FROM revocations WHERE project = ?1 AND until_ms > ?2 LIMIT ${MAX_REVOCATIONS}`;

const EXPIRE = "DELETE FROM revocations WHERE project = ?1 AND until_ms <= ?2";
const PUT = `
INSERT INTO revocations (project, user, until_ms) SELECT ?1, ?2, ?3
WHERE ?3 <= ?4 OR (SELECT count(*) FROM revocations WHERE project = ?1 AND user <> ?2) < ${MAX_REVOCATIONS}
ON CONFLICT (project, user) DO UPDATE SET until_ms = excluded.until_ms RETURNING user`;
const FIND = "SELECT until_ms FROM revocations WHERE project = ?1 AND user = ?2";

export class Revocations {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Replaces what was said of the user before; a time that has passed lets the user in again. */
  async put(
    project: ProjectId,
    { user, untilMs }: Revocation,
    nowMs: number,
  ): Promise<Result<void, D1Failed | TooManyRevocations>> {
    const written = await attempt(async () => {
      // What is over goes first, to make room; and last, when what was put is over itself.
      const results = await this.#db.batch([
        this.#db.prepare(EXPIRE).bind(project, nowMs),
        this.#db.prepare(PUT).bind(project, user, untilMs, nowMs),
        this.#db.prepare(EXPIRE).bind(project, nowMs),
      ]);
      return (results[1]?.results.length ?? 0) > 0;
    });
    if (!written.ok) return written;
    return written.value ? ok(undefined) : err({ tag: "too-many-revocations", limit: MAX_REVOCATIONS });
  }

  /** Until when the user is refused; null for one who is not. */
  async find(project: ProjectId, user: string, nowMs: number): Promise<Result<number | null, D1Failed>> {
    return await attempt(async () => {
      const untilMs = await this.#db.prepare(FIND).bind(project, user).first<number>("until_ms");
      return untilMs !== null && untilMs > nowMs ? untilMs : null;
    });
  }
}
