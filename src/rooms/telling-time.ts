/**
 * When the queue is told again of who is in a game, where it failed: kept through sleep.
 * @module
 */

const KEY = "tellMs";

export class TellingTime {
  readonly #kv: SyncKvStorage;
  #dueMs: number;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#dueMs = kv.get<number>(KEY) ?? Infinity;
  }

  /** Infinity where nothing is. */
  get dueMs(): number {
    return this.#dueMs;
  }

  set dueMs(dueMs: number) {
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#kv.put(KEY, dueMs);
  }

  /** True when it is time; then nothing is due any more. */
  take(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return false;
    this.#dueMs = Infinity;
    this.#kv.delete(KEY);
    return true;
  }
}
