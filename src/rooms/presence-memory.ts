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
  readonly #storage: Pick<DurableObjectStorage, "kv" | "deleteAll">;
  #kept: Kept;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    // A room that never stored anything reads nothing into being.
    this.#kept = storage.kv.get<Kept>(KEY) ?? NEW;
  }

  get kept(): Kept {
    return this.#kept;
  }

  /** Of this room, and of the library below it. */
  clear(): void {
    this.#kept = NEW;
    // Confirmed by the same output gate as any write; a failure resets the object.
    void this.#storage.deleteAll();
  }

  write(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    this.#storage.kv.put(KEY, this.#kept);
  }
}
