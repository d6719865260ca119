/**
 * Bytes of updates that come into one room, from all its sockets together: each is stored, and sent to everybody. Rule OV10 of SPEC.md.
 * @module
 */
import { FAIR_BYTE_RATE, type Rate } from "../protocol/limits.ts";
import { TokenBucket } from "./rate-limit.ts";

/** With that somebody comes into a room that is flooded: a join, and the first words. */
const NEWCOMER_BYTES = 4_096;
/** So long a room takes what the highest limit says after its owner was last heard of: a token with a lower one, between two of its frames, lowers nothing. */
const KEPT_MS = 60_000;

export class RoomBytes {
  #bucket: TokenBucket | undefined;
  #perSecond = 0;
  /** When somebody with this limit sent something. */
  #heardMs = -Infinity;

  /** Somebody with such a limit sends something: the room takes as much as the highest of the last minute says, whatever a token has less. */
  allow(rate: Rate, nowMs: number): void {
    const isLower = rate.perSecond < this.#perSecond;
    if (isLower && nowMs - this.#heardMs < KEPT_MS) return;
    this.#heardMs = nowMs;
    if (rate.perSecond === this.#perSecond) return;
    this.#perSecond = rate.perSecond;
    if (isLower) this.#bucket?.setRate(rate);
    else this.#bucket = new TokenBucket(rate, nowMs);
  }

  /** What a socket may send whatever the others do. Whoever comes while there are too many bytes begins with little, as does a flood that comes back. */
  share(nowMs: number): TokenBucket {
    const share = new TokenBucket(FAIR_BYTE_RATE, nowMs);
    if (!this.#hasRoom(nowMs)) share.charge(FAIR_BYTE_RATE.burst - NEWCOMER_BYTES);
    return share;
  }

  /** So many bytes more, of a socket with this share. False where the room has too many and the socket had its share. */
  take(share: TokenBucket, bytes: number, nowMs: number): boolean {
    if (!this.#hasRoom(nowMs)) return share.take(bytes, nowMs);
    // One that is larger than what is left passes, and the next ones wait for it: so whatever a socket may send fits once.
    this.#bucket?.charge(bytes);
    return true;
  }

  #hasRoom(nowMs: number): boolean {
    return this.#bucket === undefined || this.#bucket.take(0, nowMs);
  }
}
