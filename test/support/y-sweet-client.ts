/**
 * Y-Sweet's published provider in Node, on a network that a test can take away.
 * @module
 */
import { type YSweetProvider, createYjsProvider } from "@y-sweet/client";
import type { ClientToken } from "@y-sweet/sdk";
import * as decoding from "lib0/decoding";
import { WebSocket } from "ws";
import type * as Y from "yjs";

type AuthEndpoint = Parameters<typeof createYjsProvider>[2];

export type YSweetOptions = {
  readonly id: string;
  readonly doc: Y.Doc;
  /** As an application passes it: a URL, or a function. */
  readonly authEndpoint: AuthEndpoint;
};

/** Close codes of the range that is final for whoever knows it. */
const isFinal = (code: number) => code >= 4400 && code <= 4499;
const AUTH = 2;
/** Nobody listens there. */
const NOWHERE = "ws://127.0.0.1:1";

/** What the sockets of a client tell it, and may know. */
type Network = {
  isOnline: boolean;
  readonly sockets: WebSocket[];
  readonly refusals: string[];
  readonly heard: number[];
  gaveUp: number;
};

export class YSweetClient {
  readonly provider: YSweetProvider;
  /** How often it asked for a token. */
  asked = 0;
  readonly #network: Network = { isOnline: true, sockets: [], refusals: [], heard: [], gaveUp: 0 };
  #isDestroyed = false;

  constructor({ id, doc, authEndpoint }: YSweetOptions) {
    const ask = async (): Promise<ClientToken> => {
      this.asked += 1;
      // It goes on trying after its own end: here its loop ends.
      if (this.#isDestroyed || typeof authEndpoint === "string") return await new Promise(() => undefined);
      return await authEndpoint();
    };
    const options = { showDebuggerLink: false };
    // Its type is that of browsers; of it the provider uses what `ws` has too.
    Object.assign(options, { WebSocketPolyfill: socketOn(this.#network) });
    this.provider = createYjsProvider(doc, id, typeof authEndpoint === "string" ? authEndpoint : ask, options);
  }

  get isConnected(): boolean {
    return this.provider.status === "connected";
  }

  /** Every socket so far, the newest last. */
  get sockets(): readonly WebSocket[] {
    return this.#network.sockets;
  }

  /** How often it closed a socket by itself: nothing was heard for 3 s. */
  get gaveUp(): number {
    return this.#network.gaveUp;
  }

  /** Why it was refused, in order: upgrades, denials in the socket, final close codes. */
  get refusals(): readonly string[] {
    return this.#network.refusals;
  }

  /** The types of the frames received so far. */
  get heard(): readonly number[] {
    return this.#network.heard;
  }

  /** The wire drops without a close frame. */
  dropWire(): void {
    this.sockets.at(-1)?.terminate();
  }

  /** The network is gone, and with it every attempt until {@link goOnline}. */
  goOffline(): void {
    this.#network.isOnline = false;
    this.dropWire();
  }

  goOnline(): void {
    this.#network.isOnline = true;
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#network.isOnline = false;
    this.provider.destroy();
  }
}

/** The reason in an auth message, which the provider does not read. */
function denialOf(frame: Uint8Array): string | undefined {
  const decoder = decoding.createDecoder(frame);
  if (decoding.readVarUint(decoder) !== AUTH || decoding.readVarUint(decoder) !== 0) return undefined;
  return decoding.readVarString(decoder);
}

function socketOn(network: Network) {
  return class extends WebSocket {
    constructor(url: string) {
      super(network.isOnline ? url : NOWHERE);
      network.sockets.push(this);
      // The provider takes its listener away before it closes a socket that is not open yet.
      this.on("error", ({ message }) => message.includes("server response") && network.refusals.push(message));
      this.on("message", (data) => {
        // The provider asks for them so.
        if (!(data instanceof ArrayBuffer)) return;
        const frame = new Uint8Array(data);
        network.heard.push(frame[0] ?? -1);
        const denial = denialOf(frame);
        if (denial !== undefined) network.refusals.push(denial);
      });
      this.on("close", (code, reason) => isFinal(code) && network.refusals.push(`${code} ${reason.toString()}`));
    }

    override close(...args: Parameters<WebSocket["close"]>): void {
      if (this.readyState === WebSocket.OPEN) network.gaveUp += 1;
      super.close(...args);
    }
  };
}
