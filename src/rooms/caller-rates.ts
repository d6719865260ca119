/**
 * What one user may ask of a document over REST, in bytes: as much as over a socket. Rule RO61 of SPEC.md.
 * @module
 */
import { TokenBucket, ratesOf } from "../core/rate-limit.ts";
import { ANSWER_RATE, MIN_ANSWER_COST_BYTES, type Rate } from "../protocol/limits.ts";
import type { Limits } from "../protocol/room-limits.ts";
import type { RoomProblem } from "./room-api.ts";

/** Users with buckets; the one that asked least recently goes first, and finds full ones when it comes back. */
const MAX_USERS = 1_000;
/** Half of what a full bucket of answers takes to fill; who was answered a document of 64 MB is refused a few times. */
const RETRY_AFTER_SECONDS = 2;

export class CallerRates {
  readonly #answers = new UserBuckets();
  readonly #bodies = new UserBuckets();

  /** False: too much was answered already. What this answer costs is said by {@link noteAnswered}. */
  mayRead(user: string, nowMs: number): boolean {
    return this.#answers.of(user, ANSWER_RATE, nowMs).take(MIN_ANSWER_COST_BYTES, nowMs);
  }

  noteAnswered(user: string, bytes: number, nowMs: number): void {
    this.#answers.of(user, ANSWER_RATE, nowMs).charge(bytes);
  }

  /** False: a body of so many bytes is too much now. One that is larger than the burst fits after a rest. */
  maySend(user: string, bytes: number, limits: Limits, nowMs: number): boolean {
    const rate = ratesOf(limits).bytes;
    const bucket = this.#bodies.of(user, rate, nowMs);
    const isTaken = bucket.take(Math.min(bytes, rate.burst), nowMs);
    if (isTaken) bucket.charge(Math.max(0, bytes - rate.burst));
    return isTaken;
  }
}

/** What the room says then. */
export function tooFast(limit: "syncBytesPerSecond" | "answers"): RoomProblem {
  return { tag: "rate-limited", limit, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

class UserBuckets {
  readonly #buckets = new Map<string, TokenBucket>();

  of(user: string, rate: Rate, nowMs: number): TokenBucket {
    const bucket = this.#buckets.get(user) ?? new TokenBucket(rate, nowMs);
    bucket.setRate(rate);
    // To the end of the map, which is in the order of insertion.
    this.#buckets.delete(user);
    this.#buckets.set(user, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_USERS) break;
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
