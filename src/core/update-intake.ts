/**
 * The way of an update from a frame into the batch: permission, reading, gaps held and asked for. Rules RM6–RM14, FM8, RG5, RG6, LM1 and LM2.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { MAX_HELD_BYTES, MAX_HELD_MS, MAX_HELD_UPDATES } from "../protocol/limits.ts";
import { type Result, assertNever, ok } from "../protocol/result.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import { COUNTS_ANEW } from "./ack-count.ts";
import type { Batch } from "./batch.ts";
import type { StructId } from "./document/client-block.ts";
import type { DocumentState, UpdateRefusal } from "./document/document-state.ts";
import type { RoomEvent, RoomMessage, SessionId } from "./events.ts";
import { encodeAwareness } from "./presence/awareness-codec.ts";
import type { HeldUpdate, Session } from "./session.ts";

export type UpdateEvent = Extract<RoomEvent, { type: "update" | "sync-step-2" }>;

/** What an update from outside (REST) came to. */
export type Submission = { readonly kind: "accepted" | "known" | "gap" };

/** Under whose name, and how large it may make the document. */
export type Submitter = { readonly user: string; readonly maxBytes: number };

export type IntakeRoom = {
  readonly document: DocumentState;
  readonly session: (id: SessionId) => Session | undefined;
  /** The batch of the next flush. */
  readonly batch: () => Batch;
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
  /** An update of it did not fit into the document. */
  readonly full: (session: Session) => void;
  /** Its attachment must be written. */
  readonly markDirty: (id: SessionId) => void;
  /** Somebody is over a limit. */
  readonly limited: (limit: LimitName) => void;
};

const NOTHING_SHOWN: RoomMessage = { type: "awareness", update: encodeAwareness([]) };
const STILL_MISSING = "updates wait for what they depend on, and it does not come";

export class UpdateIntake {
  readonly #room: IntakeRoom;
  /** Sessions that hold updates, and since when. */
  readonly #holding = new Map<SessionId, number>();
  readonly #isKnown = (struct: StructId): boolean => this.#room.document.hasStruct(struct);

  constructor(room: IntakeRoom) {
    this.#room = room;
  }

  /** An update without a socket. A gap is the caller's to resolve. */
  submit(update: Uint8Array, { user, maxBytes }: Submitter): Result<Submission, UpdateRefusal> {
    const accepted = this.#room.document.accept(update, true, maxBytes);
    if (!accepted.ok) {
      if (accepted.error.tag === "too-large") this.#room.limited("documentBytes");
      return accepted;
    }
    if (accepted.value.kind !== "accepted") return ok({ kind: accepted.value.kind });
    const { update: bytes, reading } = accepted.value;
    this.#room.batch().addUpdate({ sender: undefined, user, bytes, reading });
    this.#retryHeld();
    return ok({ kind: "accepted" });
  }

  /** A step 2 or update of a socket. */
  take(session: Session, event: UpdateEvent, nowMs: number): void {
    const number = session.numberOf(event.number);
    if (event.type === "sync-step-2") session.noteAnswered(number);
    this.#takeNumbered(session, number === undefined ? event : { ...event, number }, nowMs);
  }

  /** A mark comes back when all before it is a row. Till then the last one that did, so that a heartbeat has its answer. */
  checkpoint(session: Session, mark: Uint8Array): void {
    const batch = this.#room.batch();
    session.setMark(mark);
    if (batch.holdsOf(session.id)) return batch.addAck(session.id);
    const last = session.reachedMark;
    const answer = session.takeAck() ?? (last === undefined ? NOTHING_SHOWN : { type: "checkpoint", mark: last });
    this.#room.send(session, [answer]);
  }

  #takeNumbered(session: Session, event: UpdateEvent, nowMs: number): void {
    if (!session.rights.mayWrite) return this.#takeReadOnly(session, event);
    const isUnclear = event.type === "update" && session.count?.note(event.number, event.update) === false;
    if (isUnclear) return this.#room.end(session.id, COUNTS_ANEW, "a deletion of nobody knows when");
    if (session.full !== undefined && event.type === "update" && this.#isStillFull(session)) {
      return this.#refuseAsFull(session, event);
    }
    const missing = this.#admit(session, event);
    if (missing !== undefined) return this.#hold(session, event, missing, nowMs);
    this.#retryHeld();
    if (event.type === "sync-step-2" && session.held.length === 0) session.hasAskedForGap = false;
  }

  /** It may not write any more. Acks stop before what it held, and who counts hears that it is refused; a step 2 brings it later. */
  drop(session: Session): void {
    this.#holding.delete(session.id);
    session.hasAskedForGap = session.count?.isAsked ?? false;
    const numbers = session.dropHeld().map(({ number }) => number);
    if (session.count !== undefined) return this.#refuse(session, numbers, session.rights.refusal);
    for (const number of numbers) this.#leaveUnsettled(session, number);
  }

  /** A session is gone, and what it held with it. */
  forget(id: SessionId): void {
    this.#holding.delete(id);
  }

  /** When {@link endHolding} has something to do; undefined when nobody holds anything. */
  nextDeadlineMs(): number | undefined {
    // In the order in which they began to hold.
    const [first] = this.#holding.values();
    return first === undefined ? undefined : first + MAX_HELD_MS;
  }

  /** Closes who waited too long: its later edits would stay unsaved behind the gap, and sleep would lose what it holds. */
  endHolding(nowMs: number): void {
    for (const [id, sinceMs] of this.#holding) {
      if (sinceMs + MAX_HELD_MS <= nowMs) this.#room.end(id, "unavailable", STILL_MISSING);
    }
  }

  /** Returns what it still depends on; undefined when it is settled or its session was ended. */
  #admit(session: Session, event: UpdateEvent | HeldUpdate): StructId | undefined {
    const isAnswer = event.type === "sync-step-2";
    const accepted = this.#room.document.accept(event.update, isAnswer, session.rights.grant.limits.documentBytes);
    if (!accepted.ok) {
      this.#refuseOrEnd(session, event, accepted.error);
      return undefined;
    }
    const { value } = accepted;
    const batch = this.#room.batch();
    switch (value.kind) {
      case "gap":
        return value.missing;
      case "accepted": {
        const { update: bytes, reading } = value;
        batch.addUpdate({ sender: session.id, user: session.facts.user, bytes, reading });
        break;
      }
      case "known":
        break;
      default:
        assertNever(value);
    }
    if (isAnswer) {
      session.settleAll();
      session.full = undefined;
    }
    if (session.facts.traits.acknowledges !== "none") batch.addAck(session.id);
    return undefined;
  }

  /** A step 2 with nothing new is fine, anything else is refused by name, and the socket stays. */
  #takeReadOnly(session: Session, event: UpdateEvent): void {
    const { rights, facts } = session;
    const isWaiting = rights.waitsForToken;
    const isAsked = facts.traits.renewsToken === true && session.count === undefined;
    // Neither applied, acked nor refused: the fresh token that it will send brings it.
    if (isWaiting && isAsked) return this.#leaveUnsettled(session, event.number);
    if (event.type === "sync-step-2" && this.#room.document.isKnown(event.update)) {
      if (facts.traits.acknowledges !== "none") this.#room.batch().addAck(session.id);
      return;
    }
    // It cannot be asked for a token, or has not answered, and would take what it sends for saved.
    if (isWaiting) return this.#room.end(session.id, "refresh-token", "");
    this.#refuse(session, [event.number], rights.refusal);
  }

  #refuse(session: Session, numbers: readonly (number | undefined)[], reason: string): void {
    for (const number of numbers) if (session.noteRefused(number)) this.#room.markDirty(session.id);
    const refusals = numbers.map((number): RoomMessage => ({ type: "refused", number, reason }));
    this.#room.send(session, refusals);
  }

  #leaveUnsettled(session: Session, number: number | undefined): void {
    if (session.leaveUnsettled(number)) this.#room.markDirty(session.id);
  }

  /** What is refused once is missing for all that follows: only where there is more room again is the next one looked at. */
  #isStillFull(session: Session): boolean {
    if (this.#room.document.bytes() >= (session.full?.atBytes ?? Infinity)) return true;
    session.full = undefined;
    return false;
  }

  /** Refuses what it holds too: that waits for what will not come. */
  #refuseAsFull(session: Session, { number }: UpdateEvent | HeldUpdate): void {
    const { reason } = session.full ?? { reason: "" };
    this.#holding.delete(session.id);
    this.#refuse(session, [number, ...session.dropHeld().map((held) => held.number)], reason);
    this.#room.limited("documentBytes");
  }

  #hold(session: Session, { update, number, type }: UpdateEvent, missing: StructId, nowMs: number): void {
    if (session.heldBytes + update.length > MAX_HELD_BYTES || session.held.length === MAX_HELD_UPDATES) {
      return this.#room.end(session.id, "unavailable", "too many updates wait for what they depend on");
    }
    // A step 2 is all its sender has: asking again would go round for ever. Somebody else may bring the rest.
    const isAsked = !session.hasAskedForGap && type !== "sync-step-2";
    const isMiscounted = isAsked && session.isSynced && session.count !== undefined;
    if (isMiscounted) return this.#room.end(session.id, COUNTS_ANEW, "an update lacks what it depends on");
    session.hold({ type, update, number, missing });
    if (!this.#holding.has(session.id)) this.#holding.set(session.id, nowMs);
    // Who counts would not count the answer. Where it is not synced, ours comes with the answer to its step 1.
    if (!isAsked || session.count !== undefined) return;
    session.hasAskedForGap = true;
    this.#room.send(session, [{ type: "sync-step-1", stateVector: this.#room.document.stateVector() }]);
  }

  /** New content may complete what somebody holds, and that again what another one holds. */
  #retryHeld(): void {
    let hasAccepted = this.#holding.size > 0;
    while (hasAccepted) {
      hasAccepted = false;
      for (const id of this.#holding.keys()) {
        const session = this.#room.session(id);
        if (session !== undefined && this.#retryHeldOf(session)) hasAccepted = true;
      }
    }
  }

  /** True when something of it was settled. */
  #retryHeldOf(session: Session): boolean {
    let hasSettled = false;
    let ready = session.takeReady(this.#isKnown);
    while (ready !== undefined) {
      const missing = this.#admit(session, ready);
      if (missing !== undefined) session.hold({ ...ready, missing });
      else hasSettled = true;
      // A refusal ended it.
      if (this.#room.session(session.id) === undefined) return hasSettled;
      ready = session.takeReady(this.#isKnown);
    }
    if (session.held.length === 0) {
      this.#holding.delete(session.id);
      session.hasAskedForGap = session.count?.isAsked ?? false;
    }
    return hasSettled;
  }

  #refuseOrEnd(session: Session, event: UpdateEvent | HeldUpdate, refusal: UpdateRefusal): void {
    if (refusal.tag === "malformed-update") return this.#room.end(session.id, "malformed", refusal.reason);
    session.full = { atBytes: this.#room.document.bytes(), reason: refusal.reason };
    this.#refuseAsFull(session, event);
    this.#room.full(session);
  }
}
