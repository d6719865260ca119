/**
 * Every kind of socket the server has, and how it is spoken to.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import * as encoding from "lib0/encoding";
import WebSocket from "ws";
import { encodeClientFrame } from "../../src/protocol/frames.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL } from "../../src/protocol/limits.ts";
import { PRESENCE_SUBPROTOCOL } from "../../src/protocol/presence-messages.ts";
import { authFrame, stepOneFrame } from "./hocuspocus-frames.ts";

/** The document that is spoken of in sockets whose address does not name it. */
export const DOCUMENT = "vault/plan";

/** Everything that a socket hears until it is closed, or has been open for a moment. */
export async function hear(
  url: string,
  origin: string,
  { protocols, said }: Pick<Way, "protocols" | "said">,
): Promise<Buffer> {
  const socket = new WebSocket(url, [...protocols], { origin });
  const heard: Buffer[] = [];
  socket.on("error", () => {});
  socket.on("upgrade", (answer) => heard.push(Buffer.from(JSON.stringify(answer.rawHeaders))));
  socket.on("unexpected-response", (_asked, answer) => {
    heard.push(Buffer.from(JSON.stringify(answer.rawHeaders)));
    answer.on("data", (data: Buffer) => heard.push(data));
    answer.on("end", () => socket.terminate());
  });
  socket.on("message", (data: Buffer) => heard.push(data));
  const closed = new Promise<void>((resolve) => {
    socket.once("close", (_code, reason: Buffer) => {
      heard.push(reason);
      resolve();
    });
  });
  socket.on("open", () => {
    for (const frame of said) socket.send(frame);
  });
  await Promise.race([closed, delay(150)]);
  socket.terminate();
  await closed;
  return Buffer.concat(heard);
}

const OPENING = encodeClientFrame([
  { type: "hello", version: PROTOCOL_VERSION },
  { type: "sync-step-1", stateVector: Uint8Array.of(0) },
]);
const STOCK_OPENING = Uint8Array.of(0, 0, 1, 0);
const PRESENCE_OPENING = Buffer.from([0, 1, 2, ...Buffer.from("{}")]);

function presenceToken(token: string): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 10);
  encoding.writeVarString(encoder, token);
  return encoding.toUint8Array(encoder);
}

export type Way = {
  readonly protocols: readonly string[];
  readonly said: readonly (Uint8Array | string)[];
  /** A fresh token, as this kind of socket takes one. */
  readonly token?: (text: string) => Uint8Array;
};

/** How each kind of socket is spoken to. One without a row here fails the test. */
export const WAYS: Readonly<Record<string, Way>> = {
  "GET /v1/documents/{id}/connect": {
    protocols: [SUBPROTOCOL],
    said: [OPENING],
    token: (token) => encodeClientFrame([{ type: "token", token }]),
  },
  "GET /d/{id}/ws/{same}": { protocols: [], said: [STOCK_OPENING, Uint8Array.of(102, 1, 0)] },
  "GET /yjs/{id}": { protocols: [], said: [STOCK_OPENING] },
  "GET /parties/document/{id}": { protocols: [], said: [STOCK_OPENING, "__YPS:hello"] },
  "GET /v1/presence/{id}/connect": {
    protocols: [PRESENCE_SUBPROTOCOL],
    said: [PRESENCE_OPENING],
    token: presenceToken,
  },
  "GET /hocuspocus/{id}": {
    protocols: [],
    said: [stepOneFrame(DOCUMENT)],
    token: (token) => authFrame(DOCUMENT, token),
  },
  "GET /hocuspocus": {
    protocols: [],
    said: [authFrame(DOCUMENT, ""), stepOneFrame(DOCUMENT)],
    token: (token) => authFrame(DOCUMENT, token),
  },
  // No seat: that is said in the socket.
  "GET /games/{id}": { protocols: [], said: [Uint8Array.of(10)] },
  "GET /lobby/{game}": { protocols: [], said: [Uint8Array.of(10)] },
  "GET /": { protocols: [], said: [Uint8Array.of(18)] },
};
