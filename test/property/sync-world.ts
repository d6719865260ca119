/**
 * A room, its storage and its clients in one simulated world, in which anything may happen between any two steps.
 * @module
 */
import * as Y from "yjs";
import type { RoomMessage, SessionId } from "../../src/core/events.ts";
import type { OwnMessages, Peers } from "../../src/core/ports.ts";
import { Room } from "../../src/core/room.ts";
import type { CloseReason } from "../../src/protocol/close-codes.ts";
import { withFullDisk } from "../support/full-disk.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { binaryFrames } from "../support/binary-frames.ts";
import type { Random } from "../support/random.ts";
import { type Write, startMaintenance } from "./maintenance.ts";
import { RoostClient, StockClient, type SyncClient, isWaiting } from "./sync-client.ts";
import { OPEN, type Socket, type WorldRules } from "./world-rules.ts";

export class SyncWorld implements Peers {
  storage = new MemoryStorage();
  room: Room;
  nowMs = 1_000_000;
  /** The next append throws. */
  isDiskFull = false;
  readonly clients: readonly SyncClient[];
  readonly #random: Random;
  readonly #rules: WorldRules;
  readonly #sockets = new Map<SessionId, Socket>();
  readonly #socketOf = new Map<SyncClient, Socket>();
  /** Every update that a client heard from the server or had acked. */
  readonly #seen: Uint8Array[] = [];
  /** What compaction or a tier merge read, to be written some steps later. */
  #maintenance: Write | undefined;
  #socketCount = 0;

  constructor(random: Random, rules = OPEN) {
    this.#random = random;
    this.#rules = rules;
    this.room = this.#createRoom();
    this.clients = Array.from({ length: 2 + random.below(4) }, (_, index) => this.#createClient(index));
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
    if (!this.#rules.harmless.has(reason)) throw new Error(`closed as ${reason}: ${detail}`);
    const socket = this.#sockets.get(session);
    if (socket !== undefined) this.#forget(socket);
  }

  isConnected(client: SyncClient): boolean {
    return this.#socketOf.has(client);
  }

  connect(client: SyncClient): void {
    this.#socketCount += 1;
    // SAFETY: ids are whatever the shell says.
    const id = `s${this.#socketCount}` as SessionId;
    const { traits } = client.dialect;
    const facts = { id, user: `user${client.doc.clientID}`, traits, joinedMs: this.nowMs, ...this.#rules.grant() };
    const socket = { id, client, facts, toServer: [], toClient: [], progress: undefined, isDropped: false };
    this.#sockets.set(id, socket);
    this.#socketOf.set(client, socket);
    this.room.open(facts, this.nowMs);
    client.open();
  }

  /** The wire drops. What the client has sent may still arrive; the server learns of the end later. */
  disconnect(client: SyncClient): void {
    const socket = this.#socketOf.get(client);
    if (socket === undefined) return;
    this.#socketOf.delete(client);
    client.closed();
    socket.isDropped = true;
    socket.toServer.splice(this.#random.below(socket.toServer.length + 1));
    if (this.#random.below(2) === 0) this.#closeAtServer(socket);
  }

  /** One frame of one socket arrives, in either direction. False when none is on its way. */
  deliverOne(): boolean {
    const busy = [...this.#sockets.values()].filter(
      (socket) => socket.toServer.length > 0 || (socket.toClient.length > 0 && !socket.isDropped),
    );
    if (busy.length === 0) return false;
    const socket = this.#random.pick(busy);
    const isUp = socket.toServer.length > 0 && (socket.isDropped || this.#random.below(2) === 0);
    const frame = isUp ? socket.toServer.shift() : socket.toClient.shift();
    if (frame === undefined) return true;
    if (isUp) this.#receive(socket, frame);
    else socket.client.receive(frame);
    return true;
  }

  /** The server learns that a dropped socket is gone. */
  closeOneLate(): void {
    const dropped = [...this.#sockets.values()].filter(({ isDropped }) => isDropped);
    if (dropped.length > 0) this.#closeAtServer(this.#random.pick(dropped));
  }

  flush(): void {
    this.room.flush(this.nowMs);
    for (const session of this.room.takeDirty()) {
      const socket = this.#sockets.get(session.id);
      const { lastSeenMs: _, ...progress } = session.progress();
      if (socket !== undefined)
        Object.assign(socket, { progress, facts: { ...session.facts, ...session.rights.grant } });
    }
  }

  wait(ms: number): void {
    this.nowMs += ms;
    this.room.expireHeld(this.nowMs);
  }

  /** The process dies: memory and sockets are gone. What had left it may still arrive. */
  crash(): void {
    this.storage = this.storage.crash();
    this.#maintenance = undefined;
    for (const socket of this.#sockets.values()) {
      if (socket.isDropped) continue;
      const arriving = socket.toClient.splice(0, this.#random.below(socket.toClient.length + 1));
      for (const frame of arriving) socket.client.receive(frame);
      this.#forget(socket);
    }
    this.#sockets.clear();
    this.room = this.#createRoom();
    this.checkSeenIsSaved();
  }

  /** A quiet room is evicted and wakes up; its sockets stay. False while it may not sleep. */
  sleep(): boolean {
    this.flush();
    if (!this.room.pending.isEmpty || this.room.nextDeadlineMs(0) !== undefined) return false;
    this.storage = this.storage.crash();
    this.#maintenance = undefined;
    this.room = this.#createRoom();
    for (const { facts, progress } of this.#sockets.values()) {
      if (progress !== undefined) this.room.restore(facts, progress, null, this.nowMs);
    }
    return true;
  }

  /** Compaction or a tier merge: it reads now and writes at some later step. */
  maintain(): void {
    const write = this.#maintenance;
    this.#maintenance = write === undefined ? startMaintenance(this.storage, this.#random) : undefined;
    const partsBytes = write?.();
    if (partsBytes !== undefined) this.room.document.rebased(partsBytes);
  }

  /** The document in storage, with nothing missing in it. */
  stored(): Y.Doc {
    const doc = new Y.Doc();
    const { parts, log } = this.storage;
    const rows = [...log.readSince(parts.info()?.seq ?? 0)].flatMap(({ updates }) => updates);
    // One transaction, as an answer is one frame: after each, Yjs deletes formats whose text is yet to come.
    doc.transact(() => {
      for (const update of [...parts.read(), ...rows.map((row) => row.update)]) {
        Y.applyUpdate(doc, update);
        if (isWaiting(doc)) throw new Error("a stored update waits for a later one");
      }
    });
    return doc;
  }

  /** P1: what anybody heard or had acked is in storage. */
  checkSeenIsSaved(): void {
    const doc = this.stored();
    let isLost = false;
    doc.on("update", () => {
      isLost = true;
    });
    doc.transact(() => {
      for (const update of this.#seen) Y.applyUpdate(doc, update);
    });
    if (isLost || isWaiting(doc)) throw new Error("something that was seen or acked is not in storage");
  }

  #createClient(index: number): SyncClient {
    const client: SyncClient[] = [];
    const ports = {
      send: (frame: Uint8Array): void => {
        for (const each of client) this.#socketOf.get(each)?.toServer.push(frame);
      },
      saw: (update: Uint8Array): void => void this.#seen.push(update),
      acked: (update: Uint8Array): void => {
        this.#seen.push(update);
        this.checkSeenIsSaved();
      },
      refused: (reason: string): void => this.#rules.refused(reason),
    };
    // Ids decide who wins a conflict, so they are not in the order of joining.
    const id = 1 + index + 100 * this.#random.below(100);
    const made =
      this.#random.below(2) === 0
        ? new StockClient(id, ports)
        : new RoostClient(id, ports, this.#random.below(3) === 0);
    client.push(made);
    return made;
  }

  #createRoom(): Room {
    return new Room({
      storage: withFullDisk(this.storage, () => this.isDiskFull),
      peers: this,
      blipHoldMs: 3_000,
      renewToken: () => undefined,
      limited: () => undefined,
      wroteRow: () => undefined,
    });
  }

  #receive(socket: Socket, frame: Uint8Array): void {
    const events = socket.client.dialect.decode(frame);
    if (!events.ok) throw new Error(events.error.reason);
    this.#rules.receive(socket.id, () => this.room.receive(socket.id, events.value, this.nowMs));
  }

  #closeAtServer(socket: Socket): void {
    this.#sockets.delete(socket.id);
    this.room.close(socket.id, false, this.nowMs);
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket.id);
    if (this.#socketOf.get(socket.client) !== socket) return;
    this.#socketOf.delete(socket.client);
    socket.client.closed();
  }
}
