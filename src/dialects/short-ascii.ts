/**
 * Names and small payloads, which are most of what games say: a text decoder costs more than the rest of such a frame.
 * @module
 */

/** In bytes; beyond it a decoder is faster. */
const MAX_SHORT = 64;
const FIRST_BEYOND_ASCII = 0x80;

/** The text of `bytes` where they are few and all ASCII; undefined where a decoder has to say what they are. */
export function shortAscii(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_SHORT) return undefined;
  for (const byte of bytes) if (byte >= FIRST_BEYOND_ASCII) return undefined;
  return String.fromCharCode(...bytes);
}
