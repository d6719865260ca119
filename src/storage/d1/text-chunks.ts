/**
 * A document's text in pieces that fit D1 and that the full-text index can hold one by one.
 * @module
 */

/** UTF-16 units of text in one chunk, at most 196 KB of UTF-8. A snippet reads a whole chunk; the platform refuses 2 MB. */
export const CHUNK_CHARS = 65_536;
/** Neighbouring chunks share so much that no search term, at most this long, falls between them. */
export const CHUNK_OVERLAP_CHARS = 128;
/** UTF-8 bytes of the chunks that one bound parameter carries as JSON; the platform refuses 2 MB. */
const MAX_GROUP_BYTES = 1_000_000;

/** Markers of a snippet: text that holds them cannot be told from a match. */
// oxlint-disable-next-line no-control-regex -- these two controls are the ones looked for
const MARKERS = /[\u0000\u0002\u0003]/g;

const encoder = new TextEncoder();

/**
 * Chunks in order, none of them cut inside a surrogate pair; an empty text is one chunk. Each ends in a line feed: with it the last
 * two characters begin a trigram too.
 */
export function chunkText(text: string): readonly string[] {
  const clean = text.toWellFormed().replace(MARKERS, " ");
  const chunks: string[] = [];
  let start = 0;
  for (;;) {
    const end = boundary(clean, start + CHUNK_CHARS);
    chunks.push(`${clean.slice(start, end)}\n`);
    if (end >= clean.length) return chunks;
    start = boundary(clean, end - CHUNK_OVERLAP_CHARS);
  }
}

/** Runs of chunks, each small enough for one bound parameter; `firstOrdinal` counts the chunks before it. */
export function groupChunks(
  chunks: readonly string[],
): readonly { readonly firstOrdinal: number; readonly chunks: readonly string[] }[] {
  const groups: { firstOrdinal: number; chunks: string[] }[] = [];
  let bytes = 0;
  for (const [ordinal, chunk] of chunks.entries()) {
    const size = encoder.encode(JSON.stringify(chunk)).length;
    const last = groups.at(-1);
    if (last === undefined || bytes + size > MAX_GROUP_BYTES) {
      groups.push({ firstOrdinal: ordinal, chunks: [chunk] });
      bytes = size;
    } else {
      last.chunks.push(chunk);
      bytes += size;
    }
  }
  return groups;
}

/** `at`, or one unit before it when that is the middle of a pair. */
function boundary(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
