/**
 * A bare socket on any path, for those who do not keep to what the path speaks.
 * @module
 */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import WebSocket from "ws";
import { PROMPT_MS, until } from "./scene.ts";

export class RawSocket {
  readonly #socket: WebSocket;
  /** What the server has sent. */
  readonly frames: Uint8Array[] = [];
  /** Code of the close; undefined while it is open. */
  code: number | undefined;

  private constructor(address: string, protocols: readonly string[]) {
    this.#socket = new WebSocket(address, [...protocols]);
    this.#socket.on("error", () => {});
    this.#socket.on("message", (data: Buffer) => this.frames.push(new Uint8Array(data)));
    this.#socket.once("close", (code) => {
      this.code = code;
    });
  }

  /** Resolves once it is open. */
  static async open(address: string, protocols: readonly string[] = []): Promise<RawSocket> {
    const raw = new RawSocket(address, protocols);
    const late = delay(PROMPT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`${address} did not open`);
    });
    await Promise.race([once(raw.#socket, "open"), late]);
    return raw;
  }

  send(...frames: readonly (Uint8Array | string)[]): void {
    for (const frame of frames) this.#socket.send(frame);
  }

  async whenClosed(): Promise<number | undefined> {
    await until("the socket is closed", () => this.code !== undefined);
    return this.code;
  }

  end(): void {
    this.#socket.terminate();
  }
}

/** A Hocuspocus frame: `s(address) u(type) body`. */
export function addressed(address: string, type: number, write?: (encoder: encoding.Encoder) => void): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarString(encoder, address);
    encoding.writeVarUint(encoder, type);
    write?.(encoder);
  });
}

/** Address and type of one; undefined when it has none. */
export function addressOf(frame: Uint8Array): { readonly address: string; readonly type: number } | undefined {
  try {
    const decoder = decoding.createDecoder(frame);
    return { address: decoding.readVarString(decoder), type: decoding.readVarUint(decoder) };
  } catch {
    return undefined;
  }
}
