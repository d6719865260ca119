/**
 * One player of the load generator: takes a seat, connects, says that it is ready, and hands over what it hears. It speaks as much of
 * Colyseus' protocol as load needs, so that servers of that family are asked for the same by the same client.
 * @module
 */
import { Packr } from "@colyseus/msgpackr";
import { encode as write } from "@colyseus/schema";
import WebSocket from "ws";
import { CODE, TIMED } from "../../../src/dialects/colyseus-codes.ts";
import { ValueReader } from "../../../src/dialects/colyseus-values.ts";

export type Seating = {
  /** Address of the server, `ws://…` or `http://…`; a query in it goes with every request. */
  readonly url: string;
  /** Of a deployed server: sent with the matchmaking and in the socket's address. */
  readonly token?: string;
  readonly game: string;
  /** A seat in this room; by {@link Seating.method} when absent. */
  readonly roomId?: string;
  /** A new room when absent. */
  readonly method?: "create" | "joinOrCreate";
  readonly options?: object;
};

export type GameClientOptions = {
  /** Every frame after the handshake. */
  readonly onFrame?: (frame: Buffer, client: GameClient) => void;
};

/** What servers of the family tell of a seat. */
type Reservation = { readonly roomId: string; readonly sessionId: string; readonly processId: string };
/** A message as it came in. */
export type Told = { readonly name: string; readonly payload: unknown };

const JOIN_MS = 60_000;
const MAX_COUNT = 0xffff_ffff;
const CODE_MASK = 0x1f;
const READY = Uint8Array.of(CODE.join);
const LEAVE = Uint8Array.of(CODE.leave);
const PING = Uint8Array.of(CODE.ping);

const packr = new Packr({ useRecords: false });

export class GameClient {
  readonly roomId: string;
  readonly sessionId: string;
  readonly socket: WebSocket;
  readonly #options: GameClientOptions;
  readonly #joined = Promise.withResolvers<void>();
  #isReady = false;
  #isLeaving = false;
  /** Why it was closed, when the server did that. */
  closeReason: string | undefined;
  bytesReceived = 0;
  framesReceived = 0;
  bytesSent = 0;

  private constructor(address: string, seat: Reservation, options: GameClientOptions) {
    this.roomId = seat.roomId;
    this.sessionId = seat.sessionId;
    this.#options = options;
    this.socket = new WebSocket(address, { perMessageDeflate: false, skipUTF8Validation: true });
    this.socket.on("message", (data: Buffer) => this.#heard(data));
    this.socket.on("error", (error) => this.#joined.reject(error));
    this.socket.on("close", (code, reason) => this.#closed(code, reason.toString()));
    this.#joined.promise.catch(() => undefined);
  }

  /** Resolves when it has read its handshake. Rejects with the server's own words. */
  static async join(seating: Seating, options: GameClientOptions = {}): Promise<GameClient> {
    const seat = await reserve(seating);
    const socketUrl = addressOf(seating, `/${seat.processId}/${seat.roomId}`, "ws");
    socketUrl.searchParams.set("sessionId", seat.sessionId);
    if (seating.token !== undefined) socketUrl.searchParams.set("_authToken", seating.token);
    const client = new GameClient(socketUrl.href, seat, options);
    const timer = setTimeout(() => client.#joined.reject(new Error(`no handshake in ${JOIN_MS} ms`)), JOIN_MS);
    try {
      await client.#joined.promise;
      return client;
    } finally {
      clearTimeout(timer);
    }
  }

  send(frame: Uint8Array): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.bytesSent += frame.length;
    this.socket.send(frame);
  }

  ping(): void {
    this.send(PING);
  }

  /** Says goodbye; its seat is free. */
  leave(): void {
    this.#isLeaving = true;
    this.send(LEAVE);
  }

  #heard(frame: Buffer): void {
    this.bytesReceived += frame.length;
    this.framesReceived += 1;
    const code = codeOf(frame);
    if (code === CODE.error) return this.#joined.reject(new Error(readError(frame)));
    if (code !== CODE.join) return this.#options.onFrame?.(frame, this);
    if (this.#isReady) return;
    this.#isReady = true;
    this.send(READY);
    this.#joined.resolve();
  }

  #closed(code: number, reason: string): void {
    if (this.#isLeaving) return;
    this.closeReason = `${code} ${reason}`;
    this.#joined.reject(new Error(`closed: ${this.closeReason}`));
  }
}

/** What kind of frame it is: one of {@link CODE}. */
export function codeOf(frame: Uint8Array): number {
  return (frame[0] ?? 0) & CODE_MASK;
}

/** Of a state or patch of a game that takes inputs: the room's time, and the receiver's last input in it. */
export function timingOf(frame: Buffer): { readonly serverMs: number; readonly lastInput: number } | undefined {
  if (((frame[0] ?? 0) & TIMED) === 0) return undefined;
  return { serverMs: frame.readUInt32LE(1), lastInput: frame.readUInt32LE(5) };
}

export function messageFrame(name: string, payload: unknown): Uint8Array {
  const header = new Uint8Array(9 + 3 * name.length);
  const at = { offset: 1 };
  header[0] = CODE.message;
  write.string(header, name, at);
  return Buffer.concat([header.subarray(0, at.offset), packr.pack(payload)]);
}

/** Undefined for a frame that is no message. */
export function readMessage(frame: Uint8Array): Told | undefined {
  if (codeOf(frame) !== CODE.message) return undefined;
  const reader = new ValueReader(frame, 1);
  const name = reader.isAtText ? reader.text() : String(reader.count(MAX_COUNT));
  return { name, payload: reader.hasMore ? packr.unpack(reader.rest()) : undefined };
}

/** What players said, as relays tell it: Roost's all of a flush in one list, Colyseus' each by itself. */
export function inputsIn(told: Told | undefined): readonly string[] {
  const { name, payload } = told ?? { name: "", payload: undefined };
  // SAFETY: nobody else says anything in these rooms.
  const inputs = (name === "inputs" ? payload : name === "input" ? [payload] : []) as readonly { data: string }[];
  return inputs.map(({ data }) => data);
}

async function reserve(seating: Seating): Promise<Reservation> {
  const { game, roomId, token, method = "create", options = {} } = seating;
  const path = roomId === undefined ? `/matchmake/${method}/${game}` : `/matchmake/joinById/${roomId}`;
  const response = await fetch(addressOf(seating, path, "http"), {
    method: "POST",
    headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(options),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`no seat: ${response.status} ${text}`);
  // SAFETY: what the protocol says, of servers that said yes.
  return JSON.parse(text) as Reservation;
}

function addressOf({ url }: Seating, path: string, scheme: "ws" | "http"): URL {
  const address = new URL(url.replace(/^(?:ws|http)/, scheme));
  address.pathname = path;
  return address;
}

function readError(frame: Uint8Array): string {
  const reader = new ValueReader(frame, 1);
  return `${reader.number()} ${reader.hasMore ? reader.text() : ""}`;
}
