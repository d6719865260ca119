/**
 * The document list of the REST API.
 * @module
 */
import { type Result, ok } from "../../src/protocol/result.ts";
import { documentAddress } from "./addresses.ts";
import { type ApiError, ask, numberOf, send, textOf, textsOf } from "./api-request.ts";
import { fieldOf } from "./browser-storage.ts";

export type DocumentEntry = {
  readonly id: string;
  readonly title: string;
  readonly excerpt: string;
  readonly words: number;
  readonly editors: readonly string[];
  readonly updatedMs: number;
  /** Text around what was searched, each hit between U+0002 and U+0003. */
  readonly match?: string;
};

export type DocumentPage = { readonly documents: readonly DocumentEntry[]; readonly cursor: string | null };

export type ListQuery = { readonly query: string; readonly cursor?: string; readonly signal: AbortSignal };

/** Rows in one page of the list. */
const PAGE_SIZE = 20;

/** One page of documents. Rejects only when `signal` aborts. */
export async function listDocuments({ query, cursor, signal }: ListQuery): Promise<Result<DocumentPage, ApiError>> {
  const parameters = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (query !== "") parameters.set("query", query);
  if (cursor !== undefined) parameters.set("cursor", cursor);
  return await ask(`/v1/documents?${parameters}`, { signal }, readPage);
}

/** Erases document `id` for everybody. A document that is gone already counts as erased. */
export async function deleteDocument(id: string): Promise<Result<undefined, ApiError>> {
  const answer = await send(documentAddress(id), { method: "DELETE" });
  if (answer.ok || (answer.error.tag === "problem" && isGone(answer.error.status))) return ok(undefined);
  return answer;
}

function isGone(status: number): boolean {
  return status === 404 || status === 410;
}

function readPage(body: unknown): DocumentPage | undefined {
  const documents = fieldOf(body, "documents");
  const next = fieldOf(body, "cursor");
  if (!Array.isArray(documents)) return undefined;
  return { documents: documents.flatMap(readEntry), cursor: typeof next === "string" ? next : null };
}

function readEntry(value: unknown): readonly DocumentEntry[] {
  const id = fieldOf(value, "id");
  if (typeof id !== "string" || id === "") return [];
  const match = fieldOf(value, "match");
  const entry = {
    id,
    title: textOf(fieldOf(value, "title")),
    excerpt: textOf(fieldOf(value, "excerpt")),
    words: numberOf(fieldOf(value, "words")),
    editors: textsOf(fieldOf(value, "editors")),
    updatedMs: numberOf(fieldOf(value, "updatedMs")),
  };
  return [typeof match === "string" ? { ...entry, match } : entry];
}
