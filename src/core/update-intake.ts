/**
 * The way of an update from a frame into the batch: permission, reading, gaps held and asked for. Rules RM4–RM9.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { MAX_HELD_BYTES } from "../protocol/limits.ts";
import { type Result, assertNever, ok } from "../protocol/result.ts";
import type { Batch } from "./batch.ts";
import type { DocumentState, UpdateRefusal } from "./document/document-state.ts";
import type { RoomEvent, RoomMessage, SessionId } from "./events.ts";
import type { Session } from "./session.ts";

export type UpdateEvent = Extract<RoomEvent, { type: "update" | "sync-step-2" }>;

/** What an update from outside (REST) came to. */
export type Submission = { readonly kind: "accepted" | "known" | "gap" };

export type IntakeRoom = {
  readonly document: DocumentState;
  readonly sessions: () => Iterable<Session>;
  /** The batch of the next flush. */
  readonly batch: () => Batch;
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
};

export class UpdateIntake {
  readonly #room: IntakeRoom;

  constructor(room: IntakeRoom) {
    this.#room = room;
  }

  /** An update without a socket. A gap is the caller's to resolve. */
  submit(update: Uint8Array, user: string): Result<Submission, UpdateRefusal> {
    const accepted = this.#room.document.accept(update, true);
    if (!accepted.ok) return accepted;
    if (accepted.value.kind !== "accepted") return ok({ kind: accepted.value.kind });
    const { update: bytes, reading } = accepted.value;
    this.#room.batch().addUpdate({ sender: undefined, user, bytes, reading });
    this.#retryHeld();
    return ok({ kind: "accepted" });
  }

  /** A step 2 or update of a socket. */
  take(session: Session, event: UpdateEvent): void {
    const { update, number } = event;
    if (number !== undefined) session.noteNumber(number);
    if (!session.mayDo("write")) return this.#refuse(session, event);
    const accepted = this.#room.document.accept(update, event.type === "sync-step-2");
    if (!accepted.ok) return this.#endRefused(session, accepted.error);
    const { value } = accepted;
    switch (value.kind) {
      case "known":
        break;
      case "gap":
        return this.#hold(session, event);
      case "accepted":
        this.#room.batch().addUpdate({
          sender: session.id,
          user: session.facts.user,
          bytes: value.update,
          reading: value.reading,
        });
        this.#retryHeld();
        break;
      default:
        assertNever(value);
    }
    if (event.type === "sync-step-2") session.hasAskedForGap = false;
    if (session.facts.traits.acknowledges) this.#room.batch().addAck(session.id);
  }

  /** Read-only: a step 2 with nothing new is fine, anything else is refused by name, and the socket stays. */
  #refuse(session: Session, event: UpdateEvent): void {
    if (event.type === "sync-step-2" && this.#room.document.isKnown(event.update)) {
      if (session.facts.traits.acknowledges) this.#room.batch().addAck(session.id);
      return;
    }
    this.#room.send(session, [{ type: "refused", number: event.number, reason: "read-only" }]);
  }

  #hold(session: Session, event: UpdateEvent): void {
    if (session.heldBytes + event.update.length > MAX_HELD_BYTES) {
      return this.#room.end(session.id, "unavailable", "too many updates wait for what they depend on");
    }
    session.hold({ update: event.update, number: event.number });
    // A step 2 is all its sender has: asking again would go round for ever. Somebody else may bring the rest.
    if (session.hasAskedForGap || event.type === "sync-step-2") return;
    session.hasAskedForGap = true;
    this.#room.send(session, [{ type: "sync-step-1", stateVector: this.#room.document.stateVector() }]);
  }

  /** New content may complete what somebody holds. */
  #retryHeld(): void {
    for (const session of this.#room.sessions()) {
      if (session.held.length === 0) continue;
      for (const held of session.takeHeld()) {
        this.take(session, {
          type: "update",
          update: held.update,
          ...(held.number === undefined ? {} : { number: held.number }),
        });
      }
    }
  }

  #endRefused(session: Session, refusal: UpdateRefusal): void {
    if (refusal.tag === "malformed-update") return this.#room.end(session.id, "malformed", refusal.reason);
    this.#room.end(session.id, "too-large", `the document is limited to ${refusal.limitBytes} bytes`);
  }
}
