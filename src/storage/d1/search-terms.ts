/**
 * What a person typed into a search box as terms that SQL can look for. Nothing of it is ever parsed as a query language but
 * double quotes, which keep words together.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import { CHUNK_OVERLAP_CHARS } from "./text-chunks.ts";

/** `full-text` terms have the three characters a trigram needs, `pair` two (most words of Chinese), `single` one. */
export type SearchTerm = { readonly kind: "full-text" | "pair" | "single"; readonly text: string };

export type BadSearch = { readonly tag: "bad-search"; readonly reason: string };

/** A sentence; each term is one look into the index. */
export const MAX_SEARCH_TERMS = 24;
const TERM = /"([^"]+)"|([^\s"]+)/gu;

/** Every term has to be found, each anywhere in the document. */
export function parseSearch(text: string): Result<readonly SearchTerm[], BadSearch> {
  const clean = text.toWellFormed().replace(/\p{Cc}/gu, " ");
  const words = [...clean.matchAll(TERM)].map((match) => (match[1] ?? match[2] ?? "").trim().replace(/\s+/g, " "));
  const terms = [...new Set(words)].filter((word) => word !== "").map(toTerm);
  if (terms.length > MAX_SEARCH_TERMS) {
    return err({ tag: "bad-search", reason: `A search has at most ${MAX_SEARCH_TERMS} words.` });
  }
  if (terms.some((term) => term.text.length > CHUNK_OVERLAP_CHARS)) {
    return err({ tag: "bad-search", reason: `A search word has at most ${CHUNK_OVERLAP_CHARS} characters.` });
  }
  return ok(terms);
}

/** The term as an FTS5 string: everything between the quotes is text (SQLite, "FTS5 Strings"). */
export function toPhrase(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}

/** The term as a LIKE pattern for `ESCAPE '\'`. */
export function toLikePattern(term: string): string {
  return `%${term.replace(/[\\%_]/g, (char) => `\\${char}`)}%`;
}

function toTerm(text: string): SearchTerm {
  const chars = Array.from(text).length;
  return { kind: chars === 1 ? "single" : chars === 2 ? "pair" : "full-text", text };
}
