/**
 * Named timers of one game, kept through sleep. Rule GM32 of SPEC.md.
 * @module
 */
import type { GameStore } from "./ports.ts";

/** An alarm is a row written and a wake. */
export const MIN_TIMER_MS = 1_000;
/** setAlarm takes times as far as dates go; nobody waits that long. */
const MAX_TIMER_MS = 10 * 365 * 24 * 3_600_000;
const MAX_TIMERS = 256;
const MAX_NAME_CHARS = 128;

export class Timers {
  readonly #due: Map<string, number>;
  readonly #dirty = new Set<string>();

  constructor(due: ReadonlyMap<string, number>) {
    this.#due = new Map(due);
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Infinity without any. */
  get dueMs(): number {
    return Math.min(Infinity, ...this.#due.values());
  }

  set(name: string, delayMs: number, nowMs: number): void {
    if (!(delayMs >= MIN_TIMER_MS)) throw new RangeError(`a timer takes at least ${MIN_TIMER_MS} ms`);
    if (name.length > MAX_NAME_CHARS)
      throw new RangeError(`the name of a timer has at most ${MAX_NAME_CHARS} characters`);
    if (!this.#due.has(name) && this.#due.size >= MAX_TIMERS)
      throw new RangeError(`a room has at most ${MAX_TIMERS} timers`);
    this.#due.set(name, nowMs + Math.min(delayMs, MAX_TIMER_MS));
    this.#dirty.add(name);
  }

  clear(name: string): void {
    if (this.#due.delete(name)) this.#dirty.add(name);
  }

  /** The earliest of the due ones, which is none any more. */
  takeDue(nowMs: number): string | undefined {
    let first: string | undefined;
    let firstMs = nowMs;
    for (const [name, dueMs] of this.#due) {
      if (dueMs > firstMs || (dueMs === firstMs && first !== undefined)) continue;
      first = name;
      firstMs = dueMs;
    }
    if (first !== undefined) this.clear(first);
    return first;
  }

  /** Inside a transaction; {@link settle} when it is over. */
  write(store: GameStore): void {
    for (const name of this.#dirty) {
      const dueMs = this.#due.get(name);
      if (dueMs === undefined) store.clearTimer(name);
      else store.setTimer(name, dueMs);
    }
  }

  settle(): void {
    this.#dirty.clear();
  }
}
