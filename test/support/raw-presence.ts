/**
 * A bare socket that speaks `roost.presence.v1` by hand, for tests that look at frames.
 * @module
 */
import { once } from "node:events";
import WebSocket from "ws";
import { PING } from "../../src/protocol/limits.ts";
import { encodePresenceClientFrame } from "../../src/protocol/presence-client-frames.ts";
import {
  type ActorId,
  type Hello,
  PRESENCE_SUBPROTOCOL,
  PRESENCE_VERSION,
  type Person,
  type PresenceClientMessage,
  type PresenceServerMessage,
} from "../../src/protocol/presence-messages.ts";
import { decodePresenceServerFrame } from "../../src/protocol/presence-server-frames.ts";
import type { TestServer } from "./server.ts";

export type Closed = { readonly code: number; readonly reason: string; readonly atMs: number };

export type PresenceOptions = {
  readonly hello?: Hello;
  /** Behind the path, with its question mark. */
  readonly query?: string;
  readonly origin?: string;
  /** Answers no question. */
  readonly isMute?: boolean;
};

export class RawPresence {
  readonly socket: WebSocket;
  readonly messages: PresenceServerMessage[] = [];
  readonly people = new Map<ActorId, Person>();
  /** When each was told to have left, by `performance.now()`. */
  readonly leftMs = new Map<ActorId, number>();
  readonly closed: Promise<Closed>;
  readonly #isMute: boolean;
  actor: ActorId = 0;

  constructor(
    server: Pick<TestServer, "wsUrl">,
    id: string,
    { query = "", origin, isMute = false }: Omit<PresenceOptions, "hello"> = {},
  ) {
    this.#isMute = isMute;
    const address = `${server.wsUrl}/v1/presence/${encodeURIComponent(id)}/connect${query}`;
    this.socket = new WebSocket(address, PRESENCE_SUBPROTOCOL, origin === undefined ? {} : { origin });
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) return;
      const decoded = decodePresenceServerFrame(new Uint8Array(data));
      if (!decoded.ok) throw new Error(`the server sent a bad frame: ${decoded.error.reason}`);
      for (const message of decoded.value) this.#hear(message);
    });
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code: number, reason: Buffer) =>
        resolve({ code, reason: reason.toString(), atMs: performance.now() }),
      );
    });
    // A refused upgrade is an error event; the close that follows tells what tests ask for.
    this.socket.on("error", () => {});
  }

  /** Opens and says hello. What follows is heard later. */
  static async join(
    server: Pick<TestServer, "wsUrl">,
    id: string,
    options: PresenceOptions = {},
  ): Promise<RawPresence> {
    const client = new RawPresence(server, id, options);
    await once(client.socket, "open");
    client.send({ type: "hello", version: PRESENCE_VERSION, hello: options.hello ?? {} });
    return client;
  }

  send(...messages: readonly PresenceClientMessage[]): void {
    this.socket.send(encodePresenceClientFrame(messages));
  }

  ping(): void {
    this.socket.send(PING);
  }

  words(): readonly string[] {
    return this.messages.map(({ type }) => type);
  }

  #hear(message: PresenceServerMessage): void {
    this.messages.push(message);
    if (message.type === "pace" && message.pace.ask !== undefined) {
      if (!this.#isMute) this.send({ type: "read", number: message.pace.ask });
    }
    if (message.type === "welcome") this.actor = message.welcome.actor;
    if (message.type === "reset") this.people.clear();
    if (message.type === "person") this.people.set(message.actor, message.person);
    if (message.type !== "left") return;
    this.people.delete(message.actor);
    this.leftMs.set(message.actor, performance.now());
  }
}
