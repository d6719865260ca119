/**
 * Group commit: at most one commit in flight, the next flush when it is durable and the frame budget allows. A timer exists
 * only while something waits, never in an idle room.
 * @module
 */
import { flushDelayMs } from "../core/schedule.ts";

export type PacedRoom = {
  /** From the start of one flush to the next; `commitMs` is how long commits take of late. */
  readonly gapMs: (commitMs: number) => number;
  readonly hasPending: () => boolean;
  /** Calls {@link FlushPacer.noteRow} when it writes a row. */
  readonly flush: (nowMs: number) => void;
  /** Of a room that writes rows. */
  readonly commits?: {
    /** Resolves when everything written so far is durable. */
    readonly durable: () => Promise<void>;
    /** The commit failed; the runtime resets the object. */
    readonly failed: (error: unknown) => void;
  };
};

export class FlushPacer {
  readonly #room: PacedRoom;
  #dueMs = 0;
  /** How long the last commits took, the newest of eight counting most. */
  #commitMs = 0;
  #isCommitting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: PacedRoom) {
    this.#room = room;
  }

  /** Flushes now when nothing holds it back, else as soon as it may. */
  request(): void {
    if (this.#timer !== undefined || !this.#room.hasPending()) return;
    const nowMs = Date.now();
    const delayMs = flushDelayMs({ dueMs: this.#dueMs, isCommitting: this.#isCommitting }, nowMs);
    if (delayMs === undefined) return;
    if (delayMs === 0) return this.#flush(nowMs);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush(Date.now());
    }, delayMs);
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

  #flush(nowMs: number): void {
    this.#dueMs = nowMs + this.#room.gapMs(this.#commitMs);
    this.#room.flush(nowMs);
  }
}
