/**
 * localStorage that may be missing or full: private windows and strict settings make every access throw.
 * @module
 */

/** The parsed value under `key`; undefined when there is none, it is no JSON, or storage is off. */
export function readStored(key: string): unknown {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Stores `value` as JSON. False when the browser would not: the page goes on without. */
export function writeStored(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** The field `name` of anything; undefined when `value` is no object or has none. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
