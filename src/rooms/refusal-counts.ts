/**
 * What the limits of a room refused: counted, and logged once per limit and minute, as a flood would fill the log.
 * @module
 */
import type { LimitName } from "../protocol/room-limits.ts";
import { logRoom } from "./log.ts";

const LOG_EVERY_MS = 60_000;

type Count = { refused: number; loggedMs: number };

export class RefusalCounts {
  readonly #roomName: string;
  readonly #counts = new Map<LimitName, Count>();

  constructor(roomName: string) {
    this.#roomName = roomName;
  }

  add(limit: LimitName): void {
    const count = this.#counts.get(limit) ?? { refused: 0, loggedMs: -Infinity };
    this.#counts.set(limit, count);
    count.refused += 1;
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
