/**
 * One socket of the load generator: opens, syncs, hands over what it hears.
 * @module
 */
import WebSocket from "ws";
import { PING, PING_INTERVAL_MS } from "../../../src/protocol/limits.ts";
import type { WireName } from "../target.ts";
import type { Heard, Wire } from "./wire.ts";
import { makeWire } from "./wires.ts";

export type LoadAddress = { readonly url: string; readonly wire: WireName; readonly documentId: string };

export type LoadOptions = {
  /** What this replica has; an empty one when absent. */
  readonly stateVector?: Uint8Array;
  /** The answer to the server's step 1; nothing new when absent. */
  readonly content?: Uint8Array;
  /** Every message after the socket opened, those of the first sync too. */
  readonly onHeard?: (heard: Heard, client: LoadClient) => void;
  /** Instead of `onHeard`: whole frames, undecoded, once in sync. */
  readonly onFrame?: (frame: Uint8Array, client: LoadClient) => void;
};

const EMPTY_STATE_VECTOR = Uint8Array.of(0);
const EMPTY_UPDATE = Uint8Array.of(0, 0);
const SYNC_MS = 60_000;

export class LoadClient {
  readonly socket: WebSocket;
  readonly wire: Wire;
  readonly #options: LoadOptions;
  readonly #synced = Promise.withResolvers<void>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #isSynced = false;
  #isLeaving = false;
  bytesReceived = 0;
  framesReceived = 0;
  bytesSent = 0;

  constructor({ url, wire, documentId }: LoadAddress, options: LoadOptions = {}) {
    this.#options = options;
    this.wire = makeWire(wire, documentId);
    this.socket = new WebSocket(url, [...this.wire.subprotocols], {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: 256 * 1024 * 1024,
    });
    this.socket.on("open", () => this.#opened());
    // Text is the answer to a heartbeat.
    this.socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#received(data);
    });
    this.socket.on("error", (error) => this.#synced.reject(error));
    this.socket.on("close", (code, reason) => this.#closed(code, reason.toString()));
    // As Roost's own client does: the runtime answers, nobody wakes, and nobody takes the socket for a vanished one.
    if (wire === "roost" || wire === "roost-presence")
      this.#heartbeat = setInterval(() => this.#ping(), PING_INTERVAL_MS);
    // Whoever awaits `synced` hears of it; a socket nobody waits for any more must not end the process.
    this.#synced.promise.catch(() => undefined);
  }

  /** Resolves with a client that has had its first sync; rejects when the server refuses or takes longer than a minute. */
  static async join(address: LoadAddress, options?: LoadOptions): Promise<LoadClient> {
    const client = new LoadClient(address, options);
    await client.whenSynced();
    return client;
  }

  async whenSynced(): Promise<void> {
    const timer = setTimeout(() => this.#synced.reject(new Error(`no sync in ${SYNC_MS} ms`)), SYNC_MS);
    try {
      await this.#synced.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Why it was closed, when the server did that. */
  closeReason: string | undefined;

  send(frame: Uint8Array): void {
    this.bytesSent += frame.length;
    this.socket.send(frame);
  }

  sendUpdate(update: Uint8Array): void {
    this.send(this.wire.update(update));
  }

  sendAwareness(update: Uint8Array): void {
    this.send(this.wire.awareness(update));
  }

  /** Closes; resolves when the socket is gone, a second later at most. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.socket.once("close", () => resolve()));
    this.socket.close();
    const timer = setTimeout(() => this.socket.terminate(), 1_000);
    await closed;
    clearTimeout(timer);
  }

  #opened(): void {
    for (const frame of this.wire.opening(this.#options.stateVector ?? EMPTY_STATE_VECTOR)) this.send(frame);
    if (this.wire.needsNoSync) this.#markSynced();
  }

  #received(frame: Uint8Array): void {
    this.bytesReceived += frame.length;
    this.framesReceived += 1;
    const { onFrame, onHeard } = this.#options;
    if (this.#isSynced && onFrame !== undefined) return onFrame(frame, this);
    for (const heard of this.wire.read(frame)) {
      if (heard.type === "step-1") this.send(this.wire.step2(this.#options.content ?? EMPTY_UPDATE));
      if (heard.type === "update" && heard.completes) this.#markSynced();
      if (heard.type === "people" && heard.message.type === "welcome") this.#markSynced();
      onHeard?.(heard, this);
    }
  }

  #markSynced(): void {
    this.#isSynced = true;
    this.#synced.resolve();
  }

  #ping(): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(PING);
  }

  #closed(code: number, reason: string): void {
    clearInterval(this.#heartbeat);
    if (this.#isLeaving) return;
    this.closeReason = `${code} ${reason}`;
    this.#synced.reject(new Error(`closed: ${this.closeReason}`));
  }
}

/** Opens `count` clients, at most `atOnce` handshakes at a time. */
export async function joinMany(
  count: number,
  join: (index: number) => Promise<LoadClient>,
  atOnce = 20,
): Promise<readonly LoadClient[]> {
  const clients: LoadClient[] = [];
  for (let from = 0; from < count; from += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => join(from + index));
    clients.push(...(await Promise.all(batch)));
  }
  return clients;
}
