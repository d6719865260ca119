/**
 * What the limits of a room refused: counted, and logged once per limit and minute, as a flood would fill the log.
 * @module
 */
import type { LimitName } from "../protocol/room-limits.ts";
import { logRoom } from "./log.ts";

const LOG_EVERY_MS = 60_000;

type Told = { readonly refused: (limit: LimitName) => void };
type Count = { refused: number; loggedMs: number };

export class RefusalCounts {
  readonly #roomName: string;
  readonly #told: Told | undefined;
  readonly #counts = new Map<LimitName, Count>();

  /** `told` hears of each refusal, and decides itself what to make of so many. */
  constructor(roomName: string, told?: Told) {
    this.#roomName = roomName;
    this.#told = told;
  }

  add(limit: LimitName): void {
    const count = this.#counts.get(limit) ?? { refused: 0, loggedMs: -Infinity };
    this.#counts.set(limit, count);
    count.refused += 1;
    this.#told?.refused(limit);
    const nowMs = Date.now();
    if (nowMs - count.loggedMs < LOG_EVERY_MS) return;
    count.loggedMs = nowMs;
    logRoom("limit", this.#roomName, { limit, refused: count.refused });
  }

  /** Since this instance started. */
  all(): Readonly<Partial<Record<LimitName, number>>> {
    return Object.fromEntries([...this.#counts].map(([limit, { refused }]) => [limit, refused]));
  }
}
