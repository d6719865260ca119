/**
 * Applications' own messages, from one client to all others of families that have such. Not stored. Rules FM5 and OV11 of SPEC.md.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { MAX_CUSTOM_CHARS, MAX_CUSTOM_MESSAGES, SHOWN_BYTE_RATE } from "../protocol/limits.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import type { Batch } from "./batch.ts";
import type { SessionId } from "./events.ts";
import { ByteBudget } from "./people/byte-budget.ts";
import type { Session } from "./session.ts";

export type CustomMessagesRoom = {
  /** The batch of the next flush. */
  readonly batch: () => Batch;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
  /** Somebody is over a limit. */
  readonly limited: (limit: LimitName) => void;
};

export class CustomMessages {
  readonly #room: CustomMessagesRoom;
  readonly #budget = new ByteBudget(SHOWN_BYTE_RATE);

  constructor(room: CustomMessagesRoom) {
    this.#room = room;
  }

  /** Goes with the next flush, after the row of what was sent before it. Volatile: over its rate, or the room's, it is dropped. */
  take({ id, rights, rates }: Session, payload: string, nowMs: number): void {
    const { batch, end, limited } = this.#room;
    if (payload.length > MAX_CUSTOM_CHARS) {
      return end(id, "too-large", `a custom message is limited to ${MAX_CUSTOM_CHARS} characters`);
    }
    if (!rights.mayWrite && !rights.mayShow) return;
    const fits = batch().customs().length < MAX_CUSTOM_MESSAGES && this.#budget.isOpen(nowMs);
    if (!fits || !rates.mayShow(payload.length, nowMs)) return limited("presencePerSecond");
    this.#budget.spend(payload.length, nowMs);
    batch().addCustom({ sender: id, payload });
  }
}
