/**
 * A real WebSocket server that speaks `roost.v1` to the client's tests, and misbehaves on demand. The room's own rules are tested
 * elsewhere; here the point is what the client does.
 * @module
 */
import { once } from "node:events";
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import * as Y from "yjs";
import { decodeClientFrame } from "../../src/protocol/frames.ts";
import { PING, PONG, SUBPROTOCOL } from "../../src/protocol/limits.ts";
import type { ClientMessage, Profile, ServerMessage } from "../../src/protocol/messages.ts";
import { type ClientMessageOf, TestPeer } from "./client-test-peer.ts";

/** What the server does by itself; everything can be switched off while it runs. */
export type Behaviour = {
  /** Answers hello, step 1 and updates like a room. Off: the test writes every message. */
  isRoom: boolean;
  acks: boolean;
  pongs: boolean;
  /** Off: updates are refused, as by a document that is full. */
  mayWrite: boolean;
  /** What the welcome says. */
  scopes: readonly string[];
  profile: Profile | undefined;
  relaysUpdates: boolean;
  /** Refuses handshakes, and says why to a plain request: HTTP status, problem type, and detail if there is one. */
  refusal: readonly [number, string, (string | undefined)?] | undefined;
  /** JSON that a plain request is answered with all the same, as the summary of a document. */
  summary: object | undefined;
};

export const WRITER: readonly string[] = ["read", "write", "presence"];
export const READER: readonly string[] = ["read", "presence"];

export class ClientTestServer {
  readonly doc = new Y.Doc();
  readonly peers: TestPeer[] = [];
  readonly behaviour: Behaviour = {
    isRoom: true,
    acks: true,
    pongs: true,
    mayWrite: true,
    scopes: WRITER,
    profile: undefined,
    relaysUpdates: true,
    refusal: undefined,
    summary: undefined,
  };
  /** `authorization` of each plain request, or "" for none. */
  readonly asked: string[] = [];
  /** Called for each new socket, before anything it sends is read. */
  onConnect: (peer: TestPeer) => void = () => undefined;
  /** Sees a frame first; true keeps the room from handling it. */
  onFrame: (peer: TestPeer, messages: readonly ClientMessage[]) => boolean = () => false;
  readonly #http: Server;
  readonly #server: WebSocketServer;
  readonly #awareness = new Map<TestPeer, Uint8Array>();
  readonly #waiting = new Set<() => void>();
  #seq = 0;

  private constructor(http: Server) {
    this.#http = http;
    this.#server = new WebSocketServer({
      server: http,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      verifyClient: (_info: unknown, answer: (isAccepted: boolean, status?: number) => void) => {
        const [status] = this.behaviour.refusal ?? [];
        if (status === undefined) answer(true);
        else answer(false, status);
      },
    });
    this.#server.on("connection", (socket, request) => this.#connected(socket, request));
    http.on("request", (request, response) => {
      this.asked.push(request.headers.authorization ?? "");
      const { summary } = this.behaviour;
      if (summary !== undefined) {
        response.writeHead(200, { "content-type": "application/json", connection: "close" });
        response.end(JSON.stringify(summary));
        return this.#wake();
      }
      const [status = 426, type = "urn:roost:problem:upgrade-required", detail] = this.behaviour.refusal ?? [];
      response.writeHead(status, { "content-type": "application/problem+json", connection: "close" });
      response.end(JSON.stringify({ type, title: "As told", status, detail }));
      this.#wake();
    });
  }

  /** On a random port of 127.0.0.1, or on `port` to come back where it was. */
  static async start(port = 0): Promise<ClientTestServer> {
    const http = createServer();
    const started = new ClientTestServer(http);
    http.listen(port, "127.0.0.1");
    await once(http, "listening");
    return started;
  }

  get port(): number {
    // SAFETY: listening on TCP, so an address with a port.
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get livePeers(): readonly TestPeer[] {
    return this.peers.filter(({ isOpen }) => isOpen);
  }

  /** The `number`th socket ever accepted, counted from 1. */
  async peer(number = 1): Promise<TestPeer> {
    await this.until(() => this.peers.length >= number);
    const peer = this.peers[number - 1];
    if (peer === undefined) throw new Error("unreachable: counted above");
    return peer;
  }

  /** Resolves when a socket came, spoke or went, and `isTrue` then holds. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!isTrue()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Answers step 1 of `peer` as a room does, for tests that handle frames themselves. */
  welcome(peer: TestPeer): void {
    const { scopes, profile } = this.behaviour;
    const shown = profile === undefined ? {} : { profile };
    const welcome = { version: 1, session: "s", user: "u", scopes, epoch: 1, ...shown };
    peer.send({ type: "welcome", welcome }, this.question());
  }

  /** Step 1. */
  question(): ServerMessage {
    return { type: "sync-step-1", stateVector: Y.encodeStateVector(this.doc) };
  }

  #connected(socket: WebSocket, request: IncomingMessage): void {
    const peer = new TestPeer(socket, request);
    this.peers.push(peer);
    socket.on("message", (data, isBinary) => {
      // SAFETY: ws gives a Buffer unless told otherwise.
      const bytes = data as Buffer;
      if (isBinary) this.#received(peer, new Uint8Array(bytes));
      else if (bytes.toString() === PING) this.#pinged(peer);
      this.#changed(peer);
    });
    socket.on("close", (code) => {
      peer.closeCode = code;
      this.#left(peer);
      this.#changed(peer);
    });
    socket.on("error", () => undefined);
    this.onConnect(peer);
    this.#changed(peer);
  }

  #pinged(peer: TestPeer): void {
    peer.pings += 1;
    if (this.behaviour.pongs && peer.isOpen) peer.sendRaw(PONG);
  }

  #received(peer: TestPeer, frame: Uint8Array): void {
    const decoded = decodeClientFrame(frame);
    if (!decoded.ok) throw new Error(`the client sent a bad frame: ${decoded.error.reason}`);
    peer.frames.push(decoded.value);
    if (this.onFrame(peer, decoded.value) || !this.behaviour.isRoom) return;
    for (const message of decoded.value) this.#handle(peer, message);
  }

  #handle(peer: TestPeer, message: ClientMessage): void {
    switch (message.type) {
      case "hello":
        return this.welcome(peer);
      case "sync-step-1": {
        const update = Y.encodeStateAsUpdate(this.doc, message.stateVector);
        peer.send({ type: "sync-step-2", seq: this.#seq, update });
        for (const [owner, state] of this.#awareness) {
          if (owner !== peer) peer.send({ type: "awareness", update: state });
        }
        return;
      }
      case "sync-step-2":
      case "update":
        return this.#applied(peer, message);
      case "awareness":
        this.#awareness.set(peer, message.update);
        for (const other of this.livePeers) if (other !== peer) other.send(message);
        return;
      case "bye":
      case "received":
      case "token":
        return;
    }
  }

  #applied(peer: TestPeer, { number, update }: ClientMessageOf<"update"> | ClientMessageOf<"sync-step-2">): void {
    if (!this.behaviour.mayWrite) {
      const hasNews = Y.decodeUpdate(update).structs.length > 0;
      peer.send(hasNews ? { type: "refused", number, reason: "read only" } : { type: "ack", number });
      return;
    }
    let isNew = false;
    this.doc.once("update", () => {
      isNew = true;
    });
    Y.applyUpdate(this.doc, update, peer);
    this.#seq += 1;
    if (isNew && this.behaviour.relaysUpdates) {
      for (const other of this.livePeers) if (other !== peer) other.send({ type: "update", seq: this.#seq, update });
    }
    if (this.behaviour.acks) peer.send({ type: "ack", number });
  }

  #left(peer: TestPeer): void {
    this.#awareness.delete(peer);
  }

  #changed(peer: TestPeer): void {
    peer.changed();
    this.#wake();
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }
}
