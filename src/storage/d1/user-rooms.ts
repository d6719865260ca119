/**
 * In which rooms a user was lately: where to close sockets when the user is revoked.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import type { ProjectId, RoomName } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";

export type Sighting = {
  readonly project: ProjectId;
  readonly user: string;
  readonly room: RoomName;
  readonly atMs: number;
};

/** A row is written again no sooner: rows written are the bill, and nobody asks for the minute. */
const REFRESH_MS = 60 * 60 * 1000;
/** Longer than any socket lives: a deploy closes them all. */
const KEEP_MS = 90 * 24 * 60 * 60 * 1000;

const PUT = `
INSERT INTO user_rooms (project, user, room, seen_ms) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (project, user, room) DO UPDATE SET seen_ms = excluded.seen_ms WHERE excluded.seen_ms > seen_ms + ${REFRESH_MS}`;
const EXPIRE = "DELETE FROM user_rooms WHERE seen_ms < ?1";
const LIST = "SELECT room FROM user_rooms WHERE project = ?1 AND user = ?2 ORDER BY room LIMIT ?3";
const REMOVE = `
DELETE FROM user_rooms WHERE project = ?1 AND user = ?2 AND seen_ms <= ?4 AND room IN (SELECT value FROM json_each(?3))`;
const COUNT = "SELECT count(*) AS count FROM user_rooms WHERE project = ?1 AND user = ?2";

export class UserRooms {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Remembers where a user was; old sightings of anybody go. */
  async put({ project, user, room, atMs }: Sighting): Promise<Result<void, D1Failed>> {
    return await attempt(async () => {
      await this.#db.batch([
        this.#db.prepare(PUT).bind(project, user, room, atMs),
        this.#db.prepare(EXPIRE).bind(atMs - KEEP_MS),
      ]);
    });
  }

  /** At most `limit` of them. */
  async list(project: ProjectId, user: string, limit: number): Promise<Result<readonly RoomName[], D1Failed>> {
    return await attempt(async () => {
      const { results } = await this.#db.prepare(LIST).bind(project, user, limit).all<{ readonly room: RoomName }>();
      return results.map(({ room }) => room);
    });
  }

  /** Forgets these rooms of a user, but not where the user was seen later than `seenMs`. Returns how many are left. */
  async remove(
    {
      project,
      user,
      rooms,
    }: { readonly project: ProjectId; readonly user: string; readonly rooms: readonly RoomName[] },
    seenMs: number,
  ): Promise<Result<number, D1Failed>> {
    return await attempt(async () => {
      const [, counted] = await this.#db.batch<{ readonly count: number }>([
        this.#db.prepare(REMOVE).bind(project, user, JSON.stringify(rooms), seenMs),
        this.#db.prepare(COUNT).bind(project, user),
      ]);
      return counted?.results[0]?.count ?? 0;
    });
  }
}
