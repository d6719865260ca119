/**
 * The engine of a document room: events in, rows and messages out, all synchronous. It knows no socket, no clock and no
 * timer; its shell passes the time and calls {@link Room.flush}. Rules RM1–RM20 of SPEC.md.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { MAX_AWARENESS_BYTES } from "../protocol/limits.ts";
import { type Result, assertNever, err, ok } from "../protocol/result.ts";
import { Batch } from "./batch.ts";
import { deliver } from "./delivery.ts";
import { ClockTable } from "./document/clock-table.ts";
import { DocumentState, type UpdateRefusal } from "./document/document-state.ts";
import type { RoomEvent, RoomMessage, SessionId } from "./events.ts";
import type { DocumentStorage, Peers } from "./ports.ts";
import { RoomPresence } from "./presence/room-presence.ts";
import type { OwnedAwareness } from "./presence/presence-table.ts";
import type { Session, SessionFacts, SessionProgress } from "./session.ts";
import { SessionRegistry } from "./session-registry.ts";
import { type Submission, UpdateIntake } from "./update-intake.ts";

export type RoomOptions = {
  readonly storage: DocumentStorage;
  readonly peers: Peers;
  readonly maxDocumentBytes: number;
  readonly blipHoldMs: number;
  /** Told after each row, before its frames. */
  readonly wroteRow: (nowMs: number) => void;
};

/** The largest step 1: a state vector of 100,000 clients fits. */
const MAX_STATE_VECTOR_BYTES = 1024 * 1024;

export class Room {
  readonly #options: RoomOptions;
  readonly #sessions = new SessionRegistry();
  readonly #document: DocumentState;
  readonly #presence: RoomPresence;
  readonly #intake: UpdateIntake;
  #batch = new Batch();

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#document = new DocumentState(options.storage, options.maxDocumentBytes);
    this.#presence = new RoomPresence(options.blipHoldMs);
    this.#intake = new UpdateIntake({
      document: this.#document,
      sessions: () => this.#sessions.byId.values(),
      batch: () => this.#batch,
      send: (session, messages) => this.#sendTo(session, messages),
      end: (id, reason, detail) => this.end(id, reason, detail),
    });
  }

  get document(): DocumentState {
    return this.#document;
  }

  get presence(): RoomPresence {
    return this.#presence;
  }

  sessions(): Iterable<Session> {
    return this.#sessions.byId.values();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Something waits for {@link flush}. */
  get hasPending(): boolean {
    return !this.#batch.isEmpty;
  }

  /** A socket was accepted. */
  open(facts: SessionFacts, nowMs: number): void {
    this.#sessions.add(facts, nowMs);
  }

  /** A socket that was open before this object slept. */
  restore(facts: SessionFacts, progress: SessionProgress, owned: OwnedAwareness | null, nowMs: number): void {
    const session = this.#sessions.restore(facts, progress, nowMs);
    if (owned !== null) this.#presence.restore(session, owned, nowMs);
  }

  /** Everything of one frame. A bad event ends this session only. */
  receive(id: SessionId, events: readonly RoomEvent[], nowMs: number): void {
    const session = this.#sessions.byId.get(id);
    if (session === undefined) return;
    session.lastSeenMs = nowMs;
    for (const event of events) {
      if (!this.#sessions.byId.has(id)) return;
      if (session.facts.traits.saysHello && !session.hasSaidHello && event.type !== "hello") {
        this.end(id, "malformed", "the first message must be hello");
        return;
      }
      this.#receiveEvent(session, event, nowMs);
    }
  }

  /** Closes one session with a reason; its presence leaves at once. */
  end(id: SessionId, reason: CloseReason, detail: string): void {
    if (!this.#sessions.remove(id)) return;
    this.#presence.leave(id, 0, true, this.#batch);
    this.#options.peers.close(id, reason, detail);
  }

  /** A socket closed. Without a goodbye its presence is held for a blip. */
  close(id: SessionId, wasGoodbye: boolean, nowMs: number): void {
    if (!this.#sessions.remove(id)) return;
    this.#presence.leave(id, nowMs, wasGoodbye, this.#batch);
  }

  /** Holds that are over become leaves. */
  expireHeld(nowMs: number): void {
    this.#presence.expireHeld(nowMs, this.#batch);
  }

  /** An update from a server, under a user's name; goes with the next flush. */
  submit(update: Uint8Array, user: string): Result<Submission, UpdateRefusal> {
    return this.#intake.submit(update, user);
  }

  /**
   * One row, then one frame per socket. The runtime lets no frame out before the row is durable. Returns the seq of the
   * row, 0 when there was none to write; on a storage error everybody whose update it was is closed and nothing is sent.
   */
  flush(nowMs: number): Result<number, { readonly tag: "storage-failed"; readonly cause: unknown }> {
    const batch = this.#batch;
    if (batch.isEmpty) return ok(0);
    this.#batch = new Batch();
    let seq = 0;
    if (batch.hasUpdates) {
      try {
        seq = this.#options.storage.log.append(batch.row(), nowMs);
      } catch (cause) {
        this.#reject(batch);
        return err({ tag: "storage-failed", cause });
      }
      this.#document.committed();
      this.#options.wroteRow(nowMs);
    }
    const presence = this.#presence.entriesOf(batch, nowMs);
    deliver({ batch, seq, presence, sessions: this.#sessions.byId, peers: this.#options.peers });
    return ok(seq);
  }

  /** True once frames of this session may be of full size. */
  isGreeted(id: SessionId): boolean {
    return this.#sessions.isGreeted(id);
  }

  /** Closes who joined at or before `joinedMs` and has not said hello. */
  endUngreeted(joinedMs: number): void {
    for (const id of this.#sessions.ungreetedSince(joinedMs)) this.end(id, "hello-late", "");
  }

  /** When {@link expireHeld} or {@link endUngreeted} has something to do; undefined in a quiet room. */
  nextDeadlineMs(helloMs: number): number | undefined {
    const heldMs = this.#presence.nextHoldEndMs() ?? Infinity;
    const helloDueMs = (this.#sessions.firstUngreetedMs() ?? Infinity) + helloMs;
    const next = Math.min(heldMs, helloDueMs);
    return next === Infinity ? undefined : next;
  }

  /** Sessions whose attachment must be written; forgets them. */
  takeDirty(): readonly Session[] {
    return this.#sessions.takeDirty();
  }

  #receiveEvent(session: Session, event: RoomEvent, nowMs: number): void {
    switch (event.type) {
      case "hello":
        return this.#hello(session);
      case "sync-step-1":
        return this.#answer(session, event.stateVector, nowMs);
      case "sync-step-2":
      case "update":
        return this.#intake.take(session, event);
      case "awareness":
        return this.#takeAwareness(session, event.update, nowMs);
      case "query-awareness":
        return this.#sendTo(session, this.#presence.everybody());
      case "received":
        return;
      case "bye":
        return this.close(session.id, true, nowMs);
      default:
        assertNever(event);
    }
  }

  #hello(session: Session): void {
    if (session.hasSaidHello) return this.end(session.id, "malformed", "hello was said twice");
    this.#sessions.greet(session);
    const { id, user, scopes } = session.facts;
    const epoch = this.#options.storage.meta.read()?.epoch ?? 1;
    this.#sendTo(session, [{ type: "welcome", session: id, user, scopes, epoch }]);
  }

  #answer(session: Session, stateVector: Uint8Array, nowMs: number): void {
    if (stateVector.length > MAX_STATE_VECTOR_BYTES) {
      return this.end(session.id, "too-large", "the state vector is too large");
    }
    const decoded = ClockTable.decode(stateVector);
    if (!decoded.ok) return this.end(session.id, "malformed", decoded.error.reason);
    // The answer comes from stored rows: what is accepted but not stored yet would be missing in it.
    if (this.#batch.hasUpdates && !this.flush(nowMs).ok) return;
    const isFirst = !session.isSynced;
    const seq = this.#options.storage.log.lastSeq();
    const updates = this.#document.answer(decoded.value);
    if (isFirst) this.#sendTo(session, [{ type: "sync-step-1", stateVector: this.#document.stateVector() }]);
    for (const update of updates.slice(0, -1)) this.#sendTo(session, [{ type: "update", seq, update }]);
    this.#sendTo(session, [{ type: "sync-step-2", seq, update: updates.at(-1) ?? EMPTY_UPDATE }]);
    if (!isFirst) return;
    session.isSynced = true;
    this.#sessions.markDirty(session);
    this.#sendTo(session, this.#presence.joined(session, this.#batch));
  }

  #takeAwareness(session: Session, update: Uint8Array, nowMs: number): void {
    if (!session.mayDo("presence")) return;
    const taken = this.#presence.take(session, update, nowMs, this.#batch);
    if (taken.kind === "too-large") {
      return this.end(session.id, "too-large", `awareness is limited to ${MAX_AWARENESS_BYTES} bytes`);
    }
    if (taken.kind === "malformed") return this.end(session.id, "malformed", taken.reason);
    if (taken.kind === "taken") this.#sessions.markDirty(session);
    this.#sendTo(session, taken.reply);
  }

  /** The row could not be written: whoever waits for it must come again, and memory must not claim it. */
  #reject(batch: Batch): void {
    this.#document.forget();
    for (const id of new Set([...batch.senders(), ...batch.acks()])) {
      this.end(id, "unavailable", "storage is not writable");
    }
  }

  #sendTo(session: Session, messages: readonly RoomMessage[]): void {
    if (messages.length > 0) this.#options.peers.send(session.id, messages);
  }
}

/** A V1 update of nothing: no clients, no deletions. */
const EMPTY_UPDATE = new Uint8Array([0, 0]);
