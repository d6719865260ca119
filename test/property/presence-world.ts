/**
 * A room and people who show themselves in it, in one simulated world. Time is vitest's fake time.
 * @module
 */
import { vi } from "vitest";
import type { RoomMessage, SessionId } from "../../src/core/events.ts";
import type { OwnMessages, Peers } from "../../src/core/ports.ts";
import type { OwnedAwareness } from "../../src/core/presence/presence-table.ts";
import { Room } from "../../src/core/room.ts";
import type { SessionFacts, SessionProgress } from "../../src/core/session.ts";
import type { CloseReason } from "../../src/protocol/close-codes.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { binaryFrames } from "../support/binary-frames.ts";
import type { Random } from "../support/random.ts";
import type { PresenceClient } from "./presence-client.ts";

type Socket = {
  readonly id: SessionId;
  readonly client: PresenceClient;
  readonly facts: SessionFacts;
  readonly toServer: Uint8Array[];
  readonly toClient: Uint8Array[];
  kept: { readonly progress: SessionProgress; readonly awareness: OwnedAwareness | null } | undefined;
  isDropped: boolean;
};

export const BLIP_HOLD_MS = 3_000;
/** An object with nothing to do is evicted after this long, a process at any time. */
const SLEEP_AFTER_MS = 10_000;

export class PresenceWorld implements Peers {
  room: Room;
  readonly #random: Random;
  readonly #sockets = new Map<SessionId, Socket>();
  readonly #socketOf = new Map<PresenceClient, Socket>();
  #socketCount = 0;
  #busyMs = 0;

  constructor(random: Random) {
    this.#random = random;
    this.room = this.#createRoom();
  }

  get nowMs(): number {
    return Date.now();
  }

  get connected(): readonly PresenceClient[] {
    return [...this.#socketOf.keys()];
  }

  send(session: SessionId, messages: readonly RoomMessage[]): void {
    this.sendToAll([session], messages, new Map());
  }

  sendToAll(sessions: Iterable<SessionId>, messages: readonly RoomMessage[], own: OwnMessages): void {
    for (const session of sessions) {
      const socket = this.#sockets.get(session);
      socket?.toClient.push(...binaryFrames(socket.client.dialect, messages, own.get(session)));
    }
  }

  close(session: SessionId, reason: CloseReason, detail: string): void {
    if (reason !== "normal") throw new Error(`closed as ${reason}: ${detail}`);
    this.#sockets.delete(session);
  }

  /** A frame of a client on its way to the server. */
  sent(client: PresenceClient, frame: Uint8Array): void {
    this.#socketOf.get(client)?.toServer.push(frame);
  }

  connect(client: PresenceClient): void {
    this.#socketCount += 1;
    // SAFETY: ids are whatever the shell says.
    const id = `s${this.#socketCount}` as SessionId;
    const { dialect, user, profile } = client;
    const grant = { scopes: ["read", "presence"], limits: DEFAULT_LIMITS, ...(profile !== undefined && { profile }) };
    const facts = { id, user, traits: dialect.traits, joinedMs: this.nowMs, ...grant };
    const socket = { id, client, facts, toServer: [], toClient: [], kept: undefined, isDropped: false };
    this.#sockets.set(id, socket);
    this.#socketOf.set(client, socket);
    this.room.open(facts, this.nowMs);
    this.#busyMs = this.nowMs;
    client.open();
  }

  /** The socket is gone for its client; the server learns it with {@link closeLate}, or now. */
  disconnect(client: PresenceClient, isGoodbye: boolean): void {
    const socket = this.#socketOf.get(client);
    if (socket === undefined) return;
    if (isGoodbye) client.sayGoodbye();
    this.#socketOf.delete(client);
    client.closed();
    socket.isDropped = true;
    if (isGoodbye) while (this.#up(socket));
    else socket.toServer.splice(this.#random.below(socket.toServer.length + 1));
    if (isGoodbye || this.#random.below(3) > 0) this.#closeAtServer(socket);
  }

  deliverOne(): boolean {
    const busy = [...this.#sockets.values()].filter(
      ({ toServer, toClient, isDropped }) => toServer.length > 0 || (toClient.length > 0 && !isDropped),
    );
    if (busy.length === 0) return false;
    const socket = this.#random.pick(busy);
    if (socket.isDropped || this.#random.below(2) === 0) this.#up(socket);
    else this.#down(socket);
    return true;
  }

  /** The server learns of the sockets that are gone, or of one of them. */
  closeLate(isAll: boolean): void {
    const dropped = [...this.#sockets.values()].filter(({ isDropped }) => isDropped);
    for (const socket of isAll ? dropped : dropped.slice(0, 1)) this.#closeAtServer(socket);
  }

  flush(): void {
    this.room.expireHeld(this.nowMs);
    if (!this.room.pending.isEmpty) this.#busyMs = this.nowMs;
    this.room.flush(this.nowMs);
    for (const session of this.room.takeDirty()) {
      const socket = this.#sockets.get(session.id);
      const awareness = this.room.presence.keptOf(session.id) ?? null;
      const { lastSeenMs: _, ...progress } = session.progress();
      if (socket !== undefined) socket.kept = { progress, awareness };
    }
  }

  /** Time goes by; the object may fall asleep in it. */
  wait(ms: number): void {
    vi.advanceTimersByTime(ms);
    for (const client of this.connected) {
      if (!client.tick()) continue;
      this.disconnect(client, false);
      this.connect(client);
    }
    this.flush();
    if (this.nowMs - this.#busyMs >= SLEEP_AFTER_MS) this.sleep();
  }

  /** Evicted and awake again, unless it has something to do. */
  sleep(): void {
    this.flush();
    // What is on its way arrives within the time that it takes to fall asleep.
    for (const { toServer, toClient } of this.#sockets.values()) if (toServer.length + toClient.length > 0) return;
    if (!this.room.pending.isEmpty || this.room.nextDeadlineMs(0) !== undefined) return;
    this.room = this.#createRoom();
    for (const { facts, kept } of this.#sockets.values()) {
      if (kept !== undefined) this.room.restore(facts, kept.progress, kept.awareness, this.nowMs);
    }
  }

  /** The process dies and every socket with it. */
  crash(): void {
    for (const client of this.connected) {
      this.#socketOf.delete(client);
      client.closed();
    }
    this.#sockets.clear();
    this.room = this.#createRoom();
  }

  #up(socket: Socket): boolean {
    const frame = socket.toServer.shift();
    if (frame === undefined) return false;
    const events = socket.client.dialect.decode(frame);
    if (!events.ok) throw new Error(events.error.reason);
    this.#busyMs = this.nowMs;
    this.room.receive(socket.id, events.value, this.nowMs);
    return true;
  }

  #down(socket: Socket): void {
    const frame = socket.toClient.shift();
    if (frame !== undefined) socket.client.receive(frame);
  }

  #closeAtServer(socket: Socket): void {
    this.#sockets.delete(socket.id);
    this.room.close(socket.id, false, this.nowMs);
  }

  #createRoom(): Room {
    return new Room({
      storage: new MemoryStorage(),
      peers: this,
      blipHoldMs: BLIP_HOLD_MS,
      renewToken: () => undefined,
      limited: () => undefined,
      wroteRow: () => undefined,
    });
  }
}
