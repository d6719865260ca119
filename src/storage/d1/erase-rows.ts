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

/** D1 does one thing at a time for everybody, and ends what takes 30 s: no transaction of an erasure changes more rows of a table. */
const PAGE_ROWS = 500;
/** A chunk is up to 196 KB, whose trigrams take some 20 ms. */
const PAGE_CHUNKS = 200;
const PAGE_DOCUMENTS = 200;

/** `WHERE` for a page of the rows of a table that a condition holds for. */
const some = (table: string, key: string, condition: string) =>
  `WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${PAGE_ROWS})`;

/** In JSON: `user` becomes empty, `editors` leave them out. */
const forgetIn = (table: string, key: string, column: string) => [
  `UPDATE ${table} SET ${column} = json_set(${column}, '$.user', '')
   ${some(table, key, `project = ?1 AND json_extract(${column}, '$.user') = ?2`)}`,
  `UPDATE ${table} SET ${column} = json_set(${column}, '$.editors', json(${without(column, "$.editors")}))
   ${some(table, key, `project = ?1 AND ${names(column, "$.editors")}`)}`,
];

const A_VERSION = "project, id, version";
const ACTIONS_ON_USERS = USER_ACTIONS.map((action) => `'${action}'`).join(", ");

/** Each by itself; none finds again what it has changed. Revocations stay: they keep somebody out. */
const FORGET_USER: readonly string[] = [
  `DELETE FROM user_rooms ${some("user_rooms", "project, user, room", "project = ?1 AND user = ?2")}`,
  `DELETE FROM document_editors
   ${some("document_editors", "user, document", "user = ?2 AND document IN (SELECT number FROM documents WHERE project = ?1)")}`,
  `UPDATE documents SET editors = ${without("editors", "$")}
   ${some("documents", "number", `project = ?1 AND ${names("editors", "$")}`)}`,
  `UPDATE versions SET user = '' ${some("versions", A_VERSION, "project = ?1 AND user = ?2")}`,
  `UPDATE versions SET editors = ${without("editors", "$")}
   ${some("versions", A_VERSION, `project = ?1 AND ${names("editors", "$")}`)}`,
  `UPDATE audit SET actor = 'user:' ${some("audit", "number", "project = ?1 AND actor = 'user:' || ?2")}`,
  `UPDATE audit SET target = '', detail = '{}'
   ${some("audit", "number", `project = ?1 AND target = ?2 AND action IN (${ACTIONS_ON_USERS})`)}`,
  // The reason may say who it was.
  `UPDATE audit SET detail = '{"user":""}'
   ${some("audit", "number", "project = ?1 AND action = 'kick' AND json_extract(detail, '$.user') = ?2")}`,
  // A receiver may answer with what it was sent.
  `UPDATE webhook_deliveries SET answer = '' WHERE (endpoint, event) IN (
   SELECT endpoint, event FROM webhook_events JOIN webhook_deliveries ON event = number
   WHERE project = ?1 AND instr(answer, ?2) > 0 LIMIT ${PAGE_ROWS})`,
  ...forgetIn("webhook_events", "number", "data"),
];

/** Done to a project, and not in it. */
export const PROJECT_ACTIONS: readonly string[] = [
  "create-project",
  "change-project",
  "rotate-project",
  "show-keys",
  "erase-project",
];
const KEPT_ACTIONS = PROJECT_ACTIONS.map((action) => `'${action}'`).join(", ");
const EVENTS = `SELECT number FROM webhook_events WHERE project = ?1 ORDER BY number LIMIT ${PAGE_ROWS}`;
/** The same ones in each statement of a transaction. */
const NEXT_DOCUMENTS = `SELECT number FROM documents WHERE project = ?1 ORDER BY id LIMIT ${PAGE_DOCUMENTS}`;
const HAS_CHUNKS = "EXISTS (SELECT 1 FROM document_chunks WHERE document = documents.number)";
/**
 * A transaction each. What the operator did with it stays in the audit log: it says who erased the project. What was done in it goes.
 */
const ERASE_PROJECT: readonly (readonly string[])[] = [
  [
    `DELETE FROM webhook_lanes WHERE (endpoint, subject) IN (SELECT endpoint, subject FROM webhook_deliveries WHERE event IN (${EVENTS}))`,
    `DELETE FROM webhook_deliveries WHERE event IN (${EVENTS})`,
    `DELETE FROM webhook_events WHERE number IN (${EVENTS})`,
  ],
  // Requests that were in hand when it began may have made some since.
  [
    `DELETE FROM webhook_lanes WHERE (endpoint, subject) IN (
     SELECT endpoint, subject FROM webhook_endpoints JOIN webhook_lanes ON endpoint = number WHERE project = ?1 LIMIT ${PAGE_ROWS})`,
    `DELETE FROM webhook_endpoints WHERE project = ?1 AND NOT EXISTS (SELECT 1 FROM webhook_lanes WHERE endpoint = number)`,
  ],
  [`DELETE FROM versions ${some("versions", A_VERSION, "project = ?1")}`],
  [
    `DELETE FROM document_chunks
     WHERE number IN (SELECT number FROM document_chunks WHERE document IN (${NEXT_DOCUMENTS}) LIMIT ${PAGE_CHUNKS})`,
    `DELETE FROM document_editors WHERE document IN (${NEXT_DOCUMENTS})`,
    `DELETE FROM documents WHERE number IN (${NEXT_DOCUMENTS}) AND NOT ${HAS_CHUNKS}`,
  ],
  ["DELETE FROM document_counts WHERE project = ?1"],
  [`DELETE FROM dead_letters ${some("dead_letters", "id", "project = ?1")}`],
  [`DELETE FROM user_rooms ${some("user_rooms", "project, user, room", "project = ?1")}`],
  [`DELETE FROM revocations ${some("revocations", "project, user", "project = ?1")}`],
  [`DELETE FROM audit ${some("audit", "number", `project = ?1 AND action NOT IN (${KEPT_ACTIONS})`)}`],
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

  /** Changes a page of each table; how many rows. None is the end. */
  async forgetUser(project: ProjectId, user: string): Promise<Result<number, D1Failed>> {
    return await attempt(async () => {
      let changed = 0;
      for (const sql of FORGET_USER) changed += await this.#run([this.#db.prepare(sql).bind(project, user)]);
      return changed + (await forgetInJson(this.#db, project, user));
    });
  }

  /** As {@link forgetUser}, for all that is of the project. */
  async eraseProject(project: ProjectId): Promise<Result<number, D1Failed>> {
    return await attempt(async () => {
      let changed = 0;
      for (const group of ERASE_PROJECT)
        changed += await this.#run(group.map((sql) => this.#db.prepare(sql).bind(project)));
      return changed;
    });
  }

  async #run(statements: D1PreparedStatement[]): Promise<number> {
    const results = await this.#db.batch(statements);
    return results.reduce((rows, { meta }) => rows + meta.changes, 0);
  }
}
