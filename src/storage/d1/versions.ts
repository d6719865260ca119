/**
 * Documents' versions as they are listed. Writes may come twice and in any order; what is erased or dropped comes back by none.
 * @module
 */
import { type Result, ok } from "../../protocol/result.ts";
import type { DocumentId, ProjectId } from "../../protocol/room-id.ts";
import { type Version, formatVersion, parseVersion } from "../../protocol/version.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { type BadCursor, decodeCursor, encodeCursor } from "./page-cursor.ts";

export type ListedVersion = {
  readonly version: Version;
  readonly kind: string;
  readonly name: string;
  /** Who asked for it; empty for automatic ones. */
  readonly user: string;
  readonly editors: readonly string[];
  readonly bytes: number;
  readonly isPinned: boolean;
  readonly createdMs: number;
};

export type DocumentKey = { readonly project: ProjectId; readonly id: DocumentId };

export type VersionToPut = DocumentKey &
  Omit<ListedVersion, "isPinned"> & {
    /** When its name and kind were decided: an older decision does not undo a newer one. */
    readonly namedMs: number;
  };

type VersionQuery = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly kind?: string | undefined;
};

type VersionPage = { readonly versions: readonly ListedVersion[]; readonly cursor: string | null };

type VersionChange = { readonly name?: string | undefined; readonly isPinned?: boolean | undefined };

/** What may be thinned out. */
type AutomaticVersion = Pick<ListedVersion, "version" | "createdMs">;

/** Time to delete the bytes of what was dropped, before somebody else does. */
const FORGET_MS = 60_000;

type VersionRow = Omit<ListedVersion, "editors" | "isPinned"> & { readonly editors: string; readonly isPinned: number };

const COLUMNS =
  "version, kind, name, user, editors, size_bytes AS bytes, is_pinned AS isPinned, created_ms AS createdMs";
/** Without statistics D1 goes through all versions of a document instead. */
const BY_KIND = "INDEXED BY versions_by_kind";
const BY_MARK = "INDEXED BY versions_marked";
const OF_DOCUMENT = "project = ?1 AND id = ?2";
const ONE = `${OF_DOCUMENT} AND version = ?3 AND dropped_ms IS NULL`;

/** An automatic version that somebody names is a named one; none becomes automatic again. */
const PUT = `
INSERT INTO versions (project, id, version, kind, name, user, editors, size_bytes, created_ms, named_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
WHERE NOT EXISTS (SELECT 1 FROM documents WHERE ${OF_DOCUMENT} AND deleted_ms IS NOT NULL)
ON CONFLICT (project, id, version) DO UPDATE SET
  kind = iif(excluded.kind = 'auto' OR kind = 'named', kind, excluded.kind),
  name = iif(excluded.kind = 'named', excluded.name, name),
  user = iif(excluded.kind = 'named' OR user = '', excluded.user, user),
  named_ms = excluded.named_ms
WHERE excluded.named_ms > named_ms AND dropped_ms IS NULL`;

const CHANGE = `
UPDATE versions SET
  kind = iif(?4 <> '', 'named', kind), name = coalesce(?4, name), is_pinned = coalesce(?5, is_pinned), named_ms = max(?6, named_ms + 1),
  thin_ms = iif(?5 = 0, ?6, thin_ms)
WHERE ${ONE} RETURNING ${COLUMNS}`;

const FIND = `SELECT ${COLUMNS} FROM versions WHERE ${ONE}`;

const AUTOMATIC = `
SELECT version, created_ms AS createdMs FROM versions ${BY_KIND}
WHERE ${OF_DOCUMENT} AND kind = 'auto' AND is_pinned = 0 AND dropped_ms IS NULL ORDER BY version DESC LIMIT ?3`;
const NEWEST = `SELECT version FROM versions WHERE ${OF_DOCUMENT} AND dropped_ms IS NULL ORDER BY version DESC LIMIT 1`;

/** Somebody may have named or pinned one since it was looked at. */
const DROP_AUTOMATIC = `
UPDATE versions SET dropped_ms = ?4, thin_ms = ?5
WHERE ${OF_DOCUMENT} AND version IN (SELECT value FROM json_each(?3)) AND kind = 'auto' AND is_pinned = 0 AND dropped_ms IS NULL`;
const DROP_ONE = `UPDATE versions SET dropped_ms = ?4, thin_ms = ?5 WHERE ${ONE} RETURNING version`;
/** With `thin_ms`, as all that is dropped. */
const DROPPED = `
SELECT version FROM versions ${BY_MARK} WHERE ${OF_DOCUMENT} AND thin_ms IS NOT NULL AND dropped_ms IS NOT NULL LIMIT ?3`;
/** The mark is on the newest automatic one, which is the last to go. */
const UNMARK = `
UPDATE versions ${BY_MARK} SET thin_ms = NULL WHERE ${OF_DOCUMENT} AND thin_ms IS NOT NULL AND dropped_ms IS NULL`;
const MARK = `
UPDATE versions SET thin_ms = ?3 WHERE ${OF_DOCUMENT} AND version = (
  SELECT version FROM versions ${BY_KIND} WHERE ${OF_DOCUMENT} AND kind = 'auto' AND dropped_ms IS NULL ORDER BY version DESC LIMIT 1)`;
const DUE = "SELECT project, id FROM versions WHERE thin_ms <= ?1 ORDER BY thin_ms LIMIT ?2";
const FORGET = `
DELETE FROM versions WHERE ${OF_DOCUMENT} AND version IN (SELECT value FROM json_each(?3)) AND dropped_ms IS NOT NULL`;

/** Runs behind a deletion, in its transaction; changes nothing where that was stale. */
export const CLEAR_VERSIONS = `
DELETE FROM versions WHERE ${OF_DOCUMENT}
AND EXISTS (SELECT 1 FROM documents WHERE ${OF_DOCUMENT} AND deleted_ms IS NOT NULL)`;

export class VersionIndex {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  async put(version: VersionToPut): Promise<Result<void, D1Failed>> {
    const { project, id, kind, name, user, bytes, createdMs, namedMs } = version;
    const editors = JSON.stringify(version.editors);
    const values = [kind, name, user, editors, bytes, createdMs, namedMs] as const;
    return await attempt(async () => {
      const statement = this.#db.prepare(PUT).bind(project, id, version.version, ...values);
      await statement.run();
    });
  }

  /** Newest first. */
  async list({ project, id }: DocumentKey, query: VersionQuery): Promise<Result<VersionPage, D1Failed | BadCursor>> {
    const before = query.cursor === undefined ? ok(null) : parseCursor(query.cursor);
    if (!before.ok) return before;
    const conditions = [OF_DOCUMENT, "dropped_ms IS NULL"];
    const values: (string | number)[] = [];
    const add = (sql: string, value: string) => conditions.push(sql + String(values.push(value) + 3));
    if (query.kind !== undefined) add("kind = ?", query.kind);
    if (before.value !== null) add("version < ?", before.value);
    const from = query.kind === undefined ? "versions" : `versions ${BY_KIND}`;
    const sql = `SELECT ${COLUMNS} FROM ${from} WHERE ${conditions.join(" AND ")} ORDER BY version DESC LIMIT ?3`;
    return await attempt(async () => {
      const statement = this.#db.prepare(sql).bind(project, id, query.limit + 1, ...values);
      const { results } = await statement.all<VersionRow>();
      const page = results.slice(0, query.limit).map(toListed);
      const last = results.length > page.length ? page.at(-1) : undefined;
      return { versions: page, cursor: last === undefined ? null : cursorAt(last.version) };
    });
  }

  async find({ project, id }: DocumentKey, version: Version): Promise<Result<ListedVersion | null, D1Failed>> {
    return await attempt(async () => {
      const row = await this.#db.prepare(FIND).bind(project, id, version).first<VersionRow>();
      return row === null ? null : toListed(row);
    });
  }

  /** The version as it is then; null where there is none. One that gets a name is kept for good. */
  async change(
    { project, id }: DocumentKey,
    version: Version,
    { name, isPinned }: VersionChange,
    nowMs: number,
  ): Promise<Result<ListedVersion | null, D1Failed>> {
    const pinned = isPinned === undefined ? null : Number(isPinned);
    return await attempt(async () => {
      const statement = this.#db.prepare(CHANGE).bind(project, id, version, name ?? null, pinned, nowMs);
      const row = await statement.first<VersionRow>();
      return row === null ? null : toListed(row);
    });
  }

  /** At most `limit` versions that may go, newest first; never the newest of the document, whatever it is. */
  async automatic({ project, id }: DocumentKey, limit: number): Promise<Result<readonly AutomaticVersion[], D1Failed>> {
    return await attempt(async () => {
      const [found, newest] = await this.#db.batch<AutomaticVersion>([
        this.#db.prepare(AUTOMATIC).bind(project, id, limit),
        this.#db.prepare(NEWEST).bind(project, id),
      ]);
      const kept = newest?.results[0]?.version;
      return (found?.results ?? []).filter(({ version }) => version !== kept);
    });
  }

  /** They are in no list from then on; their bytes may go then, and after those {@link forget} lets the rows go. */
  async dropAutomatic(
    { project, id }: DocumentKey,
    versions: readonly Version[],
    nowMs: number,
  ): Promise<Result<void, D1Failed>> {
    return await attempt(async () => {
      await this.#db
        .prepare(DROP_AUTOMATIC)
        .bind(project, id, JSON.stringify(versions), nowMs, nowMs + FORGET_MS)
        .run();
    });
  }

  /** As {@link dropAutomatic}, for one of any kind. False where there is none. */
  async drop({ project, id }: DocumentKey, version: Version, nowMs: number): Promise<Result<boolean, D1Failed>> {
    return await attempt(async () => {
      const [dropped] = await this.#db.batch([
        this.#db.prepare(DROP_ONE).bind(project, id, version, nowMs, nowMs + FORGET_MS),
        // The mark may have been on it.
        this.#db.prepare(MARK).bind(project, id, nowMs),
      ]);
      return dropped?.results.length === 1;
    });
  }

  /** The document is {@link due} from then on; never, where that is undefined. */
  async mark({ project, id }: DocumentKey, thinMs: number | undefined): Promise<Result<void, D1Failed>> {
    return await attempt(async () => {
      const unmark = this.#db.prepare(UNMARK).bind(project, id);
      const mark = thinMs === undefined ? [] : [this.#db.prepare(MARK).bind(project, id, thinMs)];
      await this.#db.batch([unmark, ...mark]);
    });
  }

  /** Documents of which something may go, or has gone by half; at most `limit`. */
  async due(nowMs: number, limit: number): Promise<Result<readonly DocumentKey[], D1Failed>> {
    return await attempt(async () => {
      const { results } = await this.#db.prepare(DUE).bind(nowMs, limit).all<DocumentKey>();
      return [...new Map(results.map((row) => [JSON.stringify([row.project, row.id]), row])).values()];
    });
  }

  /** Dropped and not forgotten yet, at most `limit`. */
  async dropped({ project, id }: DocumentKey, limit: number): Promise<Result<readonly Version[], D1Failed>> {
    return await attempt(async () => {
      const { results } = await this.#db.prepare(DROPPED).bind(project, id, limit).all<{ readonly version: Version }>();
      return results.map(({ version }) => version);
    });
  }

  async forget({ project, id }: DocumentKey, versions: readonly Version[]): Promise<Result<void, D1Failed>> {
    return await attempt(async () => {
      await this.#db.prepare(FORGET).bind(project, id, JSON.stringify(versions)).run();
    });
  }
}

function toListed({ editors, isPinned, ...row }: VersionRow): ListedVersion {
  // SAFETY: put is the only writer of this column.
  return { ...row, editors: JSON.parse(editors) as readonly string[], isPinned: isPinned === 1 };
}

function cursorAt(version: Version): string | null {
  const parts = parseVersion(version);
  return parts === undefined ? null : encodeCursor([parts.epoch, parts.seq]);
}

function parseCursor(cursor: string): Result<Version, BadCursor> {
  const key = decodeCursor(cursor, 2);
  return key.ok ? ok(formatVersion({ epoch: key.value[0] ?? 0, seq: key.value[1] ?? 0 })) : key;
}
