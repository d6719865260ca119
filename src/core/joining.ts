/**
 * How a session comes in: its hello, and the answers to its state vectors from stored bytes. Rules RM2–RM5, FM8 and FM9.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { COUNTS_ANEW } from "./ack-count.ts";
import type { Batch } from "./batch.ts";
import type { DocumentState } from "./document/document-state.ts";
import { EMPTY_UPDATE } from "./document/update-writer.ts";
import type { RoomEvent, RoomMessage, SessionId } from "./events.ts";
import type { DocumentStorage } from "./ports.ts";
import type { RoomPresence } from "./presence/room-presence.ts";
import type { Session } from "./session.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** A frame of a thousand questions would cost a thousand answers of the whole document: only the last of a kind counts. */
export function withoutRepeats(events: readonly RoomEvent[]): readonly RoomEvent[] {
  if (events.length < 2) return events;
  const lastStep1 = events.findLastIndex(({ type }) => type === "sync-step-1");
  const lastQuery = events.findLastIndex(({ type }) => type === "query-awareness");
  return events.filter(({ type }, index) => {
    if (type === "sync-step-1") return index === lastStep1;
    return type !== "query-awareness" || index === lastQuery;
  });
}

export type JoiningRoom = {
  readonly storage: DocumentStorage;
  readonly document: DocumentState;
  readonly sessions: SessionRegistry;
  readonly presence: RoomPresence;
  /** The batch of the next flush: what is in it is no row yet. */
  readonly batch: () => Batch;
  /** What goes with the welcome of a session. */
  readonly greeting: (session: Session, nowMs: number) => readonly RoomMessage[];
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
};

/** The largest step 1: a state vector of 100,000 clients fits. */
const MAX_STATE_VECTOR_BYTES = 1024 * 1024;

export class Joining {
  readonly #room: JoiningRoom;
  /** Their last question, until the next flush. */
  readonly #waiting = new Map<Session, Uint8Array>();

  constructor(room: JoiningRoom) {
    this.#room = room;
  }

  /** Once per session of a family that says hello. */
  hello(session: Session, nowMs: number): void {
    const { sessions, storage, greeting, end, send } = this.#room;
    if (session.hasSaidHello) return end(session.id, "malformed", "hello was said twice");
    sessions.greet(session);
    const { id, user } = session.facts;
    const { scopes, grant } = session.rights;
    const shown = grant.profile === undefined ? {} : { profile: grant.profile };
    const epoch = storage.meta.read()?.epoch ?? 1;
    const welcome = { type: "welcome", session: id, user, scopes, epoch, ...shown } as const;
    send(session, [welcome, ...greeting(session, nowMs)]);
  }

  /** After a flush: who asked while something was not stored yet. */
  answerWaiting(nowMs: number): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [session, stateVector] of waiting) {
      if (this.#room.sessions.byId.get(session.id) === session) this.answer(session, stateVector, nowMs);
    }
  }

  /** A step 1: the first one is free. */
  ask(session: Session, stateVector: Uint8Array, nowMs: number): void {
    const { end } = this.#room;
    if (session.isSynced && !session.rates.mayAsk(nowMs)) return end(session.id, "too-fast", "");
    if (!session.beginCount(stateVector, nowMs))
      return end(session.id, COUNTS_ANEW, "asked again while acks were under way");
    this.answer(session, stateVector, nowMs);
  }

  /** Answers a step 1; the first one is told who is there. It is also asked back, as is each one of a family that counts its answer. */
  answer(session: Session, stateVector: Uint8Array, nowMs: number): void {
    const { document, sessions, storage, batch, presence, send, end } = this.#room;
    if (stateVector.length > MAX_STATE_VECTOR_BYTES) {
      return end(session.id, "too-large", "the state vector is too large");
    }
    // The answer comes from stored rows: what is accepted but not stored yet would be missing in it. A flush costs everybody a
    // frame and is not made for the sake of a question.
    if (batch().hasUpdates) return void this.#waiting.set(session, stateVector);
    const answer = document.answer(stateVector, nowMs);
    if (!answer.ok) return end(session.id, "malformed", answer.error.reason);
    const seq = storage.log.lastSeq();
    const isFirst = !session.isSynced;
    const isAsked = session.count?.ask(nowMs) ?? isFirst;
    let messages: RoomMessage[] = isAsked ? [{ type: "sync-step-1", stateVector: document.stateVector() }] : [];
    let last: Uint8Array | undefined;
    // One behind, as only the last is a step 2; and no more than one, as a document may be large.
    for (const update of answer.value) {
      session.backlog.addAnswer(update.length);
      if (last !== undefined) {
        send(session, [...messages, { type: "update", seq, update: last }]);
        messages = [];
      }
      last = update;
    }
    messages.push({ type: "sync-step-2", seq, update: last ?? EMPTY_UPDATE });
    if (isFirst) messages.push(...presence.joined(session, nowMs, batch()));
    send(session, messages);
    // Our step 1 asks for all it has; what runs ahead of the answer need not ask again.
    if (isAsked) session.hasAskedForGap = true;
    if (!isFirst) return;
    session.isSynced = true;
    sessions.markDirty(session.id);
  }
}
