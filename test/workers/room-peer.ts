/**
 * A socket of a room inside the runtime, with what it heard, and the room behind it.
 * @module
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import * as Y from "yjs";
import { type AwarenessEntry, decodeAwareness, encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { decodeServerFrame, encodeClientFrame } from "../../src/protocol/frames.ts";
import { PROTOCOL_VERSION } from "../../src/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../src/protocol/messages.ts";
import { openSocket } from "./router-requests.ts";

/** Far more than anything takes: a busy machine stands still for seconds. */
export const PROMPT = { timeout: 20_000, interval: 10 };

export class Peer {
  readonly messages: ServerMessage[] = [];
  closed: CloseEvent | undefined;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const decoded = decodeServerFrame(new Uint8Array(data));
      if (decoded.ok) this.messages.push(...decoded.value);
    });
    socket.addEventListener("close", (event) => {
      this.closed = event;
    });
  }

  static async join(id: string, client: number): Promise<Peer> {
    const protocol = { "sec-websocket-protocol": "roost.v1" };
    const response = await openSocket(`/v1/documents/${id}/connect?user=u${client}`, protocol);
    if (response.webSocket === null) throw new Error(`refused with ${response.status}`);
    const peer = new Peer(response.webSocket);
    await peer.greet(client);
    return peer;
  }

  /** Says hello, shows itself and waits for the document. */
  async greet(client: number): Promise<void> {
    this.send(
      { type: "hello", version: PROTOCOL_VERSION },
      { type: "sync-step-1", stateVector: Uint8Array.of(0) },
      { type: "awareness", update: encodeAwareness([{ client, clock: 1, state: `{"n":${client}}` }]) },
    );
    await expect.poll(() => this.messages.some(({ type }) => type === "sync-step-2"), PROMPT).toBe(true);
  }

  send(...messages: readonly ClientMessage[]): void {
    this.#socket.send(encodeClientFrame(messages));
  }

  close(code?: number): void {
    this.#socket.close(code);
  }

  heardOf(client: number): string | null | undefined {
    const entries: AwarenessEntry[] = this.messages.flatMap((message) => {
      if (message.type !== "awareness") return [];
      const decoded = decodeAwareness(message.update);
      return decoded.ok ? [...decoded.value] : [];
    });
    return entries.findLast((entry) => entry.client === client)?.state;
  }
}

export function stubOf(id: string) {
  return env.DOCUMENT_ROOM.getByName(`default/document/${id}`);
}

export async function alarmOf(id: string): Promise<number | null> {
  return await runInDurableObject(stubOf(id), async (_room, state) => await state.storage.getAlarm());
}

export function typed(text: string): ClientMessage {
  const doc = new Y.Doc();
  doc.getText("text").insert(0, text);
  return { type: "update", number: 1, update: Y.encodeStateAsUpdate(doc) };
}
