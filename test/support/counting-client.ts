/**
 * A client that counts what is not saved as Hocuspocus' providers do, on a line that takes its time, in a room of tests.
 * @module
 */
import * as Y from "yjs";
import { DocumentState } from "../../src/core/document/document-state.ts";
import type { Dialect, RoomEvent, RoomMessage } from "../../src/core/events.ts";
import { hocuspocus } from "../../src/dialects/hocuspocus.ts";
import type { JoinOptions, TestRoom } from "./test-room.ts";

/** What providers differ in. `queues`: what is written while there is no socket is sent, uncounted, behind the first word on the next one. */
export type CountingKind = { readonly floorsAtZero: boolean; readonly queues: boolean };

export const OLDER: CountingKind = { floorsAtZero: false, queues: false };
export const NEWER: CountingKind = { floorsAtZero: true, queues: true };

const FROM_ROOM = "room";

export class CountingClient {
  readonly doc = new Y.Doc();
  readonly #room: TestRoom;
  readonly #name: string;
  readonly #kind: CountingKind;
  /** What the provider says is not saved. */
  unsynced = 0;
  sockets = 0;
  isOpen = false;
  /** On this socket. */
  hasAskedAnew = false;
  /** It may see and write this much; what its next socket is opened with. */
  grant: Omit<JoinOptions, "dialect" | "user"> = {};
  #hasHeard = false;
  #up: RoomEvent[] = [];
  #down: RoomMessage[] = [];
  #queue: RoomEvent[] = [];

  constructor(room: TestRoom, client: number, kind: CountingKind) {
    this.#room = room;
    this.#name = `c${client}`;
    this.#kind = kind;
    this.doc.clientID = client;
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === FROM_ROOM) return;
      this.unsynced += 1;
      this.#send({ type: "update", update });
    });
  }

  get session(): string {
    return `${this.#name}.${this.sockets}`;
  }

  get text(): Y.Text {
    return this.doc.getText("t");
  }

  /** All that it has is in rows. */
  get isSaved(): boolean {
    return new DocumentState(this.#room.storage).isKnown(Y.encodeStateAsUpdate(this.doc));
  }

  get isQuiet(): boolean {
    this.#collect();
    return this.isOpen && this.#up.length + this.#down.length === 0 && !this.#room.closed.has(this.session);
  }

  connect(dialect: Dialect = hocuspocus): void {
    this.sockets += 1;
    this.isOpen = true;
    this.#hasHeard = false;
    this.#room.open(this.session, { ...this.grant, dialect, user: this.#name });
    this.startSync();
    this.hasAskedAnew = false;
  }

  /** Also what `forceSync` does. */
  startSync(): void {
    this.unsynced = 1;
    this.hasAskedAnew = true;
    this.#send({ type: "sync-step-1", stateVector: Y.encodeStateVector(this.doc) });
  }

  lose(): void {
    this.#room.drop(this.session);
    this.#close();
  }

  /** One message reaches the room. */
  sendOne(): void {
    const [event, ...rest] = this.#up;
    this.#up = rest;
    if (event !== undefined) this.#room.receive(this.session, event);
  }

  /** One message reaches the client; behind the last one, the end of its socket. */
  hearOne(): void {
    this.#collect();
    const [message, ...rest] = this.#down;
    this.#down = rest;
    if (message !== undefined) return this.#hear(message);
    if (this.isOpen && this.#room.closed.has(this.session)) this.#close();
  }

  #hear(message: RoomMessage): void {
    if (!this.#hasHeard) this.#up.push(...this.#queue.splice(0));
    this.#hasHeard = true;
    if (message.type === "sync-step-1") {
      this.#up.push({ type: "sync-step-2", update: Y.encodeStateAsUpdate(this.doc, message.stateVector) });
    } else if (message.type === "sync-step-2" || message.type === "update") {
      Y.applyUpdate(this.doc, message.update, FROM_ROOM);
    } else if (message.type === "acks") {
      this.unsynced -= message.count;
      if (this.#kind.floorsAtZero) this.unsynced = Math.max(0, this.unsynced);
    }
  }

  #send(event: RoomEvent): void {
    if (this.isOpen) this.#up.push(event);
    else if (this.#kind.queues) this.#queue.push(event);
  }

  #collect(): void {
    if (!this.isOpen) return;
    for (const message of this.#room.heard(this.session)) {
      // Each is a frame of its own.
      if (message.type !== "acks") this.#down.push(message);
      else for (let each = 0; each < message.count; each += 1) this.#down.push({ type: "acks", count: 1 });
    }
  }

  #close(): void {
    this.isOpen = false;
    this.#up = [];
    this.#down = [];
  }
}

/** Until nothing is under way and everybody has a socket. */
export function drain(room: TestRoom, ...clients: readonly CountingClient[]): void {
  for (let turn = 0; turn < 500; turn += 1) {
    for (const client of clients) {
      client.sendOne();
      client.hearOne();
      if (!client.isOpen) client.connect();
    }
    room.flush();
    if (clients.every(({ isQuiet }) => isQuiet)) return;
  }
  throw new Error("it does not come to rest");
}
