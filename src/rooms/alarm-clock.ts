/**
 * One alarm per object over the task table. `setAlarm` is a written row, so it is called only when the next due time moves.
 * @module
 */
import type { DocumentStorage } from "../core/ports.ts";

export class AlarmClock {
  readonly #storage: DurableObjectStorage;
  readonly #room: Pick<DocumentStorage, "tasks" | "outbox">;
  /** The alarm as this instance set it; unknown after a wake. */
  #armedMs: number | undefined;

  constructor(storage: DurableObjectStorage, room: Pick<DocumentStorage, "tasks" | "outbox">) {
    this.#storage = storage;
    this.#room = room;
  }

  /** Moves the alarm to the earliest task. Writes nothing when it stands there already. */
  arm(): void {
    const nextMs = earliest(this.#room.tasks.nextDueMs(), this.#room.outbox.nextDueMs());
    if (nextMs === undefined || nextMs === this.#armedMs) return;
    this.#armedMs = nextMs;
    // Confirmed by the same output gate as any write; a failure resets the object.
    void this.#storage.setAlarm(nextMs);
  }

  /** An alarm that was lost, or that nobody set after a restore, is set by the first to ask after a wake. */
  armOnce(): void {
    if (this.#armedMs === undefined) this.arm();
  }

  /** The alarm fired: it stands nowhere now. */
  fired(): void {
    this.#armedMs = undefined;
  }
}

function earliest(first: number | undefined, second: number | undefined): number | undefined {
  if (first === undefined) return second;
  return second === undefined ? first : Math.min(first, second);
}
