/**
 * Sockets of every dialect of documents in closed mode, heard as words: which messages came, and which code closed it.
 * @module
 */
import { env } from "cloudflare:workers";
import * as encoding from "lib0/encoding";
import { expect } from "vitest";
import type { DialectName } from "../../src/auth/connect-ticket.ts";
import { encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { encodeClientFrame } from "../../src/protocol/frames.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../src/protocol/limits.ts";
import type { ClientMessage } from "../../src/protocol/messages.ts";
import { authFrame } from "../support/hocuspocus-frames.ts";
import { type Heard, hear } from "./access-words.ts";
import { type Caller, ask, showing } from "./access-world.ts";

/** Far more than anything takes: a busy machine stands still for seconds. */
export const PROMPT = { timeout: 20_000, interval: 5 };
const EMPTY_STATE_VECTOR = Uint8Array.of(0);
const EMPTY_UPDATE = Uint8Array.of(0, 0);
/** A document that no socket is about, and the word for that. */
const NOWHERE = "nowhere";
export const NOT_HERE = `denied at ${NOWHERE}`;
const FIRST_MARK = Uint8Array.of(102, 1, 1);

/** The families of documents. People have a table of their own, and so have games. */
export type Dialect = Exclude<DialectName, "roost-presence" | "colyseus">;
export type Frame = Uint8Array | string;

const PATHS: Readonly<Record<Dialect, (id: string) => string>> = {
  roost: (id) => `/v1/documents/${encodeURIComponent(id)}/connect`,
  "y-websocket": (id) => `/yjs/${id}`,
  "y-partyserver": (id) => `/parties/document/${id}`,
  hocuspocus: (id) => `/hocuspocus/${id}`,
  "y-sweet": (id) => `/d/${id}/ws/${id}`,
};

// SAFETY: the keys of a total record.
export const DIALECTS = Object.keys(PATHS) as readonly Dialect[];

export class AccessSocket {
  readonly dialect: Dialect;
  /** Of the document, and how frames of Hocuspocus begin. */
  readonly #id: string;
  readonly heard: Heard[] = [];
  /** What came until the document was there. */
  greeting: readonly string[] = [];
  closed: number | undefined;
  readonly #socket: WebSocket;

  constructor(dialect: Dialect, socket: WebSocket, id = "") {
    this.dialect = dialect;
    this.#id = id;
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      const frame = data instanceof ArrayBuffer ? new Uint8Array(data) : String(data);
      this.heard.push(...hear(dialect, frame, id));
    });
    socket.addEventListener("close", ({ code }) => {
      this.closed = code;
    });
    socket.accept();
  }

  /** Opens, says hello where that is due, shows itself as `client` unless that is 0, waits for the document and answers. */
  static async open(dialect: Dialect, id: string, caller: Caller, client: number): Promise<AccessSocket> {
    const socket = await AccessSocket.openMute(dialect, id, caller, client);
    await socket.#answer();
    return socket;
  }

  /** The same of one that leaves the server's question open. */
  static async openMute(dialect: Dialect, id: string, caller: Caller, client: number): Promise<AccessSocket> {
    const { query, headers } = showing(caller, { protocols: dialect === "roost" ? [SUBPROTOCOL] : [] });
    const { webSocket, status } = await ask(`${PATHS[dialect](id)}${query}`, { headers });
    if (webSocket === null) throw new Error(`refused with ${status}`);
    const socket = new AccessSocket(dialect, webSocket, id);
    if (dialect === "roost") socket.send(encodeClientFrame([{ type: "hello", version: PROTOCOL_VERSION }]));
    if (dialect === "hocuspocus") socket.send(authFrame(id, caller.bearer ?? ""));
    socket.send(frameOf(dialect, "sync-step-1", EMPTY_STATE_VECTOR, id));
    if (client !== 0) socket.send(frameOf(dialect, "awareness", showAs(client), id));
    await expect.poll(() => socket.words(), PROMPT).toContain("sync-step-2");
    socket.greeting = socket.words();
    return socket;
  }

  /** As clients that hear of rows answer the server's question: until then no mark comes back, and nothing is counted. */
  async #answer(): Promise<void> {
    const { dialect } = this;
    if (dialect !== "y-sweet" && dialect !== "hocuspocus") return;
    this.send(frameOf(dialect, "sync-step-2", EMPTY_UPDATE, this.#id));
    // This one is what is repeated while a later one may not come back.
    if (dialect === "y-sweet") this.send(FIRST_MARK);
    else await expect.poll(() => this.words(), PROMPT).toContain("ack");
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

  send(frame: Frame): void {
    this.#socket.send(frame);
  }

  /** What was sent before is handled once this is answered: a room takes the messages of a socket in order. */
  async isHandled(): Promise<void> {
    // Each step 1 of Hocuspocus begins its count anew, so its client asks for another document.
    const asksElsewhere = this.dialect === "hocuspocus";
    const answers = () => this.words().filter((word) => word === (asksElsewhere ? NOT_HERE : "sync-step-2")).length;
    const before = answers();
    this.send(asksElsewhere ? authFrame(NOWHERE, "") : frameOf(this.dialect, "sync-step-1", EMPTY_STATE_VECTOR));
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

/** One message in the frame of its dialect, about the document of that id; updates have number 1. */
export function frameOf(dialect: Dialect, type: Bodied, bytes: Uint8Array, id = ""): Uint8Array {
  if (dialect === "roost") return encodeClientFrame([roostMessage(type, bytes)]);
  const encoder = encoding.createEncoder();
  if (dialect === "hocuspocus") encoding.writeVarString(encoder, id);
  const sync = ["sync-step-1", "sync-step-2", "update"].indexOf(type);
  encoding.writeVarUint(encoder, sync === -1 ? 1 : 0);
  if (sync !== -1) encoding.writeVarUint(encoder, sync);
  encoding.writeVarUint8Array(encoder, bytes);
  return encoding.toUint8Array(encoder);
}

export function roomStub(id: string) {
  return env.DOCUMENT_ROOM.getByName(`acme/document/${id}`);
}

function roostMessage(type: Bodied, bytes: Uint8Array): ClientMessage {
  if (type === "sync-step-1") return { type, stateVector: bytes };
  return type === "awareness" ? { type, update: bytes } : { type, number: 1, update: bytes };
}
