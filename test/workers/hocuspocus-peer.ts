/**
 * A socket of a room that speaks as Hocuspocus' providers do, heard as words.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { expect } from "vitest";
import { PROMPT } from "./room-peer.ts";
import { type TicketOptions, connectWith, ticketOf } from "./room-tickets.ts";

const WORDS = ["sync", "awareness", "auth", "query", "reply", "stateless", "broadcast", "close", "status"];
const EMPTY_STATE_VECTOR = Uint8Array.of(0);

export class HocuspocusPeer {
  /** `<address> <word>`, and what stands behind it as far as it matters, in order. */
  readonly heard: string[] = [];
  closed: CloseEvent | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) this.heard.push(wordOf(new Uint8Array(data)));
    });
    socket.addEventListener("close", (event) => {
      this.closed = event;
    });
    socket.accept();
  }

  /** In the room of `id`, without a word yet. */
  static async open(id: string, options: TicketOptions = {}): Promise<HocuspocusPeer> {
    const { webSocket, status } = await connectWith(id, ticketOf({ ...options, dialect: "hocuspocus" }));
    if (webSocket === null) throw new Error(`refused with ${status}`);
    return new HocuspocusPeer(webSocket);
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  auth(address: string, token: string): void {
    this.send(tokenFrame(address, token));
  }

  ask(address: string): void {
    this.send(syncFrame(address, 0, EMPTY_STATE_VECTOR));
  }

  update(address: string, update: Uint8Array): void {
    this.send(syncFrame(address, 2, update));
  }

  /** Signs in, asks, and has the document. */
  async join(address: string, token = ""): Promise<void> {
    this.auth(address, token);
    this.ask(address);
    await this.hears(`${address} sync 1`);
  }

  async hears(word: string, times = 1): Promise<void> {
    const count = () => this.heard.filter((each) => each === word).length;
    await expect.poll(() => (this.closed === undefined ? count() : this.closed.code), PROMPT).toBe(times);
  }

  close(): void {
    this.#socket.close(1000);
  }
}

export function tokenFrame(address: string, token: string): Uint8Array {
  return frameOf(address, 2, (encoder) => {
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarString(encoder, token);
  });
}

export function frameOf(address: string, type: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, address);
  encoding.writeVarUint(encoder, type);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

function syncFrame(address: string, kind: number, bytes: Uint8Array): Uint8Array {
  return frameOf(address, 0, (encoder) => {
    encoding.writeVarUint(encoder, kind);
    encoding.writeVarUint8Array(encoder, bytes);
  });
}

function wordOf(frame: Uint8Array): string {
  const decoder = decoding.createDecoder(frame);
  const address = decoding.readVarString(decoder);
  const type = decoding.readVarUint(decoder);
  const word = WORDS[type] ?? String(type);
  if (word === "sync" || word === "status") return `${address} ${word} ${decoding.readVarUint(decoder)}`;
  if (word === "stateless") return `${address} ${word} ${decoding.readVarString(decoder)}`;
  if (word !== "auth") return `${address} ${word}`;
  const kind = decoding.readVarUint(decoder);
  return `${address} ${word} ${kind}${kind === 0 ? "" : ` ${decoding.readVarString(decoder)}`}`;
}
