/**
 * A real WebSocket server that speaks `roost.presence.v1` to the client's tests, and says what the test makes it say. What a room does
 * by itself is tested elsewhere; here the point is what the client does.
 * @module
 */
import { once } from "node:events";
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { PING, PONG } from "../../src/protocol/limits.ts";
import { decodePresenceClientFrame } from "../../src/protocol/presence-client-frames.ts";
import {
  type Pace,
  PRESENCE_SUBPROTOCOL,
  type Person,
  type PresenceClientMessage,
  type PresenceServerMessage,
  type PresenceWelcome,
} from "../../src/protocol/presence-messages.ts";
import { encodePresenceServerFrame } from "../../src/protocol/presence-server-frames.ts";

export type SaidBy<Type extends PresenceClientMessage["type"]> = Extract<
  PresenceClientMessage,
  { readonly type: Type }
>;

export const FULL_PACE: Pace = {
  mode: "full",
  hz: { state: 5, cursor: 20, typing: 20, event: 10, counts: 20 },
  dropped: 0,
};

export function pace(mode: Pace["mode"], hz: Partial<Pace["hz"]> = {}): PresenceServerMessage {
  return { type: "pace", pace: { mode, hz: { ...FULL_PACE.hz, ...hz }, dropped: 0 } };
}

export function person(actor: number, fields: Partial<Person> = {}): PresenceServerMessage {
  const nobody: Person = { user: {}, state: {}, status: "active", typing: "", cursor: null };
  return { type: "person", actor, person: { ...nobody, ...fields } };
}

/** One socket as the server sees it. */
export class PresencePeer {
  readonly url: string;
  readonly protocols: readonly string[];
  /** One entry per binary frame. */
  readonly frames: (readonly PresenceClientMessage[])[] = [];
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  readonly #server: PresenceTestServer;

  constructor(socket: WebSocket, request: IncomingMessage, server: PresenceTestServer) {
    this.#socket = socket;
    this.#server = server;
    this.url = request.url ?? "";
    this.protocols = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((entry) => entry.trim());
  }

  get messages(): readonly PresenceClientMessage[] {
    return this.frames.flat();
  }

  of<Type extends PresenceClientMessage["type"]>(type: Type): readonly SaidBy<Type>[] {
    return this.messages.filter((message): message is SaidBy<Type> => message.type === type);
  }

  /** The `count`th message of a type, now or when it comes. */
  async received<Type extends PresenceClientMessage["type"]>(type: Type, count = 1): Promise<SaidBy<Type>> {
    await this.#server.until(() => this.of(type).length >= count);
    const message = this.of(type)[count - 1];
    if (message === undefined) throw new Error("unreachable: counted above");
    return message;
  }

  async closed(): Promise<number> {
    await this.#server.until(() => this.closeCode !== undefined);
    return this.closeCode ?? 0;
  }

  /** Resolves after everything sent so far went through the client: its pong to our protocol-level ping. */
  async drained(): Promise<void> {
    this.#socket.ping();
    await once(this.#socket, "pong");
  }

  send(...messages: readonly PresenceServerMessage[]): void {
    this.#socket.send(encodePresenceServerFrame(messages));
  }

  sendRaw(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** The network is gone: no close frame. */
  kill(): void {
    this.#socket.terminate();
  }
}

export class PresenceTestServer {
  readonly peers: PresencePeer[] = [];
  /** What follows a hello. */
  greeting: PresenceServerMessage[] = [];
  welcome: Omit<PresenceWelcome, "version" | "session"> = { actor: 1, scopes: ["read", "presence"] };
  /** False: a hello is not answered. */
  mustGreet = true;
  pongs = true;
  /** Refuses handshakes: HTTP status, problem type. */
  refusal: readonly [number, string] | undefined;
  /** What a plain request is answered with. */
  summary: object | undefined;
  /** How else a plain request is answered than with the refusal: by what stands before a server. */
  foreign: object | undefined;
  /** Plain requests are answered when it resolves, with what held when they came. */
  answering = Promise.resolve();
  /** Address and `authorization` of each plain request. */
  readonly asked: string[] = [];
  readonly #http: Server;
  readonly #server: WebSocketServer;
  readonly #waiting = new Set<() => void>();

  private constructor(http: Server) {
    this.#http = http;
    this.#server = new WebSocketServer({
      server: http,
      handleProtocols: (offered) => (offered.has(PRESENCE_SUBPROTOCOL) ? PRESENCE_SUBPROTOCOL : false),
      verifyClient: (_info: unknown, answer: (isAccepted: boolean, status?: number) => void) => {
        if (this.refusal === undefined) answer(true);
        else answer(false, this.refusal[0]);
      },
    });
    this.#server.on("connection", (socket, request) => this.#connected(socket, request));
    http.on("request", (request, response) => {
      this.asked.push(`${request.url} ${request.headers.authorization ?? ""}`.trim());
      const [status, type] = this.refusal ?? [426, "upgrade-required"];
      const problem = { type: `urn:roost:problem:${type}`, title: "As told", status };
      const code = this.summary === undefined ? status : 200;
      const answer = JSON.stringify(this.summary ?? this.foreign ?? problem);
      void this.answering.then(() => {
        response.writeHead(code, { "content-type": "application/json", connection: "close" });
        response.end(answer);
      });
      this.#wake();
    });
  }

  static async start(): Promise<PresenceTestServer> {
    const http = createServer();
    const started = new PresenceTestServer(http);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return started;
  }

  get url(): string {
    // SAFETY: listening on TCP, so an address with a port.
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** The `number`th socket ever accepted, counted from 1. */
  async peer(number = 1): Promise<PresencePeer> {
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

  #connected(socket: WebSocket, request: IncomingMessage): void {
    const peer = new PresencePeer(socket, request, this);
    this.peers.push(peer);
    socket.on("message", (data, isBinary) => {
      // SAFETY: ws gives a Buffer unless told otherwise.
      const bytes = data as Buffer;
      if (isBinary) this.#received(peer, new Uint8Array(bytes));
      else if (bytes.toString() === PING && this.pongs) peer.sendRaw(PONG);
      this.#wake();
    });
    socket.on("close", (code) => {
      peer.closeCode = code;
      this.#wake();
    });
    socket.on("error", () => undefined);
    this.#wake();
  }

  #received(peer: PresencePeer, frame: Uint8Array): void {
    const decoded = decodePresenceClientFrame(frame);
    if (!decoded.ok) throw new Error(`the client sent a bad frame: ${decoded.error.reason}`);
    peer.frames.push(decoded.value);
    const isFirst = peer.frames.length === 1;
    if (!isFirst || !this.mustGreet) return;
    const welcome = { version: 1, session: "s", ...this.welcome };
    peer.send({ type: "welcome", welcome }, ...this.greeting);
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }
}
