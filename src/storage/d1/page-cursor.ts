/**
 * Where a page ended, as text that a caller hands back and does not read.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";

/** Position in an order of descending numbers, most significant first. */
export type PageKey = readonly number[];

export type BadCursor = { readonly tag: "bad-cursor" };

const MAX_CURSOR_CHARS = 100;
/** An id of 256 bytes, percent-encoded, in base64. */
const MAX_ID_CURSOR_CHARS = 1_100;

/** URL-safe text. */
export function encodeCursor(key: PageKey): string {
  return encode(key);
}

/** The inverse of {@link encodeCursor} for a key of `length` numbers. */
export function decodeCursor(text: string, length: number): Result<PageKey, BadCursor> {
  if (text.length > MAX_CURSOR_CHARS) return err({ tag: "bad-cursor" });
  try {
    const key = decode(text);
    const isKey = Array.isArray(key) && key.length === length && key.every((part) => Number.isSafeInteger(part));
    return isKey ? ok(key) : err({ tag: "bad-cursor" });
  } catch {
    return err({ tag: "bad-cursor" });
  }
}

/** Position in an order of ids: URL-safe text, unlike any of {@link encodeCursor}. */
export function encodeIdCursor(id: string): string {
  return encode(encodeURIComponent(id));
}

/** The inverse of {@link encodeIdCursor}. */
export function decodeIdCursor(text: string): Result<string, BadCursor> {
  if (text.length > MAX_ID_CURSOR_CHARS) return err({ tag: "bad-cursor" });
  try {
    const id = decode(text);
    return typeof id === "string" ? ok(decodeURIComponent(id)) : err({ tag: "bad-cursor" });
  } catch {
    return err({ tag: "bad-cursor" });
  }
}

/** The JSON has no character outside of ASCII. */
function encode(key: PageKey | string): string {
  return btoa(JSON.stringify(key)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(text: string): unknown {
  return JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
}
