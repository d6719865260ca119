/**
 * One alarm per object over the task table. `setAlarm` is a written row, so it is called only when the next due time moves.
 * @module
 */
import type { DocumentStorage } from "../core/ports.ts";

/** The part of `ctx.storage` that this uses; times in ms since 1970. */
type AlarmStorage = {
  readonly getAlarm: () => Promise<number | null>;
  readonly setAlarm: (atMs: number) => Promise<void>;
};

export class AlarmClock {
  readonly #storage: AlarmStorage;
  readonly #room: Pick<DocumentStorage, "tasks" | "outbox">;
  /** The alarm as this instance set it; unknown after a wake. */
  #armedMs: number | undefined;
  #isLooking = false;

  constructor(storage: AlarmStorage, room: Pick<DocumentStorage, "tasks" | "outbox">) {
    this.#storage = storage;
    this.#room = room;
  }

  /** Moves the alarm to the earliest task. Writes nothing when it stands there already. */
  arm(): void {
    const nextMs = this.#nextMs();
    if (nextMs === undefined || nextMs === this.#armedMs) return;
    this.#armedMs = nextMs;
    // Confirmed by the same output gate as any write; a failure resets the object.
    void this.#storage.setAlarm(nextMs);
  }

  /**
   * An alarm that was lost, or that nobody set after a restore, is set by the first to ask after a wake. One that stands is left alone:
   * a write would hold back what is sent until this database and that of the runtime's alarms are synced, some 3 ms of the 8 in which
   * a room starts (strace, workerd 2026-10-23).
   */
  armOnce(): void {
    if (this.#armedMs !== undefined || this.#isLooking || this.#nextMs() === undefined) return;
    this.#isLooking = true;
    void this.#look();
  }

  async #look(): Promise<void> {
    const standingMs = await this.#storage.getAlarm().catch(() => null);
    this.#isLooking = false;
    // Set meanwhile.
    if (this.#armedMs !== undefined) return;
    // One that is overdue may never come.
    const isInTime = standingMs !== null && standingMs > Date.now() && standingMs <= (this.#nextMs() ?? Infinity);
    if (isInTime) this.#armedMs = standingMs;
    else this.arm();
  }

  /** The alarm fired: it stands nowhere now. */
  fired(): void {
    this.#armedMs = undefined;
  }

  #nextMs(): number | undefined {
    return earliest(this.#room.tasks.nextDueMs(), this.#room.outbox.nextDueMs());
  }
}

function earliest(first: number | undefined, second: number | undefined): number | undefined {
  if (first === undefined) return second;
  return second === undefined ? first : Math.min(first, second);
}
