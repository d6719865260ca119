/**
 * The sessions of a room, which of them still owe a hello, and which must be written to their socket's attachment.
 * @module
 */
import type { SessionId } from "./events.ts";
import { Session, type SessionFacts, type SessionProgress } from "./session.ts";

export class SessionRegistry {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #dirty = new Set<SessionId>();
  readonly #ungreeted = new Set<SessionId>();

  get size(): number {
    return this.#sessions.size;
  }

  get byId(): ReadonlyMap<SessionId, Session> {
    return this.#sessions;
  }

  /** A new socket. */
  add(facts: SessionFacts, nowMs: number): Session {
    const session = new Session(facts, { hasSaidHello: false, isSynced: false }, nowMs);
    this.#put(session);
    this.#dirty.add(facts.id);
    return session;
  }

  /** A socket that was open before this object slept. */
  restore(facts: SessionFacts, progress: SessionProgress, nowMs: number): Session {
    // Not now: the alarm that sweeps for silent sockets wakes the room itself. Of heartbeats the runtime keeps the time.
    const lastSeenMs = progress.lastSeenMs ?? (facts.traits.heartbeats ? facts.joinedMs : nowMs);
    const session = new Session(facts, progress, lastSeenMs);
    this.#put(session);
    return session;
  }

  /** False when it was not there. */
  remove(id: SessionId): boolean {
    this.#dirty.delete(id);
    this.#ungreeted.delete(id);
    return this.#sessions.delete(id);
  }

  greet(session: Session): void {
    session.hasSaidHello = true;
    this.#ungreeted.delete(session.id);
    this.#dirty.add(session.id);
  }

  /** True once frames of this session may be of full size. */
  isGreeted(id: SessionId): boolean {
    return !this.#ungreeted.has(id);
  }

  /** Who joined at or before `joinedMs` and has not said hello. */
  ungreetedSince(joinedMs: number): readonly SessionId[] {
    return [...this.#ungreeted].filter((id) => (this.#sessions.get(id)?.facts.joinedMs ?? 0) <= joinedMs);
  }

  /** When the first one that owes a hello joined. */
  firstUngreetedMs(): number | undefined {
    // In the order in which they joined, to the millisecond or so: asked after every event, also where thousands come at once.
    const [first] = this.#ungreeted;
    return first === undefined ? undefined : this.#sessions.get(first)?.facts.joinedMs;
  }

  markDirty(id: SessionId): void {
    this.#dirty.add(id);
  }

  /** Sessions whose attachment must be written; forgets them. */
  takeDirty(): readonly Session[] {
    const dirty = [...this.#dirty].flatMap((id) => this.#sessions.get(id) ?? []);
    this.#dirty.clear();
    return dirty;
  }

  #put(session: Session): void {
    this.#sessions.set(session.id, session);
    if (session.facts.traits.saysHello && !session.hasSaidHello) this.#ungreeted.add(session.id);
  }
}
