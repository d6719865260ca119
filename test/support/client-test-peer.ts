/**
 * One socket of {@link ClientTestServer}, with everything the client said on it.
 * @module
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { encodeServerFrame } from "../../src/protocol/frames.ts";
import type { ClientMessage, ServerMessage } from "../../src/protocol/messages.ts";

export type ClientMessageOf<Type extends ClientMessage["type"]> = Extract<ClientMessage, { readonly type: Type }>;

/** One socket as the server sees it. */
export class TestPeer {
  readonly url: string;
  readonly protocols: readonly string[];
  /** One entry per binary frame. */
  readonly frames: (readonly ClientMessage[])[] = [];
  pings = 0;
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.#socket = socket;
    this.url = request.url ?? "";
    this.protocols = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((entry) => entry.trim());
  }

  get messages(): readonly ClientMessage[] {
    return this.frames.flat();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  of<Type extends ClientMessage["type"]>(type: Type): readonly ClientMessageOf<Type>[] {
    return this.messages.filter((message): message is ClientMessageOf<Type> => message.type === type);
  }

  /** The `count`th message of a type, now or when it comes. */
  async received<Type extends ClientMessage["type"]>(type: Type, count = 1): Promise<ClientMessageOf<Type>> {
    await this.until(() => this.of(type).length >= count);
    const message = this.of(type)[count - 1];
    if (message === undefined) throw new Error("unreachable: counted above");
    return message;
  }

  /** Resolves when something arrived, or the socket closed, and `isTrue` then holds. */
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

  /** Resolves after everything the server sent so far went through the client: its pong to our protocol-level ping. */
  async drained(): Promise<void> {
    this.#socket.ping();
    await once(this.#socket, "pong");
  }

  send(...messages: readonly ServerMessage[]): void {
    if (this.isOpen) this.#socket.send(encodeServerFrame(messages));
  }

  sendRaw(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** Nothing the client says is heard any more, its part of the closing handshake included. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** The network is gone: no close frame. */
  kill(): void {
    this.#socket.terminate();
  }

  changed(): void {
    for (const check of [...this.#waiting]) check();
  }
}
