/**
 * What an erasure goes through in D1, a page at a time, and what it changes there. Each statement may be repeated.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import type { DocumentId, ProjectId, RoomName } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import type { Erasure } from "./erasures.ts";
import { USER_ACTIONS, forgetInJson } from "./forget-in-json.ts";

type Whose = Pick<Erasure, "project" | "user" | "everywhere" | "kind">;

export type NumberedDocument = { readonly number: number; readonly id: DocumentId };

/** Rooms where the user was, or anybody of the project. */
const ROOMS = `
SELECT DISTINCT room FROM user_rooms WHERE project = ?1 AND (?2 = '' OR user = ?2) AND room > ?3 ORDER BY room LIMIT ?4`;
const DOCUMENTS = `
SELECT d.number, d.id FROM documents d WHERE d.project = ?1 AND d.number > ?2 AND d.deleted_ms IS NULL AND (?4
  OR EXISTS (SELECT 1 FROM document_editors e WHERE e.user = ?3 AND e.document = d.number)
  OR EXISTS (SELECT 1 FROM versions v WHERE v.project = d.project AND v.id = d.id
    AND (v.user = ?3 OR EXISTS (SELECT 1 FROM json_each(v.editors) WHERE value = ?3))))
ORDER BY d.number LIMIT ?5`;

const without = (column: string, path: string) =>
  `(SELECT json_group_array(value) FROM json_each(${column}, '${path}') WHERE value <> ?2)`;
const names = (column: string, path: string) =>
  `EXISTS (SELECT 1 FROM json_each(${column}, '${path}') WHERE value = ?2)`;

/** In JSON: `user` becomes empty, `editors` leave them out. */
const forgetIn = (table: string, column: string) => [
  `UPDATE ${table} SET ${column} = json_set(${column}, '$.user', '') WHERE project = ?1 AND json_extract(${column}, '$.user') = ?2`,
  `UPDATE ${table} SET ${column} = json_set(${column}, '$.editors', json(${without(column, "$.editors")}))
   WHERE project = ?1 AND ${names(column, "$.editors")}`,
];

/** Revocations stay: they keep somebody out. */
const FORGET_USER: readonly string[] = [
  "DELETE FROM user_rooms WHERE project = ?1 AND user = ?2",
  "DELETE FROM document_editors WHERE user = ?2 AND document IN (SELECT number FROM documents WHERE project = ?1)",
  `UPDATE documents SET editors = ${without("editors", "$")} WHERE project = ?1 AND ${names("editors", "$")}`,
  "UPDATE versions SET user = '' WHERE project = ?1 AND user = ?2",
  `UPDATE versions SET editors = ${without("editors", "$")} WHERE project = ?1 AND ${names("editors", "$")}`,
  "UPDATE audit SET actor = 'user:' WHERE project = ?1 AND actor = 'user:' || ?2",
  `UPDATE audit SET target = '', detail = '{}'
   WHERE project = ?1 AND target = ?2 AND action IN (${USER_ACTIONS.map((action) => `'${action}'`).join(", ")})`,
  // The reason may say who it was.
  `UPDATE audit SET detail = '{"user":""}' WHERE project = ?1 AND action = 'kick' AND json_extract(detail, '$.user') = ?2`,
  // A receiver may answer with what it was sent.
  `UPDATE webhook_deliveries SET answer = '' WHERE instr(answer, ?2) > 0
   AND event IN (SELECT number FROM webhook_events WHERE project = ?1)`,
  ...forgetIn("webhook_events", "data"),
];

/** Done to a project, and not in it. */
export const PROJECT_ACTIONS: readonly string[] = [
  "create-project",
  "change-project",
  "rotate-project",
  "show-keys",
  "erase-project",
];
const OF_EVENTS = "SELECT number FROM webhook_events WHERE project = ?1";
/** What the operator did with it stays in the audit log: it says who erased the project. What was done in it goes. */
const ERASE_PROJECT: readonly string[] = [
  `DELETE FROM webhook_lanes WHERE (endpoint, subject) IN (SELECT endpoint, subject FROM webhook_deliveries WHERE event IN (${OF_EVENTS}))`,
  `DELETE FROM webhook_deliveries WHERE event IN (${OF_EVENTS})`,
  "DELETE FROM webhook_events WHERE project = ?1",
  "DELETE FROM versions WHERE project = ?1",
  "DELETE FROM document_chunks WHERE document IN (SELECT number FROM documents WHERE project = ?1)",
  "DELETE FROM document_editors WHERE document IN (SELECT number FROM documents WHERE project = ?1)",
  "DELETE FROM documents WHERE project = ?1",
  "DELETE FROM document_counts WHERE project = ?1",
  "DELETE FROM dead_letters WHERE project = ?1",
  "DELETE FROM user_rooms WHERE project = ?1",
  "DELETE FROM revocations WHERE project = ?1",
  `DELETE FROM audit WHERE project = ?1 AND action NOT IN (${PROJECT_ACTIONS.map((action) => `'${action}'`).join(", ")})`,
];

export class EraseRows {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Behind `after`, in the order of their names. */
  async rooms({ project, user }: Whose, after: string, limit: number): Promise<Result<readonly RoomName[], D1Failed>> {
    return await attempt(async () => {
      const query = this.#db.prepare(ROOMS).bind(project, user, after, limit);
      return (await query.all<{ readonly room: RoomName }>()).results.map(({ room }) => room);
    });
  }

  /** Living ones behind `after`, in the order of their numbers. */
  async documents(
    { project, user, everywhere, kind }: Whose,
    after: number,
    limit: number,
  ): Promise<Result<readonly NumberedDocument[], D1Failed>> {
    const all = Number(everywhere || kind === "project");
    return await attempt(async () => {
      const query = this.#db.prepare(DOCUMENTS).bind(project, after, user, all, limit);
      return (await query.all<NumberedDocument>()).results;
    });
  }

  /** How many rows it changed. */
  async forgetUser(project: ProjectId, user: string): Promise<Result<number, D1Failed>> {
    const set = await this.#run(FORGET_USER.map((sql) => this.#db.prepare(sql).bind(project, user)));
    if (!set.ok) return set;
    return await attempt(async () => set.value + (await forgetInJson(this.#db, project, user)));
  }

  async eraseProject(project: ProjectId): Promise<Result<number, D1Failed>> {
    return await this.#run(ERASE_PROJECT.map((sql) => this.#db.prepare(sql).bind(project)));
  }

  async #run(statements: D1PreparedStatement[]): Promise<Result<number, D1Failed>> {
    return await attempt(async () => {
      const results = await this.#db.batch(statements);
      return results.reduce((rows, { meta }) => rows + meta.changes, 0);
    });
  }
}
