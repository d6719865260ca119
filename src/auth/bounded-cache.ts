/**
 * The most recently used of what was worked out, within a bound.
 * @module
 */

export type CacheBounds = {
  readonly entries: number;
  /** Characters of all keys together. */
  readonly keyChars: number;
};

export class BoundedCache<Value> {
  readonly #bounds: CacheBounds;
  /** Least recently used first. */
  readonly #entries = new Map<string, Value>();
  #keyChars = 0;

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#keyChars += key.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#bounds.entries && this.#keyChars <= this.#bounds.keyChars) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#keyChars -= key.length;
  }
}
