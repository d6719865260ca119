/**
 * What one socket may ask of a room, as token buckets over times passed in. Rules OV1–OV4 of SPEC.md.
 * @module
 */
import {
  ANSWER_RATE,
  MESSAGE_RATE,
  MIN_ANSWER_COST_BYTES,
  PRESENCE_BYTE_RATE,
  type Rate,
  TOKEN_RATE,
} from "../protocol/limits.ts";
import type { LimitName, Limits } from "../protocol/room-limits.ts";
import type { RoomEvent } from "./events.ts";
import type { RoomBytes } from "./room-bytes.ts";

/** How many seconds of its rate a socket may send at once. */
const BURST_SECONDS = { messages: 2, bytes: 8, presence: 5, room: 4 } as const;
/** Whatever the rate, a join fits. */
const MIN_MESSAGE_BURST = 16;

/** Starts full; fills up with time. */
export class TokenBucket {
  #perMs: number;
  #burst: number;
  #tokens: number;
  #atMs: number;

  constructor({ perSecond, burst }: Rate, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Another rate from now on; what is in it stays, as far as it fits. */
  setRate({ perSecond, burst }: Rate): void {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = Math.min(this.#tokens, burst);
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
  readonly #sync: TokenBucket;
  readonly #others: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #presence: TokenBucket;
  readonly #presenceBytes: TokenBucket;
  readonly #answers: TokenBucket;
  readonly #tokens: TokenBucket;
  #room: Rate;
  /** Made when it is first asked for. */
  #share: TokenBucket | undefined;

  constructor(limits: Limits, nowMs: number) {
    const { sync, bytes, presence, room } = ratesOf(limits);
    this.#room = room;
    this.#sync = new TokenBucket(sync, nowMs);
    this.#others = new TokenBucket(MESSAGE_RATE, nowMs);
    this.#bytes = new TokenBucket(bytes, nowMs);
    this.#presence = new TokenBucket(presence, nowMs);
    this.#presenceBytes = new TokenBucket(PRESENCE_BYTE_RATE, nowMs);
    this.#answers = new TokenBucket(ANSWER_RATE, nowMs);
    this.#tokens = new TokenBucket(TOKEN_RATE, nowMs);
  }

  /** Other limits from now on. */
  limit(limits: Limits): void {
    const { sync, bytes, presence, room } = ratesOf(limits);
    this.#room = room;
    this.#sync.setRate(sync);
    this.#bytes.setRate(bytes);
    this.#presence.setRate(presence);
  }

  /** One more message, into a room that counts all bytes of updates. The limit that it is over, for which the socket is to be closed. */
  over(event: RoomEvent, nowMs: number, room: RoomBytes): LimitName | undefined {
    const isSync = isSyncEvent(event);
    const messages = isSync ? this.#sync : this.#others;
    if (!messages.take(1, nowMs)) return isSync ? "syncMessagesPerSecond" : "presencePerSecond";
    if (!this.#bytes.take(sizeOf(event), nowMs)) return "syncBytesPerSecond";
    if (event.type !== "update" && event.type !== "sync-step-2") return undefined;
    room.allow(this.#room, nowMs);
    this.#share ??= room.share(nowMs);
    return room.take(this.#share, event.update.length, nowMs) ? undefined : "roomBytesPerSecond";
  }

  /** False: what this presence frame of so many bytes says may go out later only. */
  mayShow(bytes: number, nowMs: number): boolean {
    return this.#presence.take(1, nowMs) && this.#presenceBytes.take(bytes, nowMs);
  }

  /** One more question with an answer larger than itself. False: the socket is to be closed. */
  mayAsk(nowMs: number): boolean {
    return this.#answers.take(MIN_ANSWER_COST_BYTES, nowMs);
  }

  /** One more token to verify. False: the socket is to be closed. */
  mayRenew(nowMs: number): boolean {
    return this.#tokens.take(1, nowMs);
  }

  /** So many bytes were answered. */
  noteAnswered(bytes: number): void {
    this.#answers.charge(bytes);
  }
}

/** What limits mean for the buckets of a socket. */
export function ratesOf(limits: Limits): Readonly<Record<"sync" | "bytes" | "presence" | "room", Rate>> {
  const { syncMessagesPerSecond, syncBytesPerSecond, presencePerSecond, roomBytesPerSecond } = limits;
  const { messages, bytes, presence, room } = BURST_SECONDS;
  const syncBurst = Math.max(MIN_MESSAGE_BURST, messages * syncMessagesPerSecond);
  return {
    sync: { perSecond: syncMessagesPerSecond, burst: syncBurst },
    bytes: { perSecond: syncBytesPerSecond, burst: bytes * syncBytesPerSecond },
    presence: { perSecond: presencePerSecond, burst: presence * presencePerSecond },
    room: { perSecond: roomBytesPerSecond, burst: room * roomBytesPerSecond },
  };
}

function isSyncEvent({ type }: RoomEvent): boolean {
  return type === "update" || type === "sync-step-2" || type === "sync-step-1";
}

/** Bytes of what an event brings. */
function sizeOf(event: RoomEvent): number {
  switch (event.type) {
    case "update":
    case "sync-step-2":
    case "awareness":
      return event.update.length;
    case "sync-step-1":
      return event.stateVector.length;
    case "token":
    case "auth":
      return event.token.length;
    case "custom":
      return event.payload.length;
    case "checkpoint":
      return event.mark.length;
    default:
      return 0;
  }
}
