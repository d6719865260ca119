/**
 * Numbers for content: the same number exactly when the content is the same.
 * @module
 */
import { toBase64 } from "lib0/buffer";

/** Numbers below this are code points. */
const FIRST_ID = 0x11_00_00;

/** One for all trees that are compared with each other. */
export class ContentIds {
  readonly #ids = new Map<string, number>();

  /** Of `key`, which says all there is to say. Never a code point. */
  of(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = FIRST_ID + this.#ids.size;
    this.#ids.set(key, id);
    return id;
  }
}

/** The same for equal values, whatever the order of their keys. */
export function valueKey(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `i${value}`;
  if (value instanceof Uint8Array) return `b${toBase64(value)}`;
  if (Array.isArray(value)) return `[${value.map(valueKey).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${valueKey(each)}`).join(",")}}`;
}
