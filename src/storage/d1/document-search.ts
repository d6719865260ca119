/**
 * Listing and searching documents: newest change first, a page at a time, stable while documents change between pages.
 * @module
 */
import { type Result, ok } from "../../protocol/result.ts";
import type { ProjectId } from "../../protocol/room-id.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { DOCUMENT_COLUMNS, type DocumentRow, type IndexedDocument, toIndexedDocument } from "./document-row.ts";
import { type BadCursor, decodeCursor, encodeCursor } from "./page-cursor.ts";
import { type BadSearch, type SearchTerm, parseSearch, toLikePattern, toPhrase } from "./search-terms.ts";

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
  readonly limit: number;
  /** From the page before. */
  readonly cursor?: string | undefined;
};

/** `match` holds a passage with what was found between U+0002 and U+0003. */
export type FoundDocument = IndexedDocument & { readonly match?: string };

export type DocumentPage = { readonly documents: readonly FoundDocument[]; readonly cursor: string | null };

type Value = string | number;
type Condition = { readonly sql: string; readonly values: readonly Value[] };

/** Where a search looks: a column filter of FTS5, and the columns a term too short for trigrams is looked for in. */
type Scope = { readonly columns: string; readonly short: readonly string[] };

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

type Plan = { readonly conditions: readonly Condition[]; readonly passages: string | null };

/** A page of the living documents of a project. */
export async function searchDocuments(
  db: D1Database,
  project: ProjectId,
  query: DocumentQuery,
): Promise<Result<DocumentPage, D1Failed | BadSearch | BadCursor>> {
  const plan = planSearch(query);
  if (!plan.ok) return plan;
  const conditions = [{ sql: "d.project = ? AND d.deleted_ms IS NULL", values: [project] }, ...plan.value.conditions];
  const where = conditions.map((condition) => condition.sql).join(" AND ");
  const sql = `SELECT ${DOCUMENT_COLUMNS} FROM documents d WHERE ${where} ORDER BY d.updated_ms DESC, d.number DESC LIMIT ?`;
  const values = [...conditions.flatMap((condition) => condition.values), query.limit + 1];
  return await attempt(async () => {
    const { results } = await db
      .prepare(sql)
      .bind(...values)
      .all<DocumentRow>();
    const rows = results.slice(0, query.limit);
    const last = rows.at(-1);
    const hasMore = results.length > rows.length && last !== undefined;
    const passages = await readPassages(db, plan.value.passages, rows);
    const documents = rows.map((row) => {
      const match = passages.get(row.number);
      return { ...toIndexedDocument(row), ...(match === undefined ? {} : { match }) };
    });
    return { documents, cursor: hasMore ? encodeCursor([last.updatedMs, last.number]) : null };
  });
}

function planSearch(query: DocumentQuery): Result<Plan, BadSearch | BadCursor> {
  const conditions: Condition[] = [];
  const phrases: string[] = [];
  for (const scope of ["query", "title", "text"] as const) {
    const terms = parseSearch(query[scope] ?? "");
    if (!terms.ok) return terms;
    for (const term of terms.value) {
      const condition = termCondition(SCOPES[scope], term);
      conditions.push(condition);
      if (term.kind === "full-text") phrases.push(`(${phraseIn(SCOPES[scope], term)})`);
    }
  }
  conditions.push(...plainConditions(query));
  if (query.cursor !== undefined) {
    const key = decodeCursor(query.cursor, 2);
    if (!key.ok) return key;
    conditions.push({ sql: "(d.updated_ms, d.number) < (?, ?)", values: key.value });
  }
  return ok({ conditions, passages: phrases.length === 0 ? null : phrases.join(" OR ") });
}

function termCondition(scope: Scope, term: SearchTerm): Condition {
  if (term.kind === "full-text") return { sql: HAS_PHRASE, values: [phraseIn(scope, term)] };
  const pattern = toLikePattern(term.text);
  const sql = scope.short.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(" OR ");
  return { sql: `(${sql})`, values: scope.short.map(() => pattern) };
}

function phraseIn(scope: Scope, term: SearchTerm): string {
  return `${scope.columns} : ${toPhrase(term.text)}`;
}

function plainConditions({ editor, changedSinceMs, changedBeforeMs }: DocumentQuery): readonly Condition[] {
  const conditions: Condition[] = [];
  if (editor !== undefined) {
    const sql = "d.number IN (SELECT document FROM document_editors WHERE user = ?)";
    conditions.push({ sql, values: [editor] });
  }
  if (changedSinceMs !== undefined) conditions.push({ sql: "d.updated_ms >= ?", values: [changedSinceMs] });
  if (changedBeforeMs !== undefined) conditions.push({ sql: "d.updated_ms < ?", values: [changedBeforeMs] });
  return conditions;
}

async function readPassages(
  db: D1Database,
  phrases: string | null,
  rows: readonly DocumentRow[],
): Promise<ReadonlyMap<number, string>> {
  if (phrases === null || rows.length === 0) return new Map();
  const numbers = JSON.stringify(rows.map((row) => row.number));
  const { results } = await db
    .prepare(PASSAGES)
    .bind(phrases, numbers)
    .all<{ readonly document: number; readonly passage: string }>();
  return new Map(results.map(({ document, passage }) => [document, passage]));
}
