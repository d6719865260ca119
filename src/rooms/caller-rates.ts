/**
 * What one caller may ask of a document over REST, in bytes: as much as over a socket. Rules RO61 and RO65 of SPEC.md.
 * @module
 */
import { ANONYMOUS } from "../auth/user-id.ts";
import { TokenBucket, ratesOf } from "../core/rate-limit.ts";
import type { RoomBytes } from "../core/room-bytes.ts";
import { ANSWER_RATE, MIN_ANSWER_COST_BYTES } from "../protocol/limits.ts";
import type { Caller, Reader, RoomProblem } from "./room-api.ts";

/** Callers with buckets; the one that asked least recently goes first, and finds full ones when it comes back. */
const MAX_CALLERS = 1_000;
/** Half of what a full bucket of answers takes to fill; who was answered a document of 64 MB is refused a few times. */
const RETRY_AFTER_SECONDS = 2;

type Who = Pick<Reader, "user" | "address">;

export class CallerRates {
  readonly #answers = new CallerBuckets();
  readonly #bodies = new CallerBuckets();
  readonly #shares = new CallerBuckets();
  readonly #roomBytes: RoomBytes;

  /** `roomBytes`: what all sockets and callers send into this room together. */
  constructor(roomBytes: RoomBytes) {
    this.#roomBytes = roomBytes;
  }

  /** False: too much was answered already. What this answer costs is said by {@link noteAnswered}. */
  mayRead(who: Who, nowMs: number): boolean {
    return this.#answersOf(who, nowMs).take(MIN_ANSWER_COST_BYTES, nowMs);
  }

  noteAnswered(who: Who, bytes: number, nowMs: number): void {
    this.#answersOf(who, nowMs).charge(bytes);
  }

  /** False: a body of so many bytes is too much now. One that is larger than the burst fits after a rest. */
  maySend(caller: Caller, bytes: number, nowMs: number): boolean {
    const rate = ratesOf(caller.limits).bytes;
    const bucket = this.#bodies.of(caller, () => new TokenBucket(rate, nowMs));
    bucket.setRate(rate);
    const isTaken = bucket.take(Math.min(bytes, rate.burst), nowMs);
    if (isTaken) bucket.charge(Math.max(0, bytes - rate.burst));
    return isTaken;
  }

  /** Takes so many bytes more into the room. False where it has too many, and the caller had its share. */
  mayBring(caller: Caller, bytes: number, nowMs: number): boolean {
    this.#roomBytes.allow(ratesOf(caller.limits).room, nowMs);
    const share = this.#shares.of(caller, () => this.#roomBytes.share(nowMs));
    return this.#roomBytes.take(share, bytes, nowMs);
  }

  #answersOf(who: Who, nowMs: number): TokenBucket {
    return this.#answers.of(who, () => new TokenBucket(ANSWER_RATE, nowMs));
  }
}

/** What the room says then. */
export function tooFast(limit: "syncBytesPerSecond" | "roomBytesPerSecond" | "answers"): RoomProblem {
  return { tag: "rate-limited", limit, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

class CallerBuckets {
  readonly #buckets = new Map<string, TokenBucket>();

  of(who: Who, make: () => TokenBucket): TokenBucket {
    const name = nameOf(who);
    const bucket = this.#buckets.get(name) ?? make();
    // To the end of the map, which is in the order of insertion.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_CALLERS) break;
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}

/** Everybody with a publishable key is nobody in particular: one of them must not use up what all others may. */
function nameOf({ user, address }: Who): string {
  return user === ANONYMOUS ? `at ${address}` : `as ${user}`;
}
