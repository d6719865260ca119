/**
 * Which clocks of one client id the room has sent since its last wake: an echo has one of those, whoever it comes from.
 * @module
 */
import type { AwarenessEntry } from "./awareness-codec.ts";
import { SentRuns } from "./sent-runs.ts";

/**
 * Clocks leapt over once after each wake. Before a restart peers may have heard more raises of an id than its owner did, and would
 * refuse it until it has caught up. Small enough for families that hold clocks in 32 bits.
 */
export const WAKE_LEAP = 1_000;

/**
 * An owner does not get so far by itself within one round trip: what it says at a clock that it was told this far above its own is an
 * echo, and never a move that happens to lead to the same place. Small, for the same reason.
 */
export const OUT_OF_REACH = 64;

export class SentClocks {
  readonly #runs = new SentRuns();
  readonly #first: number;
  #mayLeap = true;
  #leaptFrom = 0;

  /** `first` is the lowest clock. */
  constructor(first: number) {
    this.#first = first;
  }

  /** The clock above `clock` to go on with. Only for an owner that is at rest: one that moves would take back its own newer state. */
  next(clock: number): number {
    if (!this.#mayLeap) return clock + 1;
    this.#mayLeap = false;
    this.#leaptFrom = clock;
    return clock + WAKE_LEAP;
  }

  /** It has not leapt since the last wake. */
  get mayLeap(): boolean {
    return this.#mayLeap;
  }

  noteSent(entry: AwarenessEntry, order: number): void {
    this.#runs.add(entry, order);
  }

  /** What a socket may have heard that was the `order`th to join. */
  sentSince(order: number): SentRuns {
    return this.#runs.since(order);
  }

  /** It may have gone out. */
  mayHold(entry: AwarenessEntry): boolean {
    const { clock } = entry;
    if (clock > this.#runs.forgottenTo) return this.#runs.has(entry);
    const isLeaptOver = this.#leaptFrom < clock && clock < this.#leaptFrom + WAKE_LEAP;
    return clock >= this.#first && !(this.#leaptFrom > 0 && isLeaptOver);
  }
}
