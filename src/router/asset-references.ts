/**
 * Which images a document shows, by the addresses in its bytes. Rule AS7.
 * @module
 */
const SLASH = 0x2f;
/** The last of its id's address, whichever document the address names. */
const BEFORE_ID = new TextEncoder().encode("assets/");
const ID_CHARS = 64;

/**
 * Ids behind `assets/` in a V1 update, each once: Yjs writes a string as it is. An address that was typed in pieces, or edited inside,
 * is in several and is not found.
 */
export function assetsIn(update: Uint8Array): readonly string[] {
  const ids = new Set<string>();
  for (let slash = update.indexOf(SLASH); slash !== -1; slash = update.indexOf(SLASH, slash + 1)) {
    if (!isBehindName(update, slash)) continue;
    const id = readId(update, slash + 1);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}

function isBehindName(update: Uint8Array, slash: number): boolean {
  const start = slash + 1 - BEFORE_ID.length;
  return start >= 0 && BEFORE_ID.every((byte, at) => update[start + at] === byte);
}

function readId(update: Uint8Array, start: number): string | undefined {
  let id = "";
  for (let at = start; at < start + ID_CHARS; at += 1) {
    const byte = update[at] ?? 0;
    const isHex = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
    if (!isHex) return undefined;
    id += String.fromCharCode(byte);
  }
  return id;
}
