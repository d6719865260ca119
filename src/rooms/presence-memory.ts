/**
 * All that a presence room stores: one value, which is written when somebody locks it and when a sweep is set.
 * @module
 */
import type { LockMode } from "../core/ports.ts";

type Kept = {
  readonly lock: LockMode;
  /** When vanished sockets are looked for next; null where nobody could see them. */
  readonly sweepMs: number | null;
  /** Sweeps in a row that found nothing, while nothing happened. */
  readonly quietSweeps: number;
  /** When the queue is told again of who is here, where it failed. */
  readonly tellMs?: number | undefined;
};

const KEY = "room";
const NEW: Kept = { lock: "open", sweepMs: null, quietSweeps: 0 };

export class PresenceMemory {
  readonly #kv: SyncKvStorage;
  #kept: Kept;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
    // A room that never stored anything reads nothing into being.
    this.#kept = this.#kv.get<Kept>(KEY) ?? NEW;
  }

  get kept(): Kept {
    return this.#kept;
  }

  write(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    this.#kv.put(KEY, this.#kept);
  }
}
