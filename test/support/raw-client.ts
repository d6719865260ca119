/**
 * A bare socket that speaks `roost.v1` by hand, for tests that look at frames.
 * @module
 */
import { once } from "node:events";
import WebSocket from "ws";
import * as Y from "yjs";
import { encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { decodeServerFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import { PING, PROTOCOL_VERSION, SUBPROTOCOL } from "../../src/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../src/protocol/messages.ts";
import type { TestServer } from "./server.ts";

export type Closed = { readonly code: number; readonly reason: string };

/** A name on an open server, or what lets one into a closed server. */
export type Who = string | { readonly token: string };

const WAIT_MS = 20_000;
const EMPTY_STATE_VECTOR = Uint8Array.of(0);

export class RawClient {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly closed: Promise<Closed>;
  #number = 0;
  #waiting: (() => void)[] = [];

  constructor(server: Pick<TestServer, "wsUrl">, id: string, who: Who = "raw") {
    const address = `${server.wsUrl}/v1/documents/${encodeURIComponent(id)}/connect`;
    this.socket =
      typeof who === "string"
        ? new WebSocket(`${address}?user=${who}`, SUBPROTOCOL)
        : new WebSocket(address, [SUBPROTOCOL, `roost.token.${who.token}`]);
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) return;
      const decoded = decodeServerFrame(new Uint8Array(data));
      if (!decoded.ok) throw new Error(`the server sent a bad frame: ${decoded.error.reason}`);
      this.messages.push(...decoded.value);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code: number, reason: Buffer) => resolve({ code, reason: reason.toString() }));
    });
    // A refused upgrade is an error event; the close that follows tells what tests ask for.
    this.socket.on("error", () => {});
  }

  /** Opens, says hello and waits for the document. */
  static async join(server: Pick<TestServer, "wsUrl">, id: string, who?: Who): Promise<RawClient> {
    const client = new RawClient(server, id, who);
    await once(client.socket, "open");
    client.send({ type: "hello", version: PROTOCOL_VERSION }, { type: "sync-step-1", stateVector: EMPTY_STATE_VECTOR });
    await client.next((message) => message.type === "sync-step-2");
    return client;
  }

  send(...messages: readonly ClientMessage[]): void {
    this.socket.send(encodeClientFrame(messages));
  }

  /** Sends one update; resolves when it is acknowledged. */
  async update(update: Uint8Array): Promise<void> {
    const number = ++this.#number;
    this.send({ type: "update", number, update });
    await this.next((message) => message.type === "ack" && message.number >= number);
  }

  /** Shows a state under a client id of its own. */
  show(client: number, clock: number, state: Readonly<Record<string, unknown>> | null): void {
    const text = state === null ? null : JSON.stringify(state);
    this.send({ type: "awareness", update: encodeAwareness([{ client, clock, state: text }]) });
  }

  ping(): void {
    this.socket.send(PING);
  }

  /** The first message, had or to come, that passes. */
  async next(passes: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const found = this.messages.find(passes);
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0)
        throw new Error(`no such message in ${WAIT_MS} ms; had ${this.messages.map(({ type }) => type).join(", ")}`);
      await Promise.race([
        new Promise<void>((resolve) => this.#waiting.push(resolve)),
        new Promise((resolve) => setTimeout(resolve, leftMs)),
      ]);
    }
  }

  /** All content received so far. */
  document(): Y.Doc {
    const doc = new Y.Doc();
    for (const message of this.messages) {
      if (message.type === "update" || message.type === "sync-step-2") Y.applyUpdate(doc, message.update);
    }
    return doc;
  }

  async leave(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** The update that types `text` at the end of `doc`'s root text "text". */
export function typed(doc: Y.Doc, text: string): Uint8Array {
  const before = Y.encodeStateVector(doc);
  doc.getText("text").insert(doc.getText("text").length, text);
  return Y.encodeStateAsUpdate(doc, before);
}
