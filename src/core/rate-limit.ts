/**
 * What one socket may ask of a room, as token buckets over times passed in. Rules OV1–OV4 of SPEC.md.
 * @module
 */
import { ANSWER_RATE, BYTE_RATE, MESSAGE_RATE, MIN_ANSWER_COST_BYTES, PRESENCE_RATE } from "../protocol/limits.ts";
import type { Rate } from "../protocol/limits.ts";

/** Starts full; fills up with time. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor({ perSecond, burst }: Rate, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** False, and nothing is taken, where fewer than `cost` are left. */
  take(cost: number, nowMs: number): boolean {
    // A clock that goes back neither fills nor empties it.
    if (nowMs > this.#atMs) {
      this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
      this.#atMs = nowMs;
    }
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  /** Takes what was spent already, into debt if need be. */
  charge(cost: number): void {
    this.#tokens -= cost;
  }
}

/** The buckets of one socket. They are full again after each sleep: a socket that floods lets no room sleep. */
export class SessionRates {
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #presence: TokenBucket;
  readonly #answers: TokenBucket;

  constructor(nowMs: number) {
    this.#messages = new TokenBucket(MESSAGE_RATE, nowMs);
    this.#bytes = new TokenBucket(BYTE_RATE, nowMs);
    this.#presence = new TokenBucket(PRESENCE_RATE, nowMs);
    this.#answers = new TokenBucket(ANSWER_RATE, nowMs);
  }

  /** One more message of so many bytes. False: the socket is to be closed. */
  mayReceive(bytes: number, nowMs: number): boolean {
    return this.#messages.take(1, nowMs) && this.#bytes.take(bytes, nowMs);
  }

  /** False: what this presence frame says may go out later only. */
  mayShow(nowMs: number): boolean {
    return this.#presence.take(1, nowMs);
  }

  /** One more question with an answer larger than itself. False: the socket is to be closed. */
  mayAsk(nowMs: number): boolean {
    return this.#answers.take(MIN_ANSWER_COST_BYTES, nowMs);
  }

  /** So many bytes were answered. */
  noteAnswered(bytes: number): void {
    this.#answers.charge(bytes);
  }
}
