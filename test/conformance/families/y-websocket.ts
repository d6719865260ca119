/**
 * y-websocket's providers. Version 4 is for Yjs 14, so a document of that stands between the provider and the test's.
 * @module
 */
import * as Y14 from "@y/y";
import type { WebSocket } from "ws";
import type { Awareness } from "y-protocols/awareness";
import { WebsocketProvider as WebsocketProvider3 } from "y-websocket";
import { WebsocketProvider as WebsocketProvider1 } from "y-websocket-1";
import { WebsocketProvider as WebsocketProvider2 } from "y-websocket-2";
import { WebsocketProvider as WebsocketProvider4 } from "y-websocket-4";
import * as Y from "yjs";
import type { StockClient, StockFamily, StockOptions } from "../stock-client.ts";
import { refusalsOf, watched } from "../y-frames.ts";

/** None knows what is saved: version 4.0.0-3, the newest that is published as @y/websocket, does not look for its own updates either. */
const SAME = { family: "y-websocket", knowsSaved: false, isChatty: true } as const;

export const families: readonly StockFamily[] = [
  // Its address is made once, with the token that was good then.
  { ...SAME, label: "y-websocket 1.5", renewsToken: false, open: open1 },
  { ...SAME, label: "y-websocket 2.1", renewsToken: true, open: open2 },
  { ...SAME, label: "y-websocket 3.1", renewsToken: true, open: open3 },
  { ...SAME, label: "y-websocket 4.0 (rc)", renewsToken: true, open: open4 },
];

/** What a test asks of a provider, whichever version it is. */
type Provider = Parameters<typeof refusalsOf>[0] & {
  readonly synced: boolean;
  connect(): void;
  disconnect(): void;
  destroy(): void;
};

function open1(options: StockOptions): StockClient {
  const sockets: WebSocket[] = [];
  const { doc } = options;
  const provider = new WebsocketProvider1(`${options.wsUrl}/yjs`, options.id, doc, settings(options, sockets));
  return clientOf(doc, provider.awareness, provider, sockets);
}

function open2(options: StockOptions): StockClient {
  const sockets: WebSocket[] = [];
  const { doc } = options;
  const provider = new WebsocketProvider2(`${options.wsUrl}/yjs`, options.id, doc, settings(options, sockets));
  return clientOf(doc, provider.awareness, provider, sockets);
}

function open3(options: StockOptions): StockClient {
  const sockets: WebSocket[] = [];
  const { doc } = options;
  const provider = new WebsocketProvider3(`${options.wsUrl}/yjs`, options.id, doc, settings(options, sockets));
  const client = clientOf(doc, provider.awareness, provider, sockets);
  provider.on("closed", ({ code, reason }) => client.refusals.push(`${code} ${reason}`));
  return client;
}

function open4(options: StockOptions): StockClient {
  const sockets: WebSocket[] = [];
  const { doc } = options;
  const inner = mirrorOf(doc);
  const provider = new WebsocketProvider4(`${options.wsUrl}/yjs`, options.id, inner, settings(options, sockets));
  const awareness: unknown = provider.awareness;
  // SAFETY: the same class, but for the document that it belongs to.
  const client = clientOf(doc, awareness as Awareness, provider, sockets);
  return {
    ...client,
    destroy: () => {
      client.destroy();
      inner.destroy();
    },
  };
}

function settings({ token }: StockOptions, sockets: WebSocket[]) {
  return {
    // What passes between two in one process proves nothing of the server.
    disableBc: true,
    WebSocketPolyfill: watched(sockets),
    // Read before each connect, but by version 1.
    params:
      token === undefined
        ? {}
        : {
            get token() {
              return atOnce(token());
            },
          },
  };
}

/** Its parameters are text. */
function atOnce(token: string | Promise<string>): string {
  if (typeof token !== "string") throw new Error("y-websocket waits for no token");
  return token;
}

function clientOf(doc: Y.Doc, awareness: Awareness, provider: Provider, sockets: readonly WebSocket[]) {
  return {
    ...{ doc, awareness, refusals: refusalsOf(provider) },
    isSynced: () => provider.synced,
    isClean: () => undefined,
    opened: () => sockets.length,
    connect: () => provider.connect(),
    disconnect: () => provider.disconnect(),
    dropWire: () => sockets.at(-1)?.terminate(),
    destroy: () => provider.destroy(),
  };
}

/** A document of Yjs 14 that follows one of Yjs 13, and the other way round, under one client id. */
function mirrorOf(doc: Y.Doc): Y14.Doc {
  const inner = new Y14.Doc();
  const { clientID } = doc;
  const follow = (update: Uint8Array): void => {
    // It would take another id when it sees its own used elsewhere; here that is the test's document, and no conflict.
    inner.clientID = 0;
    Y14.applyUpdate(inner, update, doc);
    inner.clientID = clientID;
  };
  follow(Y.encodeStateAsUpdate(doc));
  doc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== inner) follow(update);
  });
  inner.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== doc) Y.applyUpdate(doc, update, inner);
  });
  return inner;
}
