/**
 * Listing and searching documents, a page at a time: newest change first, where one that changes between pages moves to the front and may
 * be missed, or by id, where none moves.
 * @module
 */
import { type Result, ok } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { DOCUMENT_COLUMNS, type DocumentRow, type IndexedDocument, toIndexedDocument } from "./document-row.ts";
import { expandPairs } from "./character-pairs.ts";
import { type BadCursor, decodeCursor, decodeIdCursor, encodeCursor, encodeIdCursor } from "./page-cursor.ts";
import { type BadSearch, type SearchTerm, parseSearch, toLikePattern, toPhrase } from "./search-terms.ts";

/** `changed`, newest first, unless it is said; `id`: by their UTF-8 bytes, each document that is there all the while exactly once. */
export type DocumentOrder = "changed" | "id";

/** Every filter that is given has to hold. */
export type DocumentQuery = {
  /** Words of id, title or text. */
  readonly query?: string | undefined;
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  /** A user id, exactly. */
  readonly editor?: string | undefined;
  /** Inclusive. */
  readonly changedSinceMs?: number | undefined;
  /** Exclusive. */
  readonly changedBeforeMs?: number | undefined;
  readonly order?: DocumentOrder | undefined;
  readonly limit: number;
  /** From the page before. */
  readonly cursor?: string | undefined;
};

/** `match` holds a passage with what was found between U+0002 and U+0003. */
export type FoundDocument = IndexedDocument & { readonly match?: string };

export type DocumentPage = { readonly documents: readonly FoundDocument[]; readonly cursor: string | null };

/** `id` is the order of the index behind UNIQUE (project, id). */
const ORDERS = {
  changed: {
    sql: "d.updated_ms DESC, d.number DESC",
    after: "(d.updated_ms, d.number) < (?, ?)",
    cursorOf: ({ updatedMs, number }) => encodeCursor([updatedMs, number]),
    keyOf: (cursor) => decodeCursor(cursor, 2),
  },
  id: {
    sql: "d.id",
    after: "d.id > ?",
    cursorOf: ({ id }) => encodeIdCursor(id),
    keyOf: (cursor) => {
      const id = decodeIdCursor(cursor);
      return id.ok ? ok([id.value]) : id;
    },
  },
} as const satisfies Record<DocumentOrder, Order>;

type Order = {
  readonly sql: string;
  readonly after: string;
  readonly cursorOf: (last: DocumentRow) => string;
  readonly keyOf: (cursor: string) => Result<readonly Value[], BadCursor>;
};
type Value = string | number;
type Condition = { readonly sql: string; readonly values: readonly Value[] };

/** Where a search looks: a column filter of FTS5, and the columns where a term too short for trigrams is looked for as it is. */
type Scope = { readonly columns: string; readonly short: readonly string[] };
type ScopedTerm = { readonly scope: Scope; readonly term: SearchTerm };

const SCOPES = {
  query: { columns: "{id title body}", short: ["d.id", "d.title", "d.excerpt"] },
  title: { columns: "{title}", short: ["d.title"] },
  text: { columns: "{body}", short: ["d.excerpt"] },
} as const satisfies Record<string, Scope>;

const HAS_PHRASE = `d.number IN (SELECT c.document FROM document_fts f JOIN document_chunks c ON c.number = f.rowid
  WHERE document_fts MATCH ?)`;

/** One passage a document: of its first chunk that holds a term. */
const PASSAGES = `
SELECT c.document, snippet(document_fts, -1, char(2), char(3), '…', 64) AS passage
FROM document_fts f JOIN document_chunks c ON c.number = f.rowid
WHERE document_fts MATCH ?1 AND f.rowid IN (
  SELECT min(c.number) FROM document_fts f JOIN document_chunks c ON c.number = f.rowid
  WHERE document_fts MATCH ?1 AND c.document IN (SELECT value FROM json_each(?2)) GROUP BY c.document)`;

/** A page of the living documents of a project. */
export async function searchDocuments(
  db: D1Database,
  project: ProjectId,
  query: DocumentQuery,
): Promise<Result<DocumentPage, D1Failed | BadSearch | BadCursor>> {
  const order = ORDERS[query.order ?? "changed"];
  const terms = scopedTerms(query);
  if (!terms.ok) return terms;
  const plain = plainConditions(query);
  if (!plain.ok) return plain;
  return await attempt(async () => {
    const pairs = await expandPairs(
      db,
      terms.value.map(({ term }) => term),
    );
    const conditions = [
      { sql: "d.project = ? AND d.deleted_ms IS NULL", values: [project] },
      ...terms.value.map((scoped) => termCondition(scoped, pairs)),
      ...plain.value,
    ];
    const rows = await readRows(db, conditions, { order: order.sql, limit: query.limit + 1 });
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const hasMore = rows.length > page.length && last !== undefined;
    const passages = await readPassages(db, terms.value, page);
    const documents = page.map((row) => {
      const match = passages.get(row.number);
      return { ...toIndexedDocument(row), ...(match === undefined ? {} : { match }) };
    });
    return { documents, cursor: hasMore ? order.cursorOf(last) : null };
  });
}

async function readRows(
  db: D1Database,
  conditions: readonly Condition[],
  { order, limit }: { readonly order: string; readonly limit: number },
): Promise<readonly DocumentRow[]> {
  const where = conditions.map((condition) => condition.sql).join(" AND ");
  const sql = `SELECT ${DOCUMENT_COLUMNS} FROM documents d WHERE ${where} ORDER BY ${order} LIMIT ?`;
  const values = conditions.flatMap((condition) => condition.values);
  const { results } = await db
    .prepare(sql)
    .bind(...values, limit)
    .all<DocumentRow>();
  return results;
}

function scopedTerms(query: DocumentQuery): Result<readonly ScopedTerm[], BadSearch> {
  const scoped: ScopedTerm[] = [];
  for (const name of ["query", "title", "text"] as const) {
    const terms = parseSearch(query[name] ?? "");
    if (!terms.ok) return terms;
    scoped.push(...terms.value.map((term) => ({ scope: SCOPES[name], term })));
  }
  return ok(scoped);
}

function termCondition({ scope, term }: ScopedTerm, pairs: ReadonlyMap<string, string>): Condition {
  if (term.kind === "full-text") return { sql: HAS_PHRASE, values: [phraseIn(scope, term)] };
  const pattern = toLikePattern(term.text);
  const like = scope.short.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(" OR ");
  const patterns = scope.short.map(() => pattern);
  const expansion = pairs.get(term.text);
  if (expansion === undefined) return { sql: `(${like})`, values: patterns };
  return { sql: `(${like} OR ${HAS_PHRASE})`, values: [...patterns, `${scope.columns} : (${expansion})`] };
}

function phraseIn(scope: Scope, term: SearchTerm): string {
  return `${scope.columns} : ${toPhrase(term.text)}`;
}

function plainConditions(query: DocumentQuery): Result<readonly Condition[], BadCursor> {
  const { editor, changedSinceMs, changedBeforeMs, cursor, order = "changed" } = query;
  const conditions: Condition[] = [];
  if (editor !== undefined) {
    const sql = "d.number IN (SELECT document FROM document_editors WHERE user = ?)";
    conditions.push({ sql, values: [editor] });
  }
  if (changedSinceMs !== undefined) conditions.push({ sql: "d.updated_ms >= ?", values: [changedSinceMs] });
  if (changedBeforeMs !== undefined) conditions.push({ sql: "d.updated_ms < ?", values: [changedBeforeMs] });
  if (cursor === undefined) return ok(conditions);
  const key = ORDERS[order].keyOf(cursor);
  if (!key.ok) return key;
  return ok([...conditions, { sql: ORDERS[order].after, values: key.value }]);
}

async function readPassages(
  db: D1Database,
  terms: readonly ScopedTerm[],
  rows: readonly DocumentRow[],
): Promise<ReadonlyMap<number, string>> {
  const long = terms.filter(({ term }) => term.kind === "full-text");
  if (long.length === 0 || rows.length === 0) return new Map();
  const phrases = long.map(({ scope, term }) => `(${phraseIn(scope, term)})`).join(" OR ");
  const numbers = JSON.stringify(rows.map((row) => row.number));
  const { results } = await db
    .prepare(PASSAGES)
    .bind(phrases, numbers)
    .all<{ readonly document: number; readonly passage: string }>();
  return new Map(results.map(({ document, passage }) => [document, passage]));
}
