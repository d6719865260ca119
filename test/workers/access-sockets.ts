/**
 * Sockets of both dialects in closed mode, heard as words: which messages came, and which code closed it.
 * @module
 */
import { env } from "cloudflare:workers";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { expect } from "vitest";
import { type AwarenessEntry, decodeAwareness, encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { decodeServerFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../src/protocol/limits.ts";
import type { ClientMessage } from "../../src/protocol/messages.ts";
import { type Caller, ask, showing } from "./access-world.ts";

export const PROMPT = { timeout: 5_000, interval: 5 };
const EMPTY_STATE_VECTOR = Uint8Array.of(0);

export type Dialect = "roost" | "y-websocket";

/** The messages of either dialect that this file tells apart; `denied` is y-websocket's word for refused. */
type Heard = { readonly word: string; readonly awareness: readonly AwarenessEntry[] };

export class AccessSocket {
  readonly dialect: Dialect;
  readonly heard: Heard[] = [];
  /** What came until the document was there. */
  greeting: readonly string[] = [];
  closed: number | undefined;
  readonly #socket: WebSocket;

  constructor(dialect: Dialect, socket: WebSocket) {
    this.dialect = dialect;
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) this.heard.push(...hear(dialect, new Uint8Array(data)));
    });
    socket.addEventListener("close", ({ code }) => {
      this.closed = code;
    });
    socket.accept();
  }

  /** Opens, says hello where that is due, shows itself as `client` unless that is 0, and waits for the document. */
  static async open(dialect: Dialect, id: string, caller: Caller, client: number): Promise<AccessSocket> {
    const path = dialect === "roost" ? `/v1/documents/${encodeURIComponent(id)}/connect` : `/yjs/${id}`;
    const { query, headers } = showing(caller, { protocols: dialect === "roost" ? [SUBPROTOCOL] : [] });
    const { webSocket, status } = await ask(`${path}${query}`, { headers });
    if (webSocket === null) throw new Error(`refused with ${status}`);
    const socket = new AccessSocket(dialect, webSocket);
    if (dialect === "roost") socket.send(encodeClientFrame([{ type: "hello", version: PROTOCOL_VERSION }]));
    socket.send(frameOf(dialect, "sync-step-1", EMPTY_STATE_VECTOR));
    if (client !== 0) socket.send(frameOf(dialect, "awareness", showAs(client)));
    await expect.poll(() => socket.words(), PROMPT).toContain("sync-step-2");
    socket.greeting = socket.words();
    return socket;
  }

  words(): readonly string[] {
    return this.heard.map(({ word }) => word);
  }

  /** Clients whose states it has heard, and not that they left. */
  peers(): ReadonlySet<number> {
    const peers = new Set<number>();
    for (const { client, state } of this.heard.flatMap(({ awareness }) => awareness)) {
      if (state === null) peers.delete(client);
      else peers.add(client);
    }
    return peers;
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  /** What was sent before is handled once this is answered: a room takes the messages of a socket in order. */
  async isHandled(): Promise<void> {
    const answers = () => this.words().filter((word) => word === "sync-step-2").length;
    const before = answers();
    this.send(frameOf(this.dialect, "sync-step-1", EMPTY_STATE_VECTOR));
    await expect.poll(() => answers() > before || this.closed !== undefined, PROMPT).toBe(true);
  }

  /** Resolves once the room has answered: what it logs of it belongs to the test. */
  async close(): Promise<void> {
    if (this.closed === undefined) this.#socket.close(1000);
    await expect.poll(() => this.closed, PROMPT).toBeDefined();
  }
}

/** The awareness update that shows `client`. */
export function showAs(client: number): Uint8Array {
  return encodeAwareness([{ client, clock: 1, state: `{"n":${client}}` }]);
}

type Bodied = "sync-step-1" | "sync-step-2" | "update" | "awareness";

/** One message in the frame of its dialect; updates have number 1. */
export function frameOf(dialect: Dialect, type: Bodied, bytes: Uint8Array): Uint8Array {
  if (dialect === "roost") return encodeClientFrame([roostMessage(type, bytes)]);
  const encoder = encoding.createEncoder();
  const sync = ["sync-step-1", "sync-step-2", "update"].indexOf(type);
  encoding.writeVarUint(encoder, sync === -1 ? 1 : 0);
  if (sync !== -1) encoding.writeVarUint(encoder, sync);
  encoding.writeVarUint8Array(encoder, bytes);
  return encoding.toUint8Array(encoder);
}

/** y-websocket's question for everybody's presence. */
export const QUERY_AWARENESS = Uint8Array.of(3);

export function roomStub(id: string) {
  return env.DOCUMENT_ROOM.getByName(`acme/document/${id}`);
}

function roostMessage(type: Bodied, bytes: Uint8Array): ClientMessage {
  if (type === "sync-step-1") return { type, stateVector: bytes };
  return type === "awareness" ? { type, update: bytes } : { type, number: 1, update: bytes };
}

function hear(dialect: Dialect, frame: Uint8Array): readonly Heard[] {
  if (dialect === "y-websocket") return [hearYjs(decoding.createDecoder(frame))];
  const decoded = decodeServerFrame(frame);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value.map((message) => ({
    word: message.type,
    awareness: message.type === "awareness" ? entriesOf(message.update) : [],
  }));
}

function hearYjs(decoder: decoding.Decoder): Heard {
  const type = decoding.readVarUint(decoder);
  if (type === 0) {
    return { word: ["sync-step-1", "sync-step-2", "update"][decoding.readVarUint(decoder)] ?? "", awareness: [] };
  }
  if (type === 1) return { word: "awareness", awareness: entriesOf(decoding.readVarUint8Array(decoder)) };
  return { word: type === 2 ? "denied" : `message ${type}`, awareness: [] };
}

function entriesOf(update: Uint8Array): readonly AwarenessEntry[] {
  const decoded = decodeAwareness(update);
  return decoded.ok ? decoded.value : [];
}
