/**
 * A socket of a presence room inside the runtime, with what it heard and what it knows by that, and the room behind it.
 * @module
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { CONNECT_TICKET_HEADER, encodeConnectTicket } from "../../src/auth/connect-ticket.ts";
import { encodePresenceClientFrame } from "../../src/protocol/presence-client-frames.ts";
import {
  type ActorId,
  type Hello,
  PRESENCE_VERSION,
  type Person,
  type PresenceClientMessage,
  type PresenceServerMessage,
} from "../../src/protocol/presence-messages.ts";
import { decodePresenceServerFrame } from "../../src/protocol/presence-server-frames.ts";
import type { PeopleDescription, PresenceRoomApi } from "../../src/rooms/presence-api.ts";
import { type TicketOptions, ticketOf } from "./room-tickets.ts";

/** Far more than anything takes: a busy machine stands still for seconds. */
export const PROMPT = { timeout: 20_000, interval: 10 };
/** An attachment is written within a second of the last change. */
export const KEPT_MS = 1_100;

export class PresencePeer {
  readonly messages: PresenceServerMessage[] = [];
  /** Messages of each frame. */
  readonly frames: (readonly PresenceServerMessage[])[] = [];
  readonly people = new Map<ActorId, Person>();
  actor: ActorId = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const decoded = decodePresenceServerFrame(new Uint8Array(data));
      if (!decoded.ok) throw new Error(decoded.error.reason);
      this.frames.push(decoded.value);
      for (const message of decoded.value) this.#hear(message);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
    socket.accept();
  }

  /** A socket that is let in and has said hello, and is welcome. */
  static async join(id: string, hello: Hello = {}, options: TicketOptions = {}): Promise<PresencePeer> {
    const { webSocket, status } = await connectPresence(id, options);
    if (webSocket === null) throw new Error(`refused with ${status}`);
    const peer = new PresencePeer(webSocket);
    await peer.greet(hello);
    return peer;
  }

  async greet(hello: Hello = {}): Promise<void> {
    this.send({ type: "hello", version: PRESENCE_VERSION, hello });
    await expect.poll(() => this.words(), PROMPT).toContain("welcome");
  }

  get counts(): readonly [number, number] | undefined {
    const message = this.messages.findLast(({ type }) => type === "counts");
    return message?.type === "counts" ? [message.people, message.connections] : undefined;
  }

  words(): readonly string[] {
    return this.messages.map(({ type }) => type);
  }

  forget(): void {
    this.messages.length = 0;
    this.frames.length = 0;
  }

  send(...messages: readonly PresenceClientMessage[]): void {
    this.#socket.send(encodePresenceClientFrame(messages));
  }

  sendRaw(frame: Uint8Array | string): void {
    this.#socket.send(frame);
  }

  close(code = 1000): void {
    if (this.closed === undefined) this.#socket.close(code);
  }

  /** Resolves once the room has answered: what it logs of it belongs to the test. */
  async end(): Promise<void> {
    this.close();
    await expect.poll(() => this.closed, PROMPT).toBeDefined();
  }

  #hear(message: PresenceServerMessage): void {
    this.messages.push(message);
    if (message.type === "pace" && message.pace.ask !== undefined)
      this.send({ type: "read", number: message.pace.ask });
    if (message.type === "welcome") this.actor = message.welcome.actor;
    if (message.type === "reset") this.people.clear();
    if (message.type === "person") this.people.set(message.actor, message.person);
    if (message.type === "left") this.people.delete(message.actor);
  }
}

export function presenceStub(id: string) {
  return env.PRESENCE_ROOM.getByName(`default/presence/${id}`);
}

/** The room's own answer to a socket. Nobody has a name but who is given one. */
export async function connectPresence(id: string, options: TicketOptions = {}): Promise<Response> {
  const ticket = ticketOf({ user: "anonymous", dialect: "roost-presence", by: "open", ...options });
  const headers = { upgrade: "websocket", [CONNECT_TICKET_HEADER]: encodeConnectTicket(ticket) };
  return await presenceStub(id).fetch(new Request(`https://room/connect?_pk=${ticket.session}`, { headers }));
}

/** What became of a socket that does not say hello: the status, the problem and the limit. */
export async function answerTo(id: string, options: TicketOptions): Promise<string> {
  const { status, headers, webSocket } = await connectPresence(id, options);
  webSocket?.accept();
  const about = [headers.get("x-roost-problem"), headers.get("x-roost-limit")].filter((part) => part !== null);
  return [status, ...about].join(" ");
}

/** Calls the room inside its own object, where its answer is not copied. */
export async function inPresence<T>(
  id: string,
  call: (room: PresenceRoomApi, state: DurableObjectState) => Promise<T>,
): Promise<T> {
  return await runInDurableObject(presenceStub(id), async (room, state) => await call(room, state));
}

export async function alarmOf(id: string): Promise<number | null> {
  return await inPresence(id, async (_room, { storage }) => await storage.getAlarm());
}

/** What its object's storage holds. */
export async function storedOf(id: string): Promise<unknown> {
  return await inPresence(id, async (_room, { storage }) => Object.fromEntries(storage.kv.list()));
}

export async function describePeople(id: string): Promise<PeopleDescription> {
  const described = await inPresence(id, async (room) => await room.describePeople({ isAdmin: true }));
  if (!described.ok) throw new Error(described.error.tag);
  return described.value;
}

export async function countsOf(id: string): Promise<readonly [number, number]> {
  const { people, connections } = (await describePeople(id)).counts;
  return [people, connections];
}

/** Everything is in the attachments, and the object sleeps. */
export async function fallAsleep(id: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, KEPT_MS));
  await evictDurableObject(presenceStub(id));
}
