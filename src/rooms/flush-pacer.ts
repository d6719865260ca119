/**
 * Group commit: at most one commit in flight, the next flush when it is durable and the frame budget allows. A timer exists
 * only while something waits, never in an idle room.
 * @module
 */
import { type FlushLoad, MIN_FULL_ROW_UPDATES, flushDelayMs, nextFullRow } from "../core/schedule.ts";

export type PacedRoom = {
  /** From the start of the last flush to one of what waits now. */
  readonly gapMs: (recent: Omit<FlushLoad, "sockets" | "framesPerSecond">) => number;
  readonly hasPending: () => boolean;
  /** Calls {@link FlushPacer.noteRow} when it writes a row. */
  readonly flush: (nowMs: number) => void;
  /** Of a room that writes rows. */
  readonly commits?: {
    /** How many wait for the next row. */
    readonly updates: () => number;
    /** Resolves when everything written so far is durable. */
    readonly durable: () => Promise<void>;
    /** The commit failed; the runtime resets the object. */
    readonly failed: (error: unknown) => void;
  };
};

export class FlushPacer {
  readonly #room: PacedRoom;
  /** When the last flush began. */
  #flushedMs = -Infinity;
  /** How long the last commits took, the newest of eight counting most. */
  #commitMs = 0;
  #fullRow = MIN_FULL_ROW_UPDATES;
  #isCommitting = false;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly dueMs: number } | undefined;

  constructor(room: PacedRoom) {
    this.#room = room;
  }

  /** Flushes now when nothing holds it back, else as soon as it may. */
  request(): void {
    if (!this.#room.hasPending()) return;
    const dueMs = this.#flushedMs + this.#gapMs();
    // What came meanwhile may be worth a flush sooner.
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) return;
    const nowMs = Date.now();
    const delayMs = flushDelayMs({ dueMs, isCommitting: this.#isCommitting }, nowMs);
    if (delayMs === undefined) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer.id);
    this.#timer = undefined;
    if (delayMs === 0) return this.#flush(nowMs);
    const id = setTimeout(() => {
      this.#timer = undefined;
      this.#flush(Date.now());
    }, delayMs);
    this.#timer = { id, dueMs };
  }

  /** A row was written, by a flush or before an answer to step 1: the next flush waits until it is durable. */
  noteRow(): void {
    const { commits } = this.#room;
    if (commits === undefined || this.#isCommitting) return;
    this.#isCommitting = true;
    const startMs = Date.now();
    commits.durable().then(
      () => {
        this.#isCommitting = false;
        this.#commitMs += (Date.now() - startMs - this.#commitMs) / 8;
        this.request();
      },
      (error: unknown) => {
        this.#isCommitting = false;
        commits.failed(error);
      },
    );
  }

  #gapMs(): number {
    const updates = this.#room.commits?.updates() ?? 0;
    return this.#room.gapMs({ updates, commitMs: this.#commitMs, fullRow: this.#fullRow });
  }

  #flush(nowMs: number): void {
    this.#flushedMs = nowMs;
    const updates = this.#room.commits?.updates() ?? 0;
    if (updates > 0) this.#fullRow = nextFullRow(this.#fullRow, updates);
    this.#room.flush(nowMs);
  }
}
