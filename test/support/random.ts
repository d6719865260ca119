/**
 * Seeded randomness, so that a found failure can be run again.
 * @module
 */

/** mulberry32: 32 bits of state are plenty for choosing what to break. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `end` − 1. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  /** A copy with a few bytes changed, cut, doubled or appended. */
  mutate(bytes: Uint8Array): Uint8Array {
    let mutated = Uint8Array.from(bytes);
    for (let change = 0; change <= this.below(3); change++) mutated = this.#mutateOnce(mutated);
    return mutated;
  }

  #mutateOnce(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const at = this.below(Math.max(1, bytes.length));
    switch (this.below(5)) {
      case 0:
        return bytes.slice(0, at);
      case 1:
        return Uint8Array.from([...bytes.slice(0, at), this.below(256), ...bytes.slice(at)]);
      case 2:
        return Uint8Array.from([...bytes, ...bytes.slice(at)]);
      case 3: {
        const flipped = Uint8Array.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << this.below(8));
        return flipped;
      }
      default: {
        const replaced = Uint8Array.from(bytes);
        replaced[at] = this.below(256);
        return replaced;
      }
    }
  }
}
