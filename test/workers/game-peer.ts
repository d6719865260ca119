/**
 * A socket of Colyseus' family inside the runtime, with what it heard, and the room and the lobby behind it.
 * @module
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { decode, encode } from "@colyseus/schema";
import { pack, unpack } from "@colyseus/msgpackr";
import { expect } from "vitest";
import { CONNECT_TICKET_HEADER, type ConnectTicket, encodeConnectTicket } from "../../src/auth/connect-ticket.ts";
import type { GameClass } from "../../src/games/game.ts";
import { GAMES } from "../../src/games/registry.ts";
import type { GameDescription, ListedRoom } from "../../src/rooms/game-api.ts";
import { TRIAL_GAMES } from "../support/trial-games.ts";
import { readJson, send } from "./router-requests.ts";

// SAFETY: the registry is this very map, and rooms of the tests run in this isolate.
for (const [name, game] of TRIAL_GAMES) (GAMES as Map<string, GameClass>).set(name, game);

/** Far more than anything takes: a busy machine stands still for seconds. */
export const PROMPT = { timeout: 20_000, interval: 10 };

const CODE = { join: 10, error: 11, leave: 12, message: 13, state: 14, patch: 15, request: 21, response: 22 } as const;
/** What comes before the body of a frame whose first byte has this bit. */
const TIMED = 0x80;

export type Seat = {
  readonly name: string;
  readonly roomId: string;
  readonly sessionId: string;
  readonly processId: string;
};

export type PeerOptions = { readonly user?: string; readonly token?: string; readonly isKnown?: boolean };

/** The answer of matchmaking; in open mode anybody is who they say. */
export async function ask(method: string, target: string, options: object = {}, user = "alice"): Promise<Response> {
  return await send(`/matchmake/${method}/${target}?user=${user}`, {
    method: "POST",
    body: JSON.stringify(options),
    headers: { "content-type": "application/json" },
  });
}

export async function seatFor(method: string, target: string, options: object = {}, user = "alice"): Promise<Seat> {
  const response = await ask(method, target, options, user);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return await readJson<Seat>(response);
}

export class GamePeer {
  readonly seat: Seat;
  /** Kinds of all frames, in order. */
  readonly codes: number[] = [];
  readonly messages: (readonly [name: string | number, payload: unknown])[] = [];
  readonly errors: (readonly [code: number, text: string])[] = [];
  readonly #answers = new Map<number, unknown>();
  token = "";
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #socket: WebSocket;
  #requests = 0;

  constructor(seat: Seat, socket: WebSocket) {
    this.seat = seat;
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) this.#hear(new Uint8Array(data));
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
    socket.accept();
  }

  /** A socket for a seat; it may be turned away. */
  static async connect(seat: Seat, { user = "alice", token, isKnown = false }: PeerOptions = {}): Promise<GamePeer> {
    const query = `sessionId=${seat.sessionId}&user=${user}${token === undefined ? "" : `&reconnectionToken=${token}`}`;
    const path = `/${seat.processId}/${seat.roomId}?${query}${isKnown ? "&skipHandshake=1" : ""}`;
    const { webSocket, status } = await send(path, { headers: { upgrade: "websocket" } });
    if (webSocket === null) throw new Error(`refused with ${status}`);
    return new GamePeer(seat, webSocket);
  }

  /** As {@link connect}, and ready. */
  static async enter(seat: Seat, options: PeerOptions = {}): Promise<GamePeer> {
    const peer = await GamePeer.connect(seat, options);
    await peer.greet();
    return peer;
  }

  static async join(game: string, options: object = {}, user = "alice"): Promise<GamePeer> {
    return await GamePeer.enter(await seatFor("joinOrCreate", game, options, user), { user });
  }

  async greet(): Promise<void> {
    await expect.poll(() => this.token, PROMPT).not.toBe("");
    this.#socket.send(Uint8Array.of(CODE.join));
    await expect.poll(() => this.codes.length, PROMPT).toBeGreaterThan(1);
  }

  get room(): string {
    return this.seat.roomId;
  }

  get states(): number {
    return this.codes.filter((code) => code === CODE.state).length;
  }

  get patches(): number {
    return this.codes.filter((code) => code === CODE.patch).length;
  }

  send(name: string, payload?: unknown): void {
    this.#socket.send(frameOf([CODE.message], name, payload));
  }

  sendRaw(frame: Uint8Array | string): void {
    this.#socket.send(frame);
  }

  async request(name: string, payload: unknown = null): Promise<unknown> {
    const id = this.#requests;
    this.#requests += 1;
    const head: number[] = [CODE.request];
    const bytes = new Uint8Array(16);
    const at = { offset: 0 };
    encode.number(bytes, id, at);
    this.#socket.send(frameOf([...head, ...bytes.subarray(0, at.offset)], name, payload));
    await expect.poll(() => this.#answers.has(id), PROMPT).toBe(true);
    return this.#answers.get(id);
  }

  leave(): void {
    this.#socket.send(Uint8Array.of(CODE.leave));
  }

  close(code = 4010): void {
    if (this.closed === undefined) this.#socket.close(code);
  }

  /** Resolves once the server has answered: what it logs of it belongs to the test. */
  async end(): Promise<void> {
    this.close();
    await expect.poll(() => this.closed, PROMPT).toBeDefined();
  }

  #hear(frame: Uint8Array): void {
    const first = frame[0] ?? 0;
    const code = first & 0x1f;
    const at = { offset: (first & TIMED) === 0 ? 1 : 9 };
    this.codes.push(code);
    if (code === CODE.join) {
      const length = frame[at.offset] ?? 0;
      this.token = new TextDecoder().decode(frame.subarray(2, 2 + length));
    } else if (code === CODE.error) this.errors.push([decode.number(frame, at), decode.string(frame, at)]);
    else if (code === CODE.message) {
      const name = decode.stringCheck(frame, at) ? decode.string(frame, at) : decode.number(frame, at);
      this.messages.push([name, restOf(frame, at)]);
    } else if (code === CODE.response) {
      const id = decode.number(frame, at);
      at.offset += 1;
      this.#answers.set(id, restOf(frame, at));
    }
  }
}

function restOf(frame: Uint8Array, at: { readonly offset: number }): unknown {
  return frame.length > at.offset ? unpack(frame.subarray(at.offset)) : undefined;
}

function frameOf(head: readonly number[], name: string, payload: unknown): Uint8Array {
  const bytes = new Uint8Array(8 + 3 * name.length);
  const at = { offset: 0 };
  encode.string(bytes, name, at);
  const body = payload === undefined ? [] : pack(payload);
  return Uint8Array.of(...head, ...bytes.subarray(0, at.offset), ...body);
}

/** With a ticket of the test's own making. */
export async function connectWith(seat: Seat, ticket: ConnectTicket): Promise<GamePeer> {
  const headers = { upgrade: "websocket", [CONNECT_TICKET_HEADER]: encodeConnectTicket(ticket) };
  const request = new Request(`https://room/connect?_pk=${ticket.session}`, { headers });
  const { webSocket, status } = await gameStub(seat.roomId).fetch(request);
  if (webSocket === null) throw new Error(`refused with ${status}`);
  return new GamePeer(seat, webSocket);
}

export function gameStub(room: string) {
  return env.GAME_ROOM.getByName(`default/game/${room}`);
}

export function lobbyStub(game: string) {
  return env.LOBBY_ROOM.getByName(`default/lobby/${game}`);
}

export async function sleep(room: string): Promise<void> {
  await evictDurableObject(gameStub(room));
}

export async function ring(room: string): Promise<boolean> {
  return await runDurableObjectAlarm(gameStub(room));
}

export async function alarmOf(room: string): Promise<number | null> {
  return await runInDurableObject(gameStub(room), async (_room, { storage }) => await storage.getAlarm());
}

export async function describeGame(room: string): Promise<GameDescription> {
  return await readJson<GameDescription>(await send(`/v1/games/rooms/${room}`));
}

export async function listed(game: string, mode?: string): Promise<readonly ListedRoom[]> {
  const { rooms } = await readJson<{ rooms: readonly (ListedRoom & { readonly metadata: { mode?: string } })[] }>(
    await send(`/v1/games/${game}/rooms?limit=1000`),
  );
  return mode === undefined ? rooms : rooms.filter(({ metadata }) => metadata.mode === mode);
}
