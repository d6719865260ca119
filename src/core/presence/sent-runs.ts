/**
 * Entries of one client id that went out, so that what comes back can be told from news.
 * @module
 */
import { type AwarenessEntry, isState } from "./awareness-codec.ts";

/** Clocks `from`–`to` went out with this state. `order`: how many sockets had joined by then. */
type Run = { readonly from: number; to: number; readonly state: string | null; readonly order: number };

/** Runs kept: raises within one round trip that each carry another state. */
const MAX_RUNS = 32;
/** Characters of states kept: ids that have left are many, and a state may have 8 KB. */
const MAX_CHARS = 16_384;

export class SentRuns {
  #runs: Run[];
  /** Up to here something has been forgotten. */
  #forgottenTo = 0;

  constructor(runs: readonly Run[] = []) {
    this.#runs = runs.map((run) => ({ ...run }));
  }

  get forgottenTo(): number {
    return this.#forgottenTo;
  }

  /** 0 when there is none. */
  get lastClock(): number {
    return this.#runs.at(-1)?.to ?? 0;
  }

  add({ clock, state }: AwarenessEntry, order = 0): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.state === state && last.order === order && last.to >= clock - 1) {
      last.to = Math.max(last.to, clock);
      return;
    }
    this.#runs.push({ from: clock, to: clock, state, order });
    while (this.#runs.length > MAX_RUNS || this.#chars() > MAX_CHARS) {
      this.#forgottenTo = this.#runs.shift()?.to ?? this.#forgottenTo;
    }
  }

  /** What went out when `order` sockets had joined, or later. */
  since(order: number): SentRuns {
    return new SentRuns(this.#runs.filter((run) => run.order >= order));
  }

  /** Forgets all up to this clock: none of it comes back any more. */
  settle(clock: number): void {
    this.#runs = this.#runs.filter((run) => run.to > clock);
  }

  has({ clock, state }: AwarenessEntry): boolean {
    return this.#runs.some((run) => run.from <= clock && clock <= run.to && isSame(run.state, state));
  }

  /** A null of these, above `beforeClock`, makes a client that shows something say so at this clock. */
  makesSay(clock: number, beforeClock: number): boolean {
    return this.#runs.some(({ from, to, state }) => {
      return state === null && to > beforeClock && from < clock && clock <= to + 1;
    });
  }

  #chars(): number {
    return this.#runs.reduce((sum, { state }) => sum + (state?.length ?? 0), 0);
  }
}

/** Who sends a state back writes its JSON anew. */
function isSame(sent: string | null, back: string | null): boolean {
  if (sent === back) return true;
  if (sent === null || back === null || !isState(back)) return false;
  return JSON.stringify(JSON.parse(sent)) === JSON.stringify(JSON.parse(back));
}
