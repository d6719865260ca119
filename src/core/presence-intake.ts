/**
 * The way of an awareness frame into the batch; what is over its socket's rate waits. Rules PR10, PR16, PR17, OV3 and OV4.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { MAX_AWARENESS_BYTES, SHED_PRESENCE_MS } from "../protocol/limits.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import { Batch } from "./batch.ts";
import type { RoomMessage, SessionId } from "./events.ts";
import type { RoomPresence } from "./presence/room-presence.ts";
import type { Session } from "./session.ts";

export type PresenceIntakeRoom = {
  readonly presence: RoomPresence;
  /** The batch of the next flush. */
  readonly batch: () => Batch;
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
  /** Somebody is over a limit. */
  readonly limited: (limit: LimitName) => void;
};

export class PresenceIntake {
  readonly #room: PresenceIntakeRoom;
  /** Whose state was taken and waits to be shown: names only, so what goes out is the latest. */
  #shed = new Batch();
  #shedDueMs = Infinity;

  constructor(room: PresenceIntakeRoom) {
    this.#room = room;
  }

  /** When {@link release} has something to do; Infinity when nothing waits. */
  get dueMs(): number {
    return this.#shedDueMs;
  }

  take(session: Session, update: Uint8Array, nowMs: number): void {
    if (!session.rights.mayShow) return;
    const { presence, batch, send, end, limited } = this.#room;
    const isOver = !session.rates.mayShow(update.length, nowMs);
    if (isOver) limited("presencePerSecond");
    const taken = presence.take(session, update, nowMs, isOver ? this.#shed : batch());
    if (isOver && this.#shedDueMs === Infinity && !this.#shed.isEmpty) this.#shedDueMs = nowMs + SHED_PRESENCE_MS;
    if (taken.kind === "too-large") {
      return end(session.id, "too-large", `awareness is limited to ${MAX_AWARENESS_BYTES} bytes`);
    }
    if (taken.kind === "malformed") return end(session.id, "malformed", taken.reason);
    send(session, taken.reply);
  }

  /** Who is there, besides itself. */
  query(session: Session, nowMs: number): void {
    const { presence, send, end } = this.#room;
    if (!session.rates.mayAsk(nowMs)) return end(session.id, "too-fast", "");
    send(session, presence.everybodyElse(session.id));
  }

  /** What has waited long enough goes with the next flush. */
  release(nowMs: number): void {
    if (this.#shedDueMs > nowMs) return;
    this.#room.batch().addPresenceOf(this.#shed);
    this.#shed = new Batch();
    this.#shedDueMs = Infinity;
  }
}
