/**
 * The way of an awareness frame into the batch; what is over its socket's rate, or over what a room tells
 * everybody, waits. Rules PR10, PR16, PR17, OV3, OV4 and OV11.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { MAX_AWARENESS_BYTES, SHED_PRESENCE_MS, SHOWN_BYTE_RATE } from "../protocol/limits.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import { Batch } from "./batch.ts";
import type { RoomMessage, SessionId } from "./events.ts";
import { FairShare } from "./people/fair-share.ts";
import type { RoomPresence } from "./presence/room-presence.ts";
import type { Session } from "./session.ts";

export type PresenceIntakeRoom = {
  readonly presence: RoomPresence;
  readonly sessions: ReadonlyMap<SessionId, Session>;
  /** The batch of the next flush. */
  readonly batch: () => Batch;
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
  /** Somebody is over a limit. */
  readonly limited: (limit: LimitName) => void;
};

/** Of an entry beside its state. */
const ENTRY_BYTES = 16;

export class PresenceIntake {
  readonly #room: PresenceIntakeRoom;
  /** Whose state was taken and waits to be shown: names only, so what goes out is the latest. */
  #shed = new Batch();
  #shedDueMs = Infinity;
  readonly #share = new FairShare(SHOWN_BYTE_RATE);
  /** Client ids whose turn is yet to come, and whose they are: what goes out is the latest. */
  #waiting = new Map<number, SessionId>();

  constructor(room: PresenceIntakeRoom) {
    this.#room = room;
  }

  /** When {@link release} has something to do; Infinity when nothing waits. */
  get dueMs(): number {
    return this.#waiting.size === 0 ? this.#shedDueMs : Math.min(this.#shedDueMs, this.#share.dueMs);
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
    if (this.#waiting.size > 0 && this.#share.isOpen(nowMs)) {
      for (const [client, owner] of this.#waiting) this.#room.batch().addPresence(client, owner);
      this.#waiting = new Map();
    }
    if (this.#shedDueMs > nowMs) return;
    this.#room.batch().addPresenceOf(this.#shed);
    this.#shed = new Batch();
    this.#shedDueMs = Infinity;
  }

  /** Right before a batch goes out: takes out of it what would be more than the room tells. Who says little goes first, nobody waits for ever. */
  sift(nowMs: number): void {
    // All who wait have to be there, or the others would take their turns.
    this.release(nowMs);
    const batch = this.#room.batch();
    const said = batch.ownPresence();
    if (said.length === 0) return;
    const isOpen = this.#share.isOpen(nowMs);
    const told = isOpen ? this.#share.choose(this.#bytesOf(said), this.#room.sessions.size, nowMs) : undefined;
    for (const [client, owner] of said) {
      if (told?.has(client) === true) continue;
      batch.withholdPresence(client);
      this.#waiting.set(client, owner);
    }
  }

  #bytesOf(said: ReturnType<Batch["ownPresence"]>): ReadonlyMap<number, number> {
    return new Map(said.map(([client, owner]) => [client, this.#stateBytes(client, owner) + ENTRY_BYTES]));
  }

  /** Of a socket that is gone what it showed last is not at hand, and counts as the most that it can be. */
  #stateBytes(client: number, owner: SessionId): number {
    const owned = this.#room.presence.ownedBy(owner);
    return owned?.client === client ? (owned.state?.length ?? 0) : MAX_AWARENESS_BYTES;
  }
}
