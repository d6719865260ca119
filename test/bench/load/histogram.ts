/**
 * Latencies of millions of deliveries in a fixed space.
 * @module
 */

const BUCKET_MS = 0.1;
const MAX_MS = 20_000;

export class Histogram {
  readonly #bucketMs: number;
  readonly #buckets: Uint32Array;
  count = 0;

  /** `bucketMs`: the width of a bucket. */
  constructor(bucketMs = BUCKET_MS) {
    this.#bucketMs = bucketMs;
    this.#buckets = new Uint32Array(Math.ceil(MAX_MS / bucketMs) + 1);
  }

  add(ms: number): void {
    const bucket = Math.min(this.#buckets.length - 1, Math.max(0, Math.floor(ms / this.#bucketMs)));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.count += 1;
  }

  /** So many have no latency, because they never came: later than all others. */
  addNever(times: number): void {
    this.count += times;
  }

  /** Upper edge of the bucket below which `share` of all lie, in ms; Infinity among those that never came, NaN when empty. */
  percentile(share: number): number {
    if (this.count === 0) return Number.NaN;
    const wanted = Math.ceil(this.count * share);
    let sum = 0;
    for (const [index, count] of this.#buckets.entries()) {
      sum += count;
      if (sum >= wanted) return (index + 1) * this.#bucketMs;
    }
    return Infinity;
  }
}
