/**
 * The engine of a presence room: messages in, messages out, all synchronous. It knows no socket, no clock and no timer; its
 * shell passes the time, and calls {@link PeopleRoom.flush} as often as {@link PeopleRoom.flushHz} says. Rules PP1–PP31 of SPEC.md.
 * @module
 */
import type { CloseReason } from "../../protocol/close-codes.ts";
import type { PresenceClientMessage, PresenceServerMessage } from "../../protocol/presence-messages.ts";
import type { SessionId } from "../events.ts";
import type { SessionGrant } from "../session-rights.ts";
import { Broadcast } from "./broadcast.ts";
import { Connection } from "./connection.ts";
import { type DescribedPerson, type PeopleCounts, describePerson } from "./describe.ts";
import { HelloDeadlines } from "./hello-deadlines.ts";
import { PeopleIntake } from "./intake.ts";
import { type Kicked, PeopleRights } from "./people-rights.ts";
import { PeopleRoster } from "./people-roster.ts";
import type { KeptConnection, PeopleFacts, PeopleOptions } from "./ports.ts";
import { Readers } from "./readers.ts";

/** A navigation, or a phone between two cells. */
export const HOLD_MS = 5_000;

/** Closed so, a client comes back at once: nobody should see it go. */
const COMES_BACK: ReadonlySet<CloseReason> = new Set(["refresh-token", "unavailable", "internal"]);

export class PeopleRoom {
  readonly #options: PeopleOptions;
  readonly #connections = new Map<SessionId, Connection>();
  readonly #hellos = new HelloDeadlines();
  readonly #dirty = new Set<SessionId>();
  readonly #roster: PeopleRoster;
  readonly #broadcast: Broadcast;
  readonly #intake: PeopleIntake;
  /** Tokens and the lock. */
  readonly rights: PeopleRights;
  /** Who reads what it is sent. */
  readonly readers: Readers;
  /** The latest time anybody passed. */
  #nowMs = 0;
  #stamp = 0;
  #isWaking = false;

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.#roster = new PeopleRoster(options.holdMs ?? HOLD_MS);
    this.#broadcast = new Broadcast(options, this.#roster);
    const end = this.end.bind(this);
    this.#intake = new PeopleIntake({
      end,
      stamp: () => (this.#stamp = Math.max(this.#nowMs, this.#stamp + 1)),
      changed: (connection, isState) => this.#changed(connection, isState),
      looked: (connection) => this.#looked(connection),
      greet: (connection) => this.#greet(connection),
      raise: (actor, name, json) => this.#broadcast.raise(actor, name, json),
      renewToken: options.renewToken,
      limited: options.limited,
    });
    const { peers, lock, question } = options;
    const ports = { connections: this.#connections, end, markDirty: this.#dirty.add.bind(this.#dirty) };
    this.rights = new PeopleRights({ ...ports, reshow: this.#reshow.bind(this), send: peers.send.bind(peers) }, lock);
    this.readers = new Readers({ ...ports, question, ask: (one) => peers.send(one.id, this.#broadcast.question(one)) });
  }

  connections(): Iterable<Connection> {
    return this.#connections.values();
  }

  /** Flushes a second, as many as the room's size and its budget allow. */
  get flushHz(): number {
    return this.#broadcast.flushHz;
  }

  /** Something waits for {@link flush}. */
  get hasPending(): boolean {
    return this.#broadcast.hasPending(this.#nowMs);
  }

  /** Some attachment is out of date. */
  get hasDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** A socket was accepted. */
  open(facts: PeopleFacts, nowMs: number): void {
    this.#enter(nowMs);
    // One that is opened again is another one.
    if (this.#connections.has(facts.id)) this.close(facts.id, true, nowMs);
    const connection = new Connection(facts, undefined, nowMs);
    this.#connections.set(facts.id, connection);
    if (!this.rights.admit(connection, nowMs)) return;
    this.#hellos.add(facts.id, facts.joinedMs);
    this.#dirty.add(facts.id);
  }

  /** A socket that was open before this object slept; all of them before anything else. */
  restore(facts: PeopleFacts, kept: KeptConnection, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#isWaking = true;
    const connection = new Connection(facts, kept, nowMs);
    this.#connections.set(facts.id, connection);
    this.#stamp = Math.max(this.#stamp, connection.said.lastStamp);
    this.rights.restore(connection, nowMs);
    if (!connection.isGreeted) return this.#hellos.add(facts.id, facts.joinedMs);
    this.#roster.restore(connection, kept.actor, nowMs);
    this.#broadcast.restore(connection);
    this.readers.restore(connection);
  }

  /** Everything of one frame. What is bad of it ends this connection only. */
  receive(id: SessionId, messages: readonly PresenceClientMessage[], nowMs: number): void {
    this.#enter(nowMs);
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    connection.lastSeenMs = nowMs;
    for (const message of messages) {
      if (!this.#connections.has(id)) return;
      if (!connection.isGreeted && message.type !== "hello") return this.end(id, "malformed", "hello must come first");
      if (message.type === "read" && this.readers.answered(connection, message.number)) continue;
      if (!connection.rates.mayGoOn(nowMs)) {
        this.#options.limited("presencePerSecond");
        return this.end(id, "too-fast", "");
      }
      this.#intake.take(connection, message, nowMs);
    }
    if (this.#connections.has(id)) this.#send(id, this.#broadcast.dropReport(connection, nowMs));
  }

  /** A socket closed. Without a goodbye its person is held for a blip. */
  close(id: SessionId, wasGoodbye: boolean, nowMs: number): void {
    this.#enter(nowMs);
    this.#remove(id, wasGoodbye);
  }

  /** Closes one connection with a reason. */
  end(id: SessionId, reason: CloseReason, detail: string): void {
    this.#wake();
    if (this.#remove(id, !COMES_BACK.has(reason))) this.#options.peers.close(id, reason, detail);
  }

  /** Closes all connections of a user, or one of them; how many. */
  kick(target: Kicked, detail: string, nowMs: number): number {
    this.#enter(nowMs);
    return this.rights.kick(target, detail);
  }

  /** A fresh token of the same user. */
  regrant(id: SessionId, grant: SessionGrant, nowMs: number): void {
    this.#enter(nowMs);
    this.rights.regrant(id, grant, nowMs);
  }

  /** What has waited until now: holds that end, what was above its rate, reports, hellos that did not come. */
  expireHeld(nowMs: number): void {
    this.#enter(nowMs);
    for (const id of this.#hellos.late(nowMs)) this.end(id, "hello-late", "");
  }

  /** When {@link expireHeld} has something to do, after which something may be pending; undefined in a quiet room. */
  nextDeadlineMs(): number | undefined {
    const next = Math.min(this.#roster.holdEndMs, this.#intake.dueMs, this.#broadcast.dueMs, this.#hellos.dueMs);
    return next === Infinity ? undefined : next;
  }

  /** One frame to each socket that has something to hear; whoever reads nothing is closed. */
  flush(nowMs: number): void {
    this.#enter(nowMs);
    if (this.hasPending) this.#broadcast.flush(nowMs);
    this.readers.look(nowMs);
  }

  /** What attachments must keep; forgets that they must. */
  takeDirty(): readonly { readonly id: SessionId; readonly kept: KeptConnection }[] {
    const dirty = [...this.#dirty].flatMap((id) => this.#connections.get(id) ?? []);
    this.#dirty.clear();
    return dirty.map((one) => ({ id: one.id, kept: one.keep() }));
  }

  counts(): PeopleCounts {
    return { ...this.#roster.counts(), size: this.#broadcast.size };
  }

  describe(): readonly DescribedPerson[] {
    return [...this.#roster.members()].map(describePerson);
  }

  #enter(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#wake();
    // The alarm may be late, or long in coming.
    if (nowMs >= this.rights.dueMs) this.rights.expire(nowMs);
    this.#intake.release(nowMs);
    this.#roster.expire(nowMs);
  }

  #wake(): void {
    if (this.#isWaking) this.#broadcast.wake();
    this.#isWaking = false;
  }

  #greet(connection: Connection): void {
    this.#hellos.delete(connection.id);
    this.#dirty.add(connection.id);
    this.#roster.add(connection, this.#nowMs);
    const hears = this.#broadcast.admit(connection);
    this.#send(connection.id, [connection.welcome(), ...hears, ...this.rights.greet(connection, this.#nowMs)]);
  }

  #changed({ id, person }: Connection, isState: boolean): void {
    this.#dirty.add(id);
    if (person !== undefined) this.#roster.note(person, isState);
  }

  #looked(connection: Connection): void {
    this.#dirty.add(connection.id);
    connection.person?.touch(false);
    this.#broadcast.noteView();
  }

  /** Its rights are others: it appears, disappears, or wears another profile. */
  #reshow(connection: Connection): void {
    const { person, rights, id } = connection;
    if (rights.mayShow === (person !== undefined)) {
      if (person !== undefined) this.#roster.note(person, false);
      return;
    }
    this.#roster.remove(connection, true, this.#nowMs);
    this.#roster.add(connection, this.#nowMs);
    this.#broadcast.readmit(connection);
    // What it moved itself it was not told: that was another one's now.
    this.#send(id, [{ type: "reset" }, connection.welcome()]);
  }

  /** False when it was not there. */
  #remove(id: SessionId, wasGoodbye: boolean): boolean {
    const connection = this.#connections.get(id);
    if (connection === undefined) return false;
    this.#connections.delete(id);
    this.#hellos.delete(id);
    this.#dirty.delete(id);
    this.#broadcast.drop(id);
    this.readers.delete(connection);
    this.#intake.settle(connection);
    if (connection.isGreeted) this.#roster.remove(connection, wasGoodbye, this.#nowMs);
    return true;
  }

  #send(id: SessionId, messages: readonly PresenceServerMessage[]): void {
    if (messages.length > 0) this.#options.peers.send(id, messages);
  }
}
