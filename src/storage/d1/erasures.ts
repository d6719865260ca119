/**
 * Erasures of users and projects: how far each has come, and the receipt when it is done.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";

/**
 * In this order. `settle`: what was in hand, or on its way in queues, when it began has arrived by its end; what that wrote is found by going
 * through everything again. `stored`: documents of a project that only R2 knows.
 */
export const ERASURE_PHASES = [
  "rooms",
  "games",
  "documents",
  "settle",
  "rooms-again",
  "games-again",
  "documents-again",
  "stored",
  "rows",
  "done",
] as const;
export type ErasurePhase = (typeof ERASURE_PHASES)[number];

/** What was done so far: rooms told, documents gone through, objects and rows changed or deleted. */
export type ErasureCounts = {
  readonly rooms: number;
  readonly documents: number;
  readonly objects: number;
  readonly rows: number;
};

export type Erasure = {
  readonly id: string;
  readonly project: ProjectId;
  readonly kind: "user" | "project";
  /** Empty once it is done, and for projects. */
  readonly user: string;
  /** Every document of the project, and not only those that name the user in their lists. */
  readonly everywhere: boolean;
  readonly phase: ErasurePhase;
  /** Of its phase. */
  readonly cursor: string;
  readonly counts: ErasureCounts;
  readonly askedMs: number;
  readonly workedMs: number;
  readonly doneMs: number | null;
};

export type NewErasure = Pick<Erasure, "id" | "project" | "kind" | "user" | "everywhere">;

export type ErasureStep = Pick<Erasure, "phase" | "cursor" | "counts">;

type ErasureRow = Omit<Erasure, "everywhere" | "counts"> & { readonly everywhere: number; readonly counts: string };

const NOTHING: ErasureCounts = { rooms: 0, documents: 0, objects: 0, rows: 0 };

const COLUMNS = `id, project, kind, user, everywhere, phase, cursor, counts, asked_ms AS askedMs, worked_ms AS workedMs, done_ms AS doneMs`;
const INSERT = `
INSERT INTO erasures (id, project, kind, user, everywhere, phase, counts, asked_ms, worked_ms)
VALUES (?1, ?2, ?3, ?4, ?5, 'rooms', ?6, ?7, ?7)`;
const END_PROJECT = "DELETE FROM projects WHERE id = ?1 RETURNING id";
const END_ENDPOINTS = "DELETE FROM webhook_endpoints WHERE project = ?1";
const FIND = `SELECT ${COLUMNS} FROM erasures WHERE id = ?1`;
const FIND_PROJECT = `SELECT ${COLUMNS} FROM erasures WHERE project = ?1 AND kind = 'project' LIMIT 1`;
/** A step that was overtaken changes nothing. */
const ADVANCE = `
UPDATE erasures SET phase = ?4, cursor = ?5, counts = ?6, worked_ms = ?7, done_ms = iif(?4 = 'done', ?7, NULL), user = iif(?4 = 'done', '', user)
WHERE id = ?1 AND phase = ?2 AND cursor = ?3`;
const STALLED = "SELECT id, project FROM erasures WHERE done_ms IS NULL AND worked_ms < ?1 ORDER BY worked_ms LIMIT ?2";

export class Erasures {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** A project's keys count no more, and nobody is told of it, from here on. */
  async begin({ id, project, kind, user, everywhere }: NewErasure, nowMs: number): Promise<Result<void, D1Failed>> {
    const insert = this.#db
      .prepare(INSERT)
      .bind(id, project, kind, user, Number(everywhere), JSON.stringify(NOTHING), nowMs);
    const ends = [END_PROJECT, END_ENDPOINTS].map((sql) => this.#db.prepare(sql).bind(project));
    return await attempt(async () => void (await this.#db.batch(kind === "project" ? [insert, ...ends] : [insert])));
  }

  async find(id: string): Promise<Result<Erasure | null, D1Failed>> {
    return await this.#one(FIND, id);
  }

  /** Of a whole project: its id is not given again. */
  async ofProject(project: ProjectId): Promise<Result<Erasure | null, D1Failed>> {
    return await this.#one(FIND_PROJECT, project);
  }

  async advance(from: Erasure, to: ErasureStep, nowMs: number): Promise<Result<void, D1Failed>> {
    return await attempt(async () => {
      await this.#db
        .prepare(ADVANCE)
        .bind(from.id, from.phase, from.cursor, to.phase, to.cursor, JSON.stringify(to.counts), nowMs)
        .run();
    });
  }

  /** Nobody has worked on them since: their message was lost. */
  async stalled(
    beforeMs: number,
    limit: number,
  ): Promise<Result<readonly Pick<Erasure, "id" | "project">[], D1Failed>> {
    return await attempt(async () => {
      const { results } = await this.#db.prepare(STALLED).bind(beforeMs, limit).all<Pick<Erasure, "id" | "project">>();
      return results;
    });
  }

  async #one(sql: string, key: string): Promise<Result<Erasure | null, D1Failed>> {
    return await attempt(async () => {
      const row = await this.#db.prepare(sql).bind(key).first<ErasureRow>();
      if (row === null) return null;
      // SAFETY: this module is the only writer of the column.
      return { ...row, everywhere: row.everywhere === 1, counts: JSON.parse(row.counts) as ErasureCounts };
    });
  }
}
