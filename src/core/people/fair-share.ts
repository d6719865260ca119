/**
 * Whose turn it is to be told to everybody, where all of it together is more than a room tells: by bytes and not by persons, so that
 * who says much waits for who says little, and nobody for ever: fair queueing (Demers, Keshav and Shenker, 1989). Rule PP27.
 * @module
 */
import type { Rate } from "../../protocol/limits.ts";
import type { ActorId } from "../../protocol/presence-messages.ts";
import { ByteBudget } from "./byte-budget.ts";

/** 250 sockets hear 8 MB a second of it. What 250 people of 250 bytes each are fits at once. */
export const TOLD_BYTES: Rate = { perSecond: 32 * 1024, burst: 64 * 1024 };

export class FairShare {
  readonly #budget: ByteBudget;
  /** Of who waits: what the clock showed when it began to. */
  #starts = new Map<ActorId, number>();
  /** In bytes: what would have been each one's share, were all in the room waiting, since anybody does. */
  #clock = 0;

  constructor(rate: Rate) {
    this.#budget = new ByteBudget(rate);
  }

  /** When somebody who waits can be told of. */
  get dueMs(): number {
    return this.#budget.dueMs;
  }

  isOpen(nowMs: number): boolean {
    return this.#budget.isOpen(nowMs);
  }

  /** Who of those that have something to be told is told of now; the others wait. One at least, while it {@link isOpen}. */
  choose(bytes: ReadonlyMap<ActorId, number>, people: number, nowMs: number): ReadonlySet<ActorId> {
    const turns = [...bytes].map(([actor, size]) => {
      const start = this.#starts.get(actor) ?? this.#clock;
      return { actor, size, start, end: start + size };
    });
    const chosen = new Set<ActorId>();
    this.#starts = new Map();
    for (const { actor, size, start } of turns.toSorted((a, b) => a.end - b.end)) {
      if (!this.isOpen(nowMs)) {
        this.#starts.set(actor, start);
        continue;
      }
      this.#budget.spend(size, nowMs);
      this.#clock += size / Math.max(people, turns.length);
      chosen.add(actor);
    }
    if (this.#starts.size === 0) this.#clock = 0;
    return chosen;
  }

  /** Nobody waits any more. */
  clear(): void {
    this.#starts = new Map();
    this.#clock = 0;
  }
}
