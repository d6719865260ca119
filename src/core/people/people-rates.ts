/**
 * What one socket may send to a room of people. Rule PP20.
 * @module
 */
import { type Rate, TOKEN_RATE } from "../../protocol/limits.ts";
import type { Limits } from "../../protocol/room-limits.ts";
import { TokenBucket } from "../rate-limit.ts";

const BURST_SECONDS = 5;
/** Who sends so many times what the pace says does not listen to it, and is closed. */
const FLOOD_FACTOR = 10;
/** Whatever the pace: what it allowed before may still be on its way. */
const MIN_FLOOD_PER_SECOND = 50;
/** So many bytes count as one more message: what is said goes out to everybody. */
const BYTES_PER_MESSAGE = 128;

export class PeopleRates {
  readonly #flood: TokenBucket;
  readonly #presence: TokenBucket;
  readonly #events: TokenBucket;
  readonly #tokens: TokenBucket;

  constructor(limits: Limits, nowMs: number) {
    this.#flood = new TokenBucket(floodRate(0), nowMs);
    this.#presence = new TokenBucket(burst(limits.presencePerSecond), nowMs);
    this.#events = new TokenBucket(burst(limits.eventsPerSecond), nowMs);
    this.#tokens = new TokenBucket(TOKEN_RATE, nowMs);
  }

  /** Other limits from now on. */
  limit(limits: Limits): void {
    this.#presence.setRate(burst(limits.presencePerSecond));
    this.#events.setRate(burst(limits.eventsPerSecond));
  }

  /** Another pace from now on. */
  setPace(cursorHz: number): void {
    this.#flood.setRate(floodRate(cursorHz));
  }

  /** One more message. False: the socket is to be closed. */
  mayGoOn(nowMs: number): boolean {
    return this.#flood.take(1, nowMs);
  }

  /** False: so many bytes of presence may be shown later only. */
  mayShow(bytes: number, nowMs: number): boolean {
    return this.#presence.take(costOf(bytes), nowMs);
  }

  /** False: an event of so many bytes is dropped. */
  mayRaise(bytes: number, nowMs: number): boolean {
    return this.#events.take(costOf(bytes), nowMs);
  }

  /** One more token to verify. False: the socket is to be closed. */
  mayRenew(nowMs: number): boolean {
    return this.#tokens.take(1, nowMs);
  }
}

/** Also a limit of one a second lets the largest of messages through. */
const MAX_COST = 1 + (11 * 1024) / BYTES_PER_MESSAGE;

function burst(perSecond: number): Rate {
  return { perSecond, burst: Math.max(MAX_COST, BURST_SECONDS * perSecond) };
}

function floodRate(cursorHz: number): Rate {
  const perSecond = Math.max(MIN_FLOOD_PER_SECOND, FLOOD_FACTOR * cursorHz);
  return { perSecond, burst: BURST_SECONDS * perSecond };
}

function costOf(bytes: number): number {
  return 1 + Math.floor(bytes / BYTES_PER_MESSAGE);
}
