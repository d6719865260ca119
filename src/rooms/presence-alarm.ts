/**
 * The one alarm of a presence room: looking for sockets that vanished, and what is due for tokens. Rules PO5–PO8 of SPEC.md.
 * @module
 */
import type { Config } from "../config.ts";
import { sweepDelayMs } from "../core/schedule.ts";
import type { PresenceMemory } from "./presence-memory.ts";

export type AlarmedRoom = {
  readonly storage: Pick<DurableObjectStorage, "setAlarm" | "deleteAlarm">;
  readonly memory: PresenceMemory;
  readonly config: Pick<Config, "sweepFirstMs" | "sweepMaxMs">;
  readonly sockets: () => number;
  /** When something is due for a token; Infinity when nothing is. */
  readonly tokensDueMs: () => number;
  /** Closes sockets that went silent; how many. */
  readonly sweep: (nowMs: number) => number;
  /** Tells the queue again of who is here. */
  readonly tell: () => void;
};

export class PresenceAlarm {
  readonly #room: AlarmedRoom;
  /** As this instance set it; unknown after a wake. */
  #armedMs: number | undefined;
  /** Of this instance: the first event after a wake sweeps. */
  #lastSweepMs = -Infinity;
  /** Something was received since the last sweep of the alarm. */
  #isActive = false;

  constructor(room: AlarmedRoom) {
    this.#room = room;
  }

  /** Something was received: a sweep is due within the first delay from now on, and at once where there was a silence before. */
  noteActivity(nowMs: number): void {
    this.#isActive = true;
    this.schedule(nowMs);
    if (nowMs - this.#lastSweepMs >= this.#room.config.sweepFirstMs) this.#sweep(nowMs);
  }

  /** Somebody came. */
  schedule(nowMs: number): void {
    const { memory, config, sockets } = this.#room;
    const byMs = nowMs + config.sweepFirstMs;
    const { sweepMs } = memory.kept;
    // Alone, nobody sees a ghost.
    if (sockets() >= 2 && (sweepMs === null || sweepMs > byMs)) memory.write({ sweepMs: byMs, quietSweeps: 0 });
    this.arm();
  }

  /** The queue failed, and is told again then. */
  tellBy(dueMs: number): void {
    if (dueMs < (this.#room.memory.kept.tellMs ?? Infinity)) this.#room.memory.write({ tellMs: dueMs });
    this.arm();
  }

  /** The alarm fired. */
  run(nowMs: number): void {
    this.#armedMs = undefined;
    this.#tell(nowMs);
    const { memory, config, sockets } = this.#room;
    const { sweepMs, quietSweeps } = memory.kept;
    if (sweepMs !== null && sweepMs <= nowMs) {
      const isQuiet = this.#sweep(nowMs) === 0 && !this.#isActive;
      this.#isActive = false;
      const quiet = isQuiet ? quietSweeps + 1 : 0;
      const nextMs = nowMs + sweepDelayMs(quiet, config.sweepFirstMs, config.sweepMaxMs);
      memory.write(sockets() < 2 ? { sweepMs: null, quietSweeps: 0 } : { sweepMs: nextMs, quietSweeps: quiet });
    }
    this.arm();
  }

  /** Something may be due sooner. A written row, so only where it comes sooner; one that comes too soon finds nothing to do and sets the next. */
  arm(): void {
    const { sweepMs, tellMs } = this.#room.memory.kept;
    const nextMs = Math.min(sweepMs ?? Infinity, tellMs ?? Infinity, this.#room.tokensDueMs());
    if (nextMs === Infinity || nextMs >= (this.#armedMs ?? Infinity)) return;
    this.#armedMs = nextMs;
    // Confirmed by the same output gate as any write; a failure resets the object.
    void this.#room.storage.setAlarm(nextMs);
  }

  /** Nothing is due any more. */
  cancel(): void {
    this.#armedMs = undefined;
    void this.#room.storage.deleteAlarm();
  }

  /** Where that fails too, it is set again. */
  #tell(nowMs: number): void {
    const { memory, tell } = this.#room;
    if (nowMs < (memory.kept.tellMs ?? Infinity)) return;
    memory.write({ tellMs: undefined });
    tell();
  }

  #sweep(nowMs: number): number {
    this.#lastSweepMs = nowMs;
    return this.#room.sweep(nowMs);
  }
}
