/**
 * Token buckets of one isolate, by key: so many seconds' worth at once, then as fast as they fill. Others of the same deployment count for
 * themselves, so a limit is one of each isolate that a caller reaches.
 * @module
 */

type Bucket = { readonly tokens: number; readonly atMs: number };

const MINUTE_MS = 60_000;
/** About 1 MB. The one that was not used for longest goes first; whoever comes back to it finds it full. */
const MAX_BUCKETS = 10_000;

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #burstMinutes: number;

  constructor({ burstSeconds = 60 }: { readonly burstSeconds?: number } = {}) {
    this.#burstMinutes = burstSeconds / 60;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one token of `key`. Returns how long to wait for it in ms: 0 where it is taken. */
  take(key: string, perMinute: number, nowMs: number): number {
    const perMs = perMinute / MINUTE_MS;
    const known = this.#buckets.get(key);
    const elapsedMs = known === undefined ? 0 : Math.max(0, nowMs - known.atMs);
    const burst = perMinute * this.#burstMinutes;
    const tokens = known === undefined ? burst : Math.min(burst, known.tokens + elapsedMs * perMs);
    const isTaken = tokens >= 1;
    // To the end of the map, which is in the order of insertion.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isTaken ? tokens - 1 : tokens, atMs: nowMs });
    if (this.#buckets.size > MAX_BUCKETS) this.#dropOldest();
    return isTaken ? 0 : Math.ceil((1 - tokens) / perMs);
  }

  #dropOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
