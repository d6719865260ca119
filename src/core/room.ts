/**
 * The engine of a document room: events in, rows and messages out, all synchronous. It knows no socket, no clock and no
 * timer; its shell passes the time and calls {@link Room.flush}. Rules RM1–RM25 of SPEC.md.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { type Result, assertNever } from "../protocol/result.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import { CustomMessages } from "./custom-messages.ts";
import { bytesOf } from "./delivery.ts";
import { DocumentState, type UpdateRefusal } from "./document/document-state.ts";
import type { RoomEvent, RoomMessage, SessionId } from "./events.ts";
import { type FlushError, GroupCommit } from "./group-commit.ts";
import { Joining, withoutRepeats } from "./joining.ts";
import type { DocumentStorage, Peers } from "./ports.ts";
import { PresenceIntake } from "./presence-intake.ts";
import { RoomBytes } from "./room-bytes.ts";
import { RoomPresence } from "./presence/room-presence.ts";
import type { KeptAwareness } from "./presence/presence-table.ts";
import { RoomRights } from "./room-rights.ts";
import type { Session, SessionFacts, SessionProgress } from "./session.ts";
import { SessionRegistry } from "./session-registry.ts";
import { SizeNotices } from "./size-notices.ts";
import { type Submission, type Submitter, UpdateIntake } from "./update-intake.ts";

export type RoomOptions = {
  readonly storage: DocumentStorage;
  readonly peers: Peers;
  readonly blipHoldMs: number;
  /** Somebody sent a fresh token; what comes of it is told later. */
  readonly renewToken: (id: SessionId, token: string) => void;
  /** Somebody is over a limit, and was refused or made to wait. */
  readonly limited: (limit: LimitName) => void;
  /** Told after each row, before its frames. */
  readonly wroteRow: (nowMs: number) => void;
};

export class Room {
  readonly #options: RoomOptions;
  readonly #sessions = new SessionRegistry();
  readonly document: DocumentState;
  readonly presence: RoomPresence;
  readonly rights: RoomRights;
  readonly #intake: UpdateIntake;
  readonly #presenceIntake: PresenceIntake;
  readonly #customs: CustomMessages;
  readonly #joining: Joining;
  readonly #notices: SizeNotices;
  readonly #commit: GroupCommit;
  readonly bytes = new RoomBytes();
  /** The latest time anybody passed. */
  #nowMs = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
    const { storage, limited, renewToken } = options;
    const sessions = this.#sessions;
    this.document = new DocumentState(storage);
    this.presence = new RoomPresence(options.blipHoldMs);
    const send = (session: Session, messages: readonly RoomMessage[]): void => this.#sendTo(session, messages);
    const end = (id: SessionId, reason: CloseReason, detail: string): void => this.end(id, reason, detail);
    const markDirty = (id: SessionId): void => sessions.markDirty(id);
    const both = { presence: this.presence, sessions: sessions.byId, batch: () => this.#commit.batch };
    const shared = { storage, document: this.document, ...both, limited, markDirty, send, end };
    this.#notices = new SizeNotices(shared);
    this.#commit = new GroupCommit({
      ...shared,
      peers: options.peers,
      sift: (nowMs) => this.#presenceIntake.sift(nowMs),
      wroteRow: (nowMs) => {
        options.wroteRow(nowMs);
        this.#notices.afterRow();
      },
    });
    const greeting = (session: Session, nowMs: number): readonly RoomMessage[] => {
      return [...this.#notices.greeting(session), ...this.rights.greet(session, nowMs)];
    };
    this.#joining = new Joining({ ...shared, sessions, greeting });
    this.#intake = new UpdateIntake({
      ...shared,
      session: (id) => sessions.byId.get(id),
      full: (session) => this.#notices.full(session),
    });
    this.#presenceIntake = new PresenceIntake(shared);
    this.#customs = new CustomMessages(shared);
    this.rights = new RoomRights({
      ...shared,
      sessions,
      dropHeld: (session) => this.#intake.drop(session),
      renewToken,
      changed: () => this.#notices.forget(),
    });
  }

  sessions(): Iterable<Session> {
    return this.#sessions.byId.values();
  }

  /** What waits for {@link flush}. */
  get pending(): Pick<GroupCommit["batch"], "isEmpty" | "updates"> {
    return this.#commit.batch;
  }

  /** Presence above its rate waits, briefly; {@link nextDeadlineMs} says when it goes. */
  get isShedding(): boolean {
    return this.#presenceIntake.dueMs < Infinity;
  }

  /** A socket was accepted. */
  open(facts: SessionFacts, nowMs: number): void {
    this.#nowMs = nowMs;
    const session = this.#sessions.add(facts, nowMs);
    this.presence.open(session);
    this.#notices.forget();
    this.rights.admit(session, nowMs);
  }

  /** A socket that was open before this object slept. */
  restore(facts: SessionFacts, progress: SessionProgress, owned: KeptAwareness | null, nowMs: number): void {
    const session = this.#sessions.restore(facts, progress, nowMs);
    if (owned !== null) this.presence.restore(session, owned);
    this.rights.admit(session, nowMs);
  }

  /** Everything of one frame. A bad event ends this session only. */
  receive(id: SessionId, events: readonly RoomEvent[], nowMs: number): void {
    // The alarm may be late, or long in coming.
    this.rights.expire(nowMs);
    const session = this.#sessions.byId.get(id);
    if (session === undefined) return;
    this.#nowMs = nowMs;
    session.lastSeenMs = nowMs;
    for (const event of withoutRepeats(events)) {
      if (!this.#sessions.byId.has(id)) return;
      if (!session.isGreeted && event.type !== "hello")
        return this.end(id, "malformed", "the first message must be hello");
      const limit = session.rates.over(event, nowMs, this.bytes);
      if (limit !== undefined) {
        this.#options.limited(limit);
        return this.end(id, "too-fast", "");
      }
      this.#receiveEvent(session, event, nowMs);
    }
  }

  /** Closes one session with a reason; its presence leaves at once, unless it should come back at once. */
  end(id: SessionId, reason: CloseReason, detail: string): void {
    if (!this.#sessions.remove(id)) return;
    this.#intake.forget(id);
    this.presence.leave(id, this.#nowMs, reason !== "refresh-token", this.#commit.batch);
    this.#options.peers.close(id, reason, detail);
  }

  /** A socket closed. Without a goodbye its presence is held for a blip. */
  close(id: SessionId, wasGoodbye: boolean, nowMs: number): void {
    if (!this.#sessions.remove(id)) return;
    this.#nowMs = nowMs;
    this.#intake.forget(id);
    this.presence.leave(id, nowMs, wasGoodbye, this.#commit.batch);
  }

  /** Held presence whose time is over leaves or is shown; held updates whose time is over close their sockets. */
  expireHeld(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#presenceIntake.release(nowMs);
    this.presence.expireHeld(nowMs, this.#commit.batch);
    this.#intake.endHolding(nowMs);
  }

  /** An update from a server, under a user's name; goes with the next flush. */
  submit(update: Uint8Array, submitter: Submitter): Result<Submission, UpdateRefusal> {
    return this.#intake.submit(update, submitter);
  }

  /** One row, then one frame per socket. Returns the row's seq, 0 without one. On an error those it was about are closed. */
  flush(nowMs: number): Result<number, FlushError> {
    this.#nowMs = nowMs;
    this.rights.expire(nowMs);
    const flushed = this.#commit.flush(nowMs);
    this.#joining.answerWaiting(nowMs);
    return flushed;
  }

  /** Drops what waits for the next flush: the document is being erased. */
  discard(): void {
    this.#commit.take();
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
    const presenceDueMs = this.presence.nextHoldEndMs() ?? Infinity;
    const updatesDueMs = Math.min(this.#intake.nextDeadlineMs() ?? Infinity, this.#presenceIntake.dueMs);
    const next = Math.min(presenceDueMs, updatesDueMs, (this.#sessions.firstUngreetedMs() ?? Infinity) + helloMs);
    return next === Infinity ? undefined : next;
  }

  /** Sessions whose attachment must be written; forgets them. */
  takeDirty(): readonly Session[] {
    for (const id of this.presence.takeDirty()) this.#sessions.markDirty(id);
    return this.#sessions.takeDirty();
  }

  #receiveEvent(session: Session, event: RoomEvent, nowMs: number): void {
    switch (event.type) {
      case "hello":
        return this.#joining.hello(session, nowMs);
      case "sync-step-1":
        return this.#joining.ask(session, event.stateVector, nowMs);
      case "sync-step-2":
      case "update":
        return this.#intake.take(session, event, nowMs);
      case "awareness":
        return this.#presenceIntake.take(session, event.update, nowMs);
      case "query-awareness":
        return this.#presenceIntake.query(session, nowMs);
      case "checkpoint":
        return this.#intake.checkpoint(session, event.mark);
      case "custom":
        return this.#customs.take(session, event.payload, nowMs);
      case "received":
        return session.backlog.noteReported(event.seq);
      case "auth":
      case "token":
        if (event.type === "auth" && !session.hasSaidHello) return this.#joining.hello(session, nowMs);
        return this.rights.show(session, event.token, nowMs);
      case "bye":
        // Closed from here too: a socket that lingers half open would bring its presence back after sleep.
        return this.end(session.id, "normal", "");
      default:
        assertNever(event);
    }
  }

  #sendTo(session: Session, messages: readonly RoomMessage[]): void {
    if (messages.length === 0) return;
    // The first answer, which ends in being synced, is everybody's due.
    if (session.isSynced) session.rates.noteAnswered(bytesOf(messages));
    this.#options.peers.send(session.id, messages);
  }
}
