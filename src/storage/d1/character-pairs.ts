/**
 * Terms of two characters, too short for a trigram index to look up: as the trigrams of it that begin with them.
 * @module
 */
import { type SearchTerm, toPhrase } from "./search-terms.ts";

/** Trigrams one pair may stand for. More begin with a pair only in ASCII, in a large deployment; the rest is not looked for. */
const MAX_TRIGRAMS = 500;

const TRIGRAMS = "SELECT term FROM document_trigrams WHERE term >= ?1 AND term < ?2 LIMIT ?3";

/** For each pair among `terms` what FTS5 looks for instead; a pair that no text holds has no entry. */
export async function expandPairs(db: D1Database, terms: readonly SearchTerm[]): Promise<ReadonlyMap<string, string>> {
  const pairs = [...new Set(terms.filter(({ kind }) => kind === "pair").map(({ text }) => text))];
  if (pairs.length === 0) return new Map();
  const results = await db.batch<{ readonly term: string }>(
    pairs.map((pair) => {
      // The index folds case as it tokenizes; what it stores is looked up as it stores it.
      const folded = pair.toLowerCase();
      return db.prepare(TRIGRAMS).bind(folded, `${folded}\u{10ffff}`, MAX_TRIGRAMS);
    }),
  );
  const expansions = pairs.flatMap((pair, index): [string, string][] => {
    const rows = results[index]?.results ?? [];
    return rows.length === 0 ? [] : [[pair, rows.map(({ term }) => toPhrase(term)).join(" OR ")]];
  });
  return new Map(expansions);
}
