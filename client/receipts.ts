/**
 * Tells the server how far this client has read, so that a slow one can be told from a fast one. Only where there is much
 * to read: people who type make a few hundred bytes a second, and their rooms hear no report at all.
 * @module
 */
import type { ClientMessage, ServerMessage } from "../src/protocol/messages.ts";

/** Read since the last report before the next one is due: a quarter of what makes the server ask. */
const REPORT_BYTES = 1024 * 1024;
/** Between two reports, and the longest that one waits for a frame that goes anyway. */
const REPORT_INTERVAL_MS = 1_000;

export class Receipts {
  readonly #sendAlone: (report: ClientMessage) => void;
  #bytes = 0;
  #seq = 0;
  #reportedSeq = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  /** Runs only while a report is due. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = 0;

  /** `sendAlone` sends a report that no frame came to carry. */
  constructor(sendAlone: (report: ClientMessage) => void) {
    this.#sendAlone = sendAlone;
  }

  /** A frame of `bytes` was applied. */
  took(bytes: number, messages: readonly ServerMessage[]): void {
    this.#bytes += bytes;
    for (const message of messages) if ("seq" in message) this.#seq = Math.max(this.#seq, message.seq);
    if (this.#bytes < REPORT_BYTES || this.#seq <= this.#reportedSeq) return;
    const nowMs = performance.now();
    if (this.#timer === undefined) {
      this.#dueMs = nowMs + REPORT_INTERVAL_MS;
      this.#timer = setTimeout(this.#report, REPORT_INTERVAL_MS);
    } else if (nowMs >= this.#dueMs) {
      // Timers of a page in the background come late; its frames do not.
      this.#report();
    }
  }

  /** The report that is due, for a frame that goes anyway. */
  take(): ClientMessage | undefined {
    const isTimely = performance.now() - this.#reportedAtMs >= REPORT_INTERVAL_MS;
    return this.#timer !== undefined && isTimely ? this.#make() : undefined;
  }

  /** The socket is gone; the next one starts from its own answer to step 1. */
  closed(): void {
    this.#make();
    this.#seq = 0;
    this.#reportedSeq = 0;
    this.#reportedAtMs = Number.NEGATIVE_INFINITY;
  }

  readonly #report = (): void => this.#sendAlone(this.#make());

  #make(): ClientMessage {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#bytes = 0;
    this.#reportedSeq = this.#seq;
    this.#reportedAtMs = performance.now();
    return { type: "received", seq: this.#seq };
  }
}
