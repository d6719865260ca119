/**
 * Bytes that may go to everybody: so many a second, some at once. What is begun while something is left may be larger than that,
 * and is owed. Rules PP21 and PP27.
 * @module
 */
import type { Rate } from "../../protocol/limits.ts";

export class ByteBudget {
  readonly #msPerByte: number;
  readonly #burstMs: number;
  /** When all that was spent is made up for. */
  #freeMs = -Infinity;

  /** In bytes. */
  constructor({ perSecond, burst }: Rate) {
    this.#msPerByte = 1_000 / perSecond;
    this.#burstMs = burst * this.#msPerByte;
  }

  /** From when on something may be spent. */
  get dueMs(): number {
    return Math.ceil(this.#freeMs);
  }

  isOpen(nowMs: number): boolean {
    return nowMs >= this.dueMs;
  }

  spend(bytes: number, nowMs: number): void {
    this.#freeMs = Math.max(this.#freeMs, nowMs - this.#burstMs) + bytes * this.#msPerByte;
  }
}
