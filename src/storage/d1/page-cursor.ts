/**
 * Where a page ended, as text that a caller hands back and does not read.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";

/** Position in an order of descending numbers, most significant first. */
export type PageKey = readonly number[];

export type BadCursor = { readonly tag: "bad-cursor" };

const MAX_CURSOR_CHARS = 100;

/** URL-safe text. */
export function encodeCursor(key: PageKey): string {
  return btoa(JSON.stringify(key)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The inverse of {@link encodeCursor} for a key of `length` numbers. */
export function decodeCursor(text: string, length: number): Result<PageKey, BadCursor> {
  if (text.length > MAX_CURSOR_CHARS) return err({ tag: "bad-cursor" });
  try {
    const key: unknown = JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
    const isKey = Array.isArray(key) && key.length === length && key.every((part) => Number.isSafeInteger(part));
    return isKey ? ok(key) : err({ tag: "bad-cursor" });
  } catch {
    return err({ tag: "bad-cursor" });
  }
}
