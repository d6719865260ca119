/**
 * The document list of the REST API, read with care: what comes over the wire is checked, never assumed.
 * @module
 */
import { type Result, err, ok } from "../../src/protocol/result.ts";
import { documentAddress } from "./addresses.ts";
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

/** `problem` is the server's own answer (RFC 9457), `unreachable` is none. */
export type ApiError =
  | { readonly tag: "problem"; readonly status: number; readonly title: string; readonly detail: string }
  | { readonly tag: "unreachable" };

export type ListQuery = { readonly query: string; readonly cursor?: string; readonly signal: AbortSignal };

/** Rows in one page of the list. */
const PAGE_SIZE = 20;

/** One page of documents. Rejects only when `signal` aborts. */
export async function listDocuments({ query, cursor, signal }: ListQuery): Promise<Result<DocumentPage, ApiError>> {
  const parameters = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (query !== "") parameters.set("query", query);
  if (cursor !== undefined) parameters.set("cursor", cursor);
  const answer = await send(`/v1/documents?${parameters}`, { signal });
  if (!answer.ok) return answer;
  const body = await readJson(answer.value);
  const documents = fieldOf(body, "documents");
  const next = fieldOf(body, "cursor");
  if (!Array.isArray(documents)) return err(unreadable(answer.value.status));
  return ok({ documents: documents.flatMap(readEntry), cursor: typeof next === "string" ? next : null });
}

/** Erases document `id` for everybody. A document that is gone already counts as erased. */
export async function deleteDocument(id: string): Promise<Result<undefined, ApiError>> {
  const answer = await send(documentAddress(id), { method: "DELETE" });
  if (answer.ok || (answer.error.tag === "problem" && isGone(answer.error.status))) return ok(undefined);
  return answer;
}

/** One sentence about `error` for the person at the page. */
export function errorWords(error: ApiError): string {
  if (error.tag === "unreachable") return "The server cannot be reached. Check the connection and try again.";
  return error.detail === "" ? `${error.title} (${error.status})` : error.detail;
}

function isGone(status: number): boolean {
  return status === 404 || status === 410;
}

async function send(address: string, init: RequestInit): Promise<Result<Response, ApiError>> {
  let response: Response;
  try {
    response = await fetch(address, { headers: { accept: "application/json, application/problem+json" }, ...init });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    return err({ tag: "unreachable" });
  }
  if (response.ok) return ok(response);
  const problem = await readJson(response);
  const title = fieldOf(problem, "title");
  const detail = fieldOf(problem, "detail");
  return err({
    tag: "problem",
    status: response.status,
    title: typeof title === "string" ? title : "The server refused",
    detail: typeof detail === "string" ? detail : "",
  });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function unreadable(status: number): ApiError {
  return { tag: "problem", status, title: "The server's answer makes no sense here", detail: "" };
}

function readEntry(value: unknown): readonly DocumentEntry[] {
  const id = fieldOf(value, "id");
  if (typeof id !== "string" || id === "") return [];
  const editors = fieldOf(value, "editors");
  const match = fieldOf(value, "match");
  const entry = {
    id,
    title: textOf(fieldOf(value, "title")),
    excerpt: textOf(fieldOf(value, "excerpt")),
    words: numberOf(fieldOf(value, "words")),
    editors: Array.isArray(editors) ? editors.filter((editor) => typeof editor === "string") : [],
    updatedMs: numberOf(fieldOf(value, "updatedMs")),
  };
  return [typeof match === "string" ? { ...entry, match } : entry];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
