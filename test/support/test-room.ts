/**
 * A room engine over storage in memory, with sessions that write down what they hear.
 * @module
 */
import type { Dialect, RoomEvent, RoomMessage, SessionId } from "../../src/core/events.ts";
import type { OwnMessages, Peers } from "../../src/core/ports.ts";
import type { OwnedAwareness } from "../../src/core/presence/presence-table.ts";
import { Room } from "../../src/core/room.ts";
import type { SessionFacts, SessionProgress } from "../../src/core/session.ts";
import { roost } from "../../src/dialects/roost.ts";
import { yWebsocket } from "../../src/dialects/y-websocket.ts";
import type { CloseReason } from "../../src/protocol/close-codes.ts";
import { MAX_DOCUMENT_BYTES } from "../../src/protocol/limits.ts";
import { withFullDisk } from "./full-disk.ts";
import { MemoryStorage } from "./memory-storage.ts";

export const BLIP_HOLD_MS = 3_000;
/** A document without edits, as a state vector. */
export const NOTHING_KNOWN = Uint8Array.of(0);

export type JoinOptions = {
  readonly dialect?: Dialect;
  readonly user?: string;
  readonly scopes?: readonly string[];
};

type Closed = { readonly reason: CloseReason; readonly detail: string };
/** What a socket's attachment keeps. */
type Kept = {
  readonly facts: SessionFacts;
  readonly progress: SessionProgress;
  readonly awareness: OwnedAwareness | null;
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
  readonly #maxDocumentBytes: number;

  constructor(storage = new MemoryStorage(), maxDocumentBytes = MAX_DOCUMENT_BYTES) {
    this.storage = storage;
    this.#maxDocumentBytes = maxDocumentBytes;
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
  open(name: string, { dialect = roost, user = name, scopes = ["read", "write", "presence"] }: JoinOptions = {}): void {
    const facts = { id: idOf(name), user, scopes, traits: dialect.traits, joinedMs: this.nowMs };
    this.#heard.set(name, []);
    this.room.open(facts, this.nowMs);
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
    for (const { id, facts, hasSaidHello, isSynced } of dirty) {
      const awareness = this.room.presence.ownedBy(id) ?? null;
      this.#attachments.set(id, { facts, progress: { hasSaidHello, isSynced }, awareness });
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

  /** The object is evicted, its sockets stay; the next event wakes it. */
  sleep(): void {
    this.keep();
    this.storage = this.storage.crash();
    this.room = this.#create();
    for (const { facts, progress, awareness } of this.#attachments.values()) {
      this.room.restore(facts, progress, awareness, this.nowMs);
    }
  }

  #create(): Room {
    return new Room({
      storage: withFullDisk(this.storage, () => this.isDiskFull),
      peers: this,
      maxDocumentBytes: this.#maxDocumentBytes,
      blipHoldMs: BLIP_HOLD_MS,
      renewToken: () => undefined,
      wroteRow: () => {
        this.steps.push("row");
        if (this.failsAfter === "row") throw new Error("injected: wroteRow");
      },
    });
  }
}
