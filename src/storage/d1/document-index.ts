/**
 * The row of a document in D1 and its full-text chunks. Every write is guarded by version, so messages may come twice and in
 * any order: what is left is the newest.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import type { DocumentId, ProjectId } from "../../protocol/room-id.ts";
import type { Version } from "../../protocol/version.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { DOCUMENT_COLUMNS, type DocumentRow, type IndexedDocument, toIndexedDocument } from "./document-row.ts";
import { chunkText, groupChunks } from "./text-chunks.ts";
import { CLEAR_VERSIONS } from "./versions.ts";

export type DocumentSummary = {
  readonly project: ProjectId;
  readonly id: DocumentId;
  readonly version: Version;
  readonly snapshotKey: string;
  readonly textKey: string | null;
  readonly title: string;
  readonly excerpt: string;
  readonly words: number;
  readonly characters: number;
  readonly bytes: number;
  /** User ids, most recent first. */
  readonly editors: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
};

export type DocumentDeletion = {
  readonly project: ProjectId;
  readonly id: DocumentId;
  readonly version: Version;
  readonly deletedMs: number;
};

/** `stale`: D1 already holds this version or a newer one, or a tombstone. */
export type Written = "stored" | "stale";

/** Writing again what D1 holds at the same version is a repair, not a stale message. */
export type Mode = "newer-only" | "repair";

const UPSERT_SUMMARY = `
INSERT INTO documents (project, id, version, title, excerpt, words, characters, size_bytes, editors, snapshot_key, text_key,
  created_ms, updated_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (project, id) DO UPDATE SET
  version = excluded.version, title = excluded.title, excerpt = excluded.excerpt, words = excluded.words,
  characters = excluded.characters, size_bytes = excluded.size_bytes, editors = excluded.editors,
  snapshot_key = excluded.snapshot_key, text_key = excluded.text_key, created_ms = excluded.created_ms,
  updated_ms = excluded.updated_ms, deleted_ms = NULL
WHERE excluded.version > version OR (?14 AND excluded.version = version AND deleted_ms IS NULL)
RETURNING number`;

const UPSERT_DELETION = `
INSERT INTO documents (project, id, version, created_ms, updated_ms, deleted_ms) VALUES (?1, ?2, ?3, ?4, ?4, ?4)
ON CONFLICT (project, id) DO UPDATE SET
  version = excluded.version, title = '', excerpt = '', words = 0, characters = 0, size_bytes = 0, editors = '[]',
  snapshot_key = NULL, text_key = NULL, updated_ms = excluded.updated_ms, deleted_ms = excluded.deleted_ms
WHERE excluded.version > version OR (excluded.version = version AND deleted_ms IS NULL)
RETURNING number`;

/** The statements below run in one transaction behind an upsert and change nothing when that was stale. */
const THIS_VERSION = "d.project = ?1 AND d.id = ?2 AND d.version = ?3 AND d.deleted_ms IS NULL";

/** Unchanged chunks are not written: typing at the end of a book indexes its last chunk only. */
const PUT_CHUNKS = `
INSERT INTO document_chunks (document, ordinal, id, title, body)
SELECT d.number, ?5 + e.key, iif(?5 + e.key = 0, d.id, ''), iif(?5 + e.key = 0, d.title, ''), e.value
FROM documents d, json_each(?4) e WHERE ${THIS_VERSION}
ON CONFLICT (document, ordinal) DO UPDATE SET title = excluded.title, body = excluded.body
WHERE body <> excluded.body OR title <> excluded.title`;

const CUT_CHUNKS = `
DELETE FROM document_chunks WHERE ordinal >= ?4 AND document IN (SELECT d.number FROM documents d WHERE ${THIS_VERSION})`;

const PUT_EDITORS = `
INSERT OR IGNORE INTO document_editors (user, document)
SELECT e.value, d.number FROM documents d, json_each(?4) e WHERE ${THIS_VERSION}`;

const CUT_EDITORS = `
DELETE FROM document_editors WHERE document IN (SELECT d.number FROM documents d WHERE ${THIS_VERSION})
AND user NOT IN (SELECT value FROM json_each(?4))`;

const DELETED = "SELECT number FROM documents WHERE project = ?1 AND id = ?2 AND deleted_ms IS NOT NULL";
const CLEAR_CHUNKS = `DELETE FROM document_chunks WHERE document IN (${DELETED})`;
const CLEAR_EDITORS = `DELETE FROM document_editors WHERE document IN (${DELETED})`;

const IS_DELETED = `EXISTS (${DELETED})`;
/** What happened is still told, but not what it was called and who was there. */
const STRIP_EVENTS = `
UPDATE webhook_events SET data = json_remove(data, '$.title', '$.name', '$.user', '$.editors')
WHERE project = ?1 AND subject = ?1 || '/document/' || ?2 AND ${IS_DELETED}`;
/** A receiver may answer with what it was sent. */
const CLEAR_ANSWERS = `
UPDATE webhook_deliveries SET answer = '' WHERE answer <> '' AND ${IS_DELETED}
AND event IN (SELECT number FROM webhook_events WHERE subject = ?1 || '/document/' || ?2 AND project = ?1)`;
/** What names it, or who was in it. That of the erasure itself stays: somebody has to replay it. */
const CLEAR_LETTERS = `
DELETE FROM dead_letters WHERE project = ?1 AND json_valid(body) AND json_extract(body, '$.room') = ?1 || '/document/' || ?2
AND json_extract(body, '$.kind') IN ('summary', 'version', 'joined', 'events') AND ${IS_DELETED}`;

const GET = `SELECT ${DOCUMENT_COLUMNS} FROM documents d WHERE d.project = ?1 AND d.id = ?2`;

export class DocumentIndex {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Row, chunks and editors in one transaction. `text` null indexes title and id only. */
  async putSummary(
    summary: DocumentSummary,
    text: string | null,
    mode: Mode = "newer-only",
  ): Promise<Result<Written, D1Failed>> {
    const { project, id, version, title, excerpt, words, characters, bytes } = summary;
    const chunks = chunkText(text ?? "");
    const editors = JSON.stringify(summary.editors);
    const row = [project, id, version, title, excerpt, words, characters, bytes, editors] as const;
    const keys = [summary.snapshotKey, summary.textKey, summary.createdMs, summary.updatedMs] as const;
    const guarded = (sql: string, ...rest: readonly (string | number)[]) =>
      this.#db.prepare(sql).bind(project, id, version, ...rest);
    return await this.#write([
      this.#db.prepare(UPSERT_SUMMARY).bind(...row, ...keys, mode === "repair" ? 1 : 0),
      ...groupChunks(chunks).map((group) => guarded(PUT_CHUNKS, JSON.stringify(group.chunks), group.firstOrdinal)),
      guarded(CUT_CHUNKS, chunks.length),
      guarded(PUT_EDITORS, editors),
      guarded(CUT_EDITORS, editors),
    ]);
  }

  /** Leaves a row that holds nothing but the version of the erasure: a late summary revives nothing. */
  async putDeletion({ project, id, version, deletedMs }: DocumentDeletion): Promise<Result<Written, D1Failed>> {
    return await this.#write([
      this.#db.prepare(UPSERT_DELETION).bind(project, id, version, deletedMs),
      this.#db.prepare(CLEAR_CHUNKS).bind(project, id),
      this.#db.prepare(CLEAR_EDITORS).bind(project, id),
      this.#db.prepare(CLEAR_VERSIONS).bind(project, id),
      this.#db.prepare(STRIP_EVENTS).bind(project, id),
      this.#db.prepare(CLEAR_ANSWERS).bind(project, id),
      this.#db.prepare(CLEAR_LETTERS).bind(project, id),
    ]);
  }

  /** What D1 knows about a document; a deleted one has `deletedMs`. */
  async find(project: ProjectId, id: DocumentId): Promise<Result<IndexedDocument | null, D1Failed>> {
    return await attempt(async () => {
      const row = await this.#db.prepare(GET).bind(project, id).first<DocumentRow>();
      return row === null ? null : toIndexedDocument(row);
    });
  }

  async #write(statements: D1PreparedStatement[]): Promise<Result<Written, D1Failed>> {
    return await attempt(async () => {
      const [upsert] = await this.#db.batch(statements);
      return (upsert?.results.length ?? 0) > 0 ? "stored" : "stale";
    });
  }
}
