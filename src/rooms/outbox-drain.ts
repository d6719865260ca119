/**
 * Sends what the outbox holds, at least once, until the consumer confirms it. A local queue forgets at a restart, so an
 * event that nobody confirms is sent again without anybody editing (P7).
 * @module
 */
import { retryDelayMs } from "../core/schedule.ts";
import type { RoomMessage } from "../queue/messages.ts";
import type { DocumentContext } from "./document-context.ts";
import { errorText, logRoomError } from "./log.ts";

/** First wait for a confirmation; doubles with each repetition. */
const FIRST_CONFIRM_MS = 15_000;
const MAX_CONFIRM_MS = 60 * 60_000;

export class OutboxDrain {
  readonly #context: DocumentContext;
  #lastError: string | null = null;

  constructor(context: DocumentContext) {
    this.#context = context;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  /** Everything due now; failures wait their turn and are visible in health. */
  async drain(): Promise<void> {
    const { storage, events, roomName } = this.#context;
    for (const event of storage.outbox.due(Date.now())) {
      try {
        // SAFETY: the body was written as a RoomMessage in the transaction that put the row.
        await events.send(JSON.parse(event.body) as RoomMessage);
        this.#lastError = null;
        const waitMs = Math.min(MAX_CONFIRM_MS, FIRST_CONFIRM_MS * 2 ** Math.min(event.attempts, 20));
        storage.outbox.postpone(event.key, Date.now() + waitMs);
      } catch (error) {
        this.#lastError = `outbox: ${errorText(error)}`;
        storage.outbox.postpone(event.key, Date.now() + retryDelayMs(event.attempts));
        logRoomError("outbox-failed", roomName, error, { kind: event.kind, attempts: event.attempts + 1 });
      }
    }
  }
}
