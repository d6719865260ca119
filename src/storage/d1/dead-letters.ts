/**
 * Messages that could not be worked off, kept where a person can see and replay them.
 * @module
 */
import { type Result, ok } from "../../protocol/result.ts";
import { DEFAULT_PROJECT, type ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { type BadCursor, decodeCursor, encodeCursor } from "./page-cursor.ts";

export type NewDeadLetter = {
  /** Null when the message does not say: it is kept with those of the default project. */
  readonly project: ProjectId | null;
  /** JSON of the message. */
  readonly body: string;
  readonly error: string;
  /** Deliveries to the consumer that gave up, summed over every time the same message ended here. */
  readonly attempts: number;
  readonly sentMs: number;
  readonly failedMs: number;
};

export type DeadLetter = NewDeadLetter & {
  readonly id: number;
  readonly project: ProjectId;
  /** When it was last put back on the queue; null when never. */
  readonly replayedMs: number | null;
};

export type DeadLetterPage = { readonly deadLetters: readonly DeadLetter[]; readonly cursor: string | null };

/** Letters older than this are dropped whenever one is stored. */
const KEEP_MS = 90 * 24 * 60 * 60 * 1000;
const MAX_ERROR_CHARS = 1_000;

const INSERT = `
INSERT INTO dead_letters (project, fingerprint, body, error, attempts, sent_ms, failed_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (fingerprint) DO UPDATE SET error = excluded.error, attempts = attempts + excluded.attempts,
  failed_ms = excluded.failed_ms, replayed_ms = NULL`;
const EXPIRE = "DELETE FROM dead_letters WHERE failed_ms < ?1";
const COLUMNS =
  "id, project, body, error, attempts, sent_ms AS sentMs, failed_ms AS failedMs, replayed_ms AS replayedMs";
const LIST = `SELECT ${COLUMNS} FROM dead_letters WHERE (?1 IS NULL OR project = ?1) AND id < ?2 ORDER BY id DESC LIMIT ?3`;
const FIND = `SELECT ${COLUMNS} FROM dead_letters WHERE id = ?1`;
const MARK = "UPDATE dead_letters SET replayed_ms = ?2 WHERE id = ?1";
const COUNT = "SELECT count(*) AS count FROM (SELECT 1 FROM dead_letters WHERE replayed_ms IS NULL LIMIT 10000)";

export class DeadLetters {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** A room repeats what nobody confirms: the same message again is the same row, open again. */
  async put(letter: NewDeadLetter): Promise<Result<void, D1Failed>> {
    const { body, attempts, sentMs, failedMs } = letter;
    const project = letter.project ?? DEFAULT_PROJECT;
    const error = letter.error.slice(0, MAX_ERROR_CHARS);
    return await attempt(async () => {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
      const fingerprint = `${project} ${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
      await this.#db.batch([
        this.#db.prepare(INSERT).bind(project, fingerprint, body, error, attempts, sentMs, failedMs),
        this.#db.prepare(EXPIRE).bind(failedMs - KEEP_MS),
      ]);
    });
  }

  /** Newest first, of one project or, for null, of all. */
  async list(
    project: ProjectId | null,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Result<DeadLetterPage, D1Failed | BadCursor>> {
    const key = cursor === undefined ? ok([Number.MAX_SAFE_INTEGER]) : decodeCursor(cursor, 1);
    if (!key.ok) return key;
    return await attempt(async () => {
      const { results } = await this.#db
        .prepare(LIST)
        .bind(project, ...key.value, limit + 1)
        .all<DeadLetter>();
      const deadLetters = results.slice(0, limit);
      const last = deadLetters.at(-1);
      const hasMore = results.length > deadLetters.length && last !== undefined;
      return { deadLetters, cursor: hasMore ? encodeCursor([last.id]) : null };
    });
  }

  async find(id: number): Promise<Result<DeadLetter | null, D1Failed>> {
    return await attempt(async () => await this.#db.prepare(FIND).bind(id).first<DeadLetter>());
  }

  async markReplayed(id: number, replayedMs: number): Promise<Result<void, D1Failed>> {
    return await attempt(async () => {
      await this.#db.prepare(MARK).bind(id, replayedMs).run();
    });
  }

  /** Letters of every project that nobody has replayed, counted up to 10,000. */
  async countOpen(): Promise<Result<number, D1Failed>> {
    return await attempt(async () => (await this.#db.prepare(COUNT).first<number>("count")) ?? 0);
  }
}
