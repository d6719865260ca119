/**
 * A room engine over storage in memory, with sessions that write down what they hear.
 * @module
 */
import type { Dialect, RoomEvent, RoomMessage, SessionId } from "../../src/core/events.ts";
import type { OwnMessages, Peers } from "../../src/core/ports.ts";
import type { KeptAwareness } from "../../src/core/presence/presence-table.ts";
import { Room } from "../../src/core/room.ts";
import type { SessionFacts, SessionProgress } from "../../src/core/session.ts";
import { roost } from "../../src/dialects/roost.ts";
import { yWebsocket } from "../../src/dialects/y-websocket.ts";
import type { CloseReason } from "../../src/protocol/close-codes.ts";
import type { Profile } from "../../src/protocol/messages.ts";
import type { LockMode } from "../../src/core/ports.ts";
import type { SessionGrant } from "../../src/core/session-rights.ts";
import { DEFAULT_LIMITS, type LimitName, type Limits } from "../../src/protocol/room-limits.ts";
import { withFullDisk } from "./full-disk.ts";
import { MemoryStorage } from "./memory-storage.ts";

export const BLIP_HOLD_MS = 3_000;
/** A document without edits, as a state vector. */
export const NOTHING_KNOWN = Uint8Array.of(0);

export type JoinOptions = {
  readonly dialect?: Dialect;
  readonly user?: string;
  readonly scopes?: readonly string[];
  readonly profile?: Profile;
  readonly expiresMs?: number;
  readonly closesMs?: number;
  readonly limits?: Partial<Limits>;
};

const SCOPES: readonly string[] = ["read", "write", "presence"];

type Closed = { readonly reason: CloseReason; readonly detail: string };
/** What a socket's attachment keeps. */
type Kept = {
  readonly facts: SessionFacts;
  readonly progress: SessionProgress;
  readonly awareness: KeptAwareness | null;
};

export { roost, yWebsocket };

export function idOf(name: string): SessionId {
  // SAFETY: tests name sessions as they like.
  return name as SessionId;
}

export class TestRoom implements Peers {
  storage: MemoryStorage;
  room: Room;
  nowMs = 1_000_000;
  /** No row can be written. */
  isDiskFull = false;
  /** Fails what comes after a row: "row" in the shell that is told of it, "send" with the first frame. */
  failsAfter: "row" | "send" | undefined;
  readonly closed = new Map<string, Closed>();
  /** Calls of `send` and `sendToAll`, in order; a row counts as one. */
  readonly steps: string[] = [];
  frames = 0;
  readonly #heard = new Map<string, RoomMessage[]>();
  readonly #attachments = new Map<string, Kept>();
  /** Tokens that sessions sent. */
  readonly tokens: string[] = [];
  /** What the limits refused, in order. */
  readonly limited: LimitName[] = [];
  readonly #limits: Limits;

  constructor(storage = new MemoryStorage(), limits: Partial<Limits> = {}) {
    this.storage = storage;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.room = this.#create();
  }

  send(session: SessionId, messages: readonly RoomMessage[]): void {
    if (this.failsAfter === "send") throw new Error("injected: send");
    this.frames += 1;
    this.steps.push(...messages.map(({ type }) => `${type} to ${session}`));
    this.#heard.set(session, [...(this.#heard.get(session) ?? []), ...messages]);
  }

  sendToAll(sessions: Iterable<SessionId>, messages: readonly RoomMessage[], own: OwnMessages): void {
    for (const session of sessions) this.send(session, [...messages, ...(own.get(session) ?? [])]);
  }

  close(session: SessionId, reason: CloseReason, detail: string): void {
    this.closed.set(session, { reason, detail });
    this.#attachments.delete(session);
  }

  /** Opens a socket without a word from it. */
  open(name: string, { dialect = roost, user = name, ...grant }: JoinOptions = {}): void {
    const identity = { id: idOf(name), user, traits: dialect.traits, joinedMs: this.nowMs };
    this.#heard.set(name, []);
    this.room.open({ ...identity, ...this.#grant(grant) }, this.nowMs);
  }

  /** As if a fresh token had been verified. */
  regrant(name: string, grant: Omit<JoinOptions, "dialect" | "user"> = {}): void {
    this.room.rights.regrant(idOf(name), this.#grant(grant), this.nowMs);
  }

  lock(mode: LockMode): void {
    this.room.rights.setLock(mode, this.nowMs);
  }

  /** Opens a socket and syncs it; what it hears meanwhile is forgotten. */
  join(name: string, options: JoinOptions = {}): void {
    this.open(name, options);
    if ((options.dialect ?? roost).traits.saysHello) this.receive(name, { type: "hello" });
    this.receive(name, { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    this.receive(name, { type: "sync-step-2", update: Uint8Array.of(0, 0), number: 1 });
    this.flush();
    this.heard(name);
  }

  receive(name: string, ...events: readonly RoomEvent[]): void {
    this.room.receive(idOf(name), events, this.nowMs);
  }

  flush(): number {
    const flushed = this.room.flush(this.nowMs);
    this.keep();
    return flushed.ok ? flushed.value : -1;
  }

  /** Writes attachments as the shell does after a flush. */
  keep(): readonly string[] {
    const dirty = this.room.takeDirty();
    for (const session of dirty) {
      const { id, facts, rights } = session;
      const awareness = this.room.presence.keptOf(id) ?? null;
      const { lastSeenMs: _, ...progress } = session.progress();
      this.#attachments.set(id, { facts: { ...facts, ...rights.grant }, progress, awareness });
    }
    return dirty.map(({ id }) => id);
  }

  /** A socket closes without a goodbye. */
  drop(name: string): void {
    this.#attachments.delete(name);
    this.room.close(idOf(name), false, this.nowMs);
  }

  /** What a session heard since the last call. */
  heard(name: string): readonly RoomMessage[] {
    const heard = this.#heard.get(name) ?? [];
    this.#heard.set(name, []);
    return heard;
  }

  /** The types of what a session heard since the last call. */
  heardTypes(name: string): readonly string[] {
    return this.heard(name).map(({ type }) => type);
  }

  advance(ms: number): void {
    this.nowMs += ms;
    this.room.expireHeld(this.nowMs);
  }

  /** Time goes by, and the alarm fires when rights change, at its time. */
  advanceRights(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.room.rights.dueMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.room.rights.dueMs);
      this.room.rights.expire(this.nowMs);
    }
    this.nowMs = untilMs;
  }

  /** The object is evicted, its sockets stay; the next event wakes it. */
  sleep(): void {
    this.keep();
    this.storage = this.storage.crash();
    this.room = this.#create();
    for (const { facts, progress, awareness } of this.#attachments.values()) {
      this.room.restore(facts, progress, awareness, this.nowMs);
    }
  }

  #grant({
    scopes = SCOPES,
    profile,
    expiresMs,
    closesMs,
    limits,
  }: Omit<JoinOptions, "dialect" | "user">): SessionGrant {
    return {
      ...{ scopes, limits: { ...this.#limits, ...limits } },
      ...(profile !== undefined && { profile }),
      ...(expiresMs !== undefined && { expiresMs }),
      ...(closesMs !== undefined && { closesMs }),
    };
  }

  #create(): Room {
    return new Room({
      storage: withFullDisk(this.storage, () => this.isDiskFull),
      peers: this,
      blipHoldMs: BLIP_HOLD_MS,
      renewToken: (_, token) => void this.tokens.push(token),
      limited: (limit) => void this.limited.push(limit),
      wroteRow: () => {
        this.steps.push("row");
        if (this.failsAfter === "row") throw new Error("injected: wroteRow");
      },
    });
  }
}
