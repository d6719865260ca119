/**
 * Clients of both families as far as documents go: a real `Y.Doc` behind the real bytes of its family's frames.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";
import type { Dialect } from "../../src/core/events.ts";
import { roost } from "../../src/dialects/roost.ts";
import { yWebsocket } from "../../src/dialects/y-websocket.ts";
import { decodeServerFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import type { ClientMessage, ServerMessage } from "../../src/protocol/messages.ts";

const SYNC = 0;

/** What the outside of a client has to know. */
export type ClientPorts = {
  /** Puts a frame into the socket; only called while one is open. */
  readonly send: (frame: Uint8Array) => void;
  /** This came from the server: somebody saw it. */
  readonly saw: (update: Uint8Array) => void;
  /** The server says that this is durable. */
  readonly acked: (update: Uint8Array) => void;
  /** The server will not take it. */
  readonly refused: (reason: string) => void;
};

export abstract class SyncClient {
  abstract readonly dialect: Dialect;
  readonly doc = new Y.Doc();
  protected readonly ports: ClientPorts;
  protected isOpen = false;

  constructor(client: number, ports: ClientPorts) {
    this.doc.clientID = client;
    this.ports = ports;
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== this && this.isOpen) this.made(update);
    });
  }

  open(): void {
    this.isOpen = true;
    this.greet();
  }

  closed(): void {
    this.isOpen = false;
  }

  abstract receive(frame: Uint8Array): void;
  protected abstract greet(): void;
  protected abstract made(update: Uint8Array): void;
}

/** As y-websocket's provider does it, with y-protocols. */
export class StockClient extends SyncClient {
  override readonly dialect = yWebsocket;

  override receive(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    if (decoding.readVarUint(decoder) !== SYNC) return;
    this.#note(frame);
    const reply = encoding.createEncoder();
    encoding.writeVarUint(reply, SYNC);
    sync.readSyncMessage(decoder, reply, this.doc, this, (error) => {
      throw error;
    });
    if (encoding.length(reply) > 1) this.ports.send(encoding.toUint8Array(reply));
  }

  protected override greet(): void {
    this.#send((encoder) => sync.writeSyncStep1(encoder, this.doc));
  }

  protected override made(update: Uint8Array): void {
    this.#send((encoder) => sync.writeUpdate(encoder, update));
  }

  #note(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame.subarray(1));
    if (decoding.readVarUint(decoder) !== sync.messageYjsSyncStep1) this.ports.saw(decoding.readVarUint8Array(decoder));
  }

  #send(write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC);
    write(encoder);
    this.ports.send(encoding.toUint8Array(encoder));
  }
}

/**
 * A client of `roost.v1`. An eager one sends what is made before it has answered the server's step 1, and while it may not write,
 * which the real one does not: a way to make gaps.
 */
export class RoostClient extends SyncClient {
  override readonly dialect = roost;
  readonly #isEager: boolean;
  #isAnswered = false;
  /** Updates of this socket by number, from 1 on. */
  #numbered: Uint8Array[] = [];
  #acked = 0;
  readonly #refused = new Set<number>();

  constructor(client: number, ports: ClientPorts, isEager: boolean) {
    super(client, ports);
    this.#isEager = isEager;
  }

  override receive(frame: Uint8Array): void {
    const decoded = decodeServerFrame(frame);
    if (!decoded.ok) throw new Error(decoded.error.reason);
    for (const message of decoded.value) this.#receive(message);
  }

  protected override greet(): void {
    this.#isAnswered = this.#isEager;
    this.#numbered = [];
    this.#refused.clear();
    this.#acked = 0;
    this.#send([
      { type: "hello", version: 1 },
      { type: "sync-step-1", stateVector: Y.encodeStateVector(this.doc) },
    ]);
  }

  protected override made(update: Uint8Array): void {
    if (this.#isAnswered) this.#send([{ type: "update", number: this.#numbered.push(update), update }]);
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case "sync-step-1": {
        this.#isAnswered = true;
        const update = Y.encodeStateAsUpdate(this.doc, message.stateVector);
        return this.#send([{ type: "sync-step-2", number: this.#numbered.push(update), update }]);
      }
      case "update":
      case "sync-step-2":
        this.ports.saw(message.update);
        return Y.applyUpdate(this.doc, message.update, this);
      case "ack":
        if (message.number > this.#numbered.length)
          throw new Error(`an ack of ${message.number}, which was never sent`);
        while (this.#acked < message.number) {
          const update = this.#numbered[this.#acked++];
          if (update !== undefined && !this.#refused.has(this.#acked)) this.ports.acked(update);
        }
        return;
      case "refused":
        this.#refused.add(message.number);
        return this.ports.refused(message.reason);
      case "rights":
        if (!message.rights.scopes.includes("write")) this.#isAnswered = this.#isEager;
        return;
      default:
        return;
    }
  }

  #send(messages: readonly ClientMessage[]): void {
    this.ports.send(encodeClientFrame(messages));
  }
}

/** Something in it waits for what has not come. */
export function isWaiting(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
}
