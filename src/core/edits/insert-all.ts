/**
 * Many items into a shared type that is not in a document yet.
 * @module
 */

/** Yjs gives them to `splice` as arguments there, of which the stack holds some 120,000. */
const CHUNK_ITEMS = 10_000;

/** Into an empty list, however many. */
export function insertAll<T>(list: { insert: (index: number, items: T[]) => void }, items: readonly T[]): void {
  for (let at = 0; at < items.length; at += CHUNK_ITEMS) list.insert(at, items.slice(at, at + CHUNK_ITEMS));
}
