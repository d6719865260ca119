/**
 * Latencies of millions of deliveries in a fixed space.
 * @module
 */

/** Width of a bucket. */
const BUCKET_MS = 0.1;
const MAX_MS = 20_000;

export class Histogram {
  readonly #buckets = new Uint32Array(MAX_MS / BUCKET_MS + 1);
  count = 0;

  add(ms: number, times = 1): void {
    const bucket = Math.min(this.#buckets.length - 1, Math.max(0, Math.floor(ms / BUCKET_MS)));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + times;
    this.count += times;
  }

  /** Upper edge of the bucket below which `share` of all lie, in ms; NaN when nothing was added. */
  percentile(share: number): number {
    if (this.count === 0) return Number.NaN;
    const wanted = Math.ceil(this.count * share);
    let sum = 0;
    for (const [index, count] of this.#buckets.entries()) {
      sum += count;
      if (sum >= wanted) return (index + 1) * BUCKET_MS;
    }
    return MAX_MS;
  }
}
