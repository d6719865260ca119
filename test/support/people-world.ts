/**
 * A room of people and its sockets, in one simulated world: bytes go both ways, and every client replays what it was told.
 * @module
 */
import type { SessionId } from "../../src/core/events.ts";
import { PeopleRoom } from "../../src/core/people/people-room.ts";
import type { KeptConnection, OwnPresence, PeopleFacts, PeopleOptions } from "../../src/core/people/ports.ts";
import { appendPresence, decodePresence, encodePresence } from "../../src/dialects/roost-presence.ts";
import type { SessionGrant } from "../../src/core/session-rights.ts";
import type { CloseReason } from "../../src/protocol/close-codes.ts";
import { encodePresenceClientFrame } from "../../src/protocol/presence-client-frames.ts";
import {
  PRESENCE_VERSION,
  type ActorId,
  type Hello,
  type Person,
  type PresenceClientMessage,
  type PresenceServerMessage,
} from "../../src/protocol/presence-messages.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { PeopleClient } from "./people-client.ts";

export type Visitor = Partial<Omit<PeopleFacts, "id" | "joinedMs">> & { readonly hello?: Hello };

export class PeopleWorld {
  nowMs = 1_000_000;
  room: PeopleRoom;
  readonly #options: PeopleOptions;
  readonly clients = new Map<SessionId, PeopleClient>();
  /** Everybody who ever was. */
  readonly all: PeopleClient[] = [];
  readonly #facts = new Map<SessionId, PeopleFacts>();
  readonly #kept = new Map<SessionId, KeptConnection>();
  #count = 0;
  #questions = 0;
  sends = 0;
  encodings = 0;
  readonly limited: string[] = [];
  readonly tokens: string[] = [];

  constructor(options: Partial<PeopleOptions> = {}) {
    this.#options = {
      peers: {
        send: (id, messages) => this.#deliver(id, encodePresence(messages)),
        sendToAll: (ids, messages, own) => this.#deliverAll(ids, messages, own),
        close: (id, reason, detail) => this.#closed(id, reason, detail),
      },
      framesPerSecond: 16_000,
      lock: "open",
      renewToken: (_, token) => void this.tokens.push(token),
      limited: (limit) => void this.limited.push(limit),
      question: () => (this.#questions += 1),
      ...options,
    };
    this.room = new PeopleRoom(this.#options);
  }

  /** A socket that has not said hello yet. */
  open({ hello: _, ...facts }: Visitor = {}, id = `s${(this.#count += 1)}`): PeopleClient {
    // SAFETY: ids are whatever the shell says.
    const client = new PeopleClient(id as SessionId);
    this.clients.set(client.id, client);
    this.all.push(client);
    const grant = { scopes: ["read", "presence"], limits: DEFAULT_LIMITS, user: null, ...facts };
    const whole = { id: client.id, joinedMs: this.nowMs, ...grant };
    this.#facts.set(client.id, whole);
    this.room.open(whole, this.nowMs);
    return client;
  }

  /** A socket that has; nothing is flushed. */
  join(visitor: Visitor = {}): PeopleClient {
    const client = this.open(visitor);
    this.say(client, { type: "hello", version: PRESENCE_VERSION, hello: visitor.hello ?? {} });
    return client;
  }

  /** One frame, as bytes. */
  say(client: PeopleClient, ...messages: readonly PresenceClientMessage[]): void {
    this.receive(client, encodePresenceClientFrame(messages));
  }

  receive(client: PeopleClient, frame: Uint8Array): void {
    const decoded = decodePresence(frame);
    if (decoded.ok) this.room.receive(client.id, decoded.value, this.nowMs);
    else this.room.end(client.id, decoded.error.tag, decoded.error.detail);
  }

  /** What it was asked. */
  answer(client: PeopleClient): void {
    this.say(client, { type: "read", number: client.ask });
    client.ask = 0;
  }

  close(client: PeopleClient): void {
    this.clients.delete(client.id);
    this.room.close(client.id, false, this.nowMs);
  }

  flush(): void {
    if (this.room.hasPending) this.room.flush(this.nowMs);
    for (const client of this.clients.values()) if (client.ask > 0 && !client.isMute) this.answer(client);
    for (const { id, kept } of this.room.takeDirty()) this.#kept.set(id, structuredClone(kept));
  }

  /** Time goes by, deadline by deadline, as the shell's timer would have it. */
  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const dueMs = this.room.nextDeadlineMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.room.expireHeld(this.nowMs);
      this.flush();
      if ((this.room.nextDeadlineMs() ?? Infinity) <= dueMs) throw new Error("a deadline that does not pass");
    }
    this.nowMs = endMs;
    this.flush();
  }

  /** A fresh token; the shell keeps what it says with the socket. */
  regrant(client: PeopleClient, grant: SessionGrant): void {
    const facts = this.#facts.get(client.id);
    if (facts !== undefined) this.#facts.set(client.id, { ...facts, ...grant });
    this.room.regrant(client.id, grant, this.nowMs);
  }

  get isQuiet(): boolean {
    return !this.room.hasPending && this.room.nextDeadlineMs() === undefined;
  }

  /** Evicted and awake again; sockets that are gone for their clients may still be listed. */
  sleep(): void {
    this.flush();
    if (!this.isQuiet) throw new Error("it has something to do");
    this.room = new PeopleRoom(this.#options);
    for (const id of this.clients.keys()) {
      const [facts, kept] = [this.#facts.get(id), this.#kept.get(id)];
      if (facts !== undefined && kept !== undefined) this.room.restore(facts, kept, this.nowMs);
    }
  }

  /** The process dies and every socket with it. */
  crash(): void {
    this.clients.clear();
    this.room = new PeopleRoom(this.#options);
  }

  /** What a shell would restore it with. */
  facts({ id }: PeopleClient): readonly [PeopleFacts, KeptConnection] {
    const [facts, kept] = [this.#facts.get(id), this.#kept.get(id)];
    if (facts === undefined || kept === undefined) throw new Error(`nothing is kept of ${id}`);
    return [facts, kept];
  }

  kept(client: PeopleClient): KeptConnection | undefined {
    return this.#kept.get(client.id);
  }

  #deliver(id: SessionId, frame: Uint8Array): void {
    this.sends += 1;
    this.room.readers.noteSent(id, frame.length);
    this.clients.get(id)?.hear(frame);
  }

  #deliverAll(ids: Iterable<SessionId>, messages: readonly PresenceServerMessage[], own: OwnPresence): void {
    this.encodings += 1;
    const common = encodePresence(messages);
    for (const id of ids) this.#deliver(id, appendPresence(common, own.get(id) ?? []));
  }

  #closed(id: SessionId, reason: CloseReason, detail: string): void {
    const client = this.clients.get(id);
    this.clients.delete(id);
    if (client !== undefined) client.closed = { reason, detail };
  }
}

/** Everybody as the room itself sees them. */
export function rosterOf(room: PeopleRoom): ReadonlyMap<ActorId, Person> {
  return new Map(room.describe().map(({ actor, person }) => [actor, JSON.parse(JSON.stringify(person)) as Person]));
}
