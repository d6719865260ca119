/**
 * Hocuspocus' providers, each with a socket at the address of its document, and those that can with one at the address that they share.
 * @module
 */
import * as v2 from "hocuspocus-provider-2";
import * as v3 from "hocuspocus-provider-3";
import * as v4 from "hocuspocus-provider-4";
import { WebSocket } from "ws";
import { Awareness } from "y-protocols/awareness";
import type { StockClient, StockFamily, StockOptions } from "../stock-client.ts";

const SAME = { family: "hocuspocus", knowsSaved: true, renewsToken: true, isChatty: true } as const;

export const families: readonly StockFamily[] = [
  { ...SAME, label: "Hocuspocus 2.15", open: (options) => openV2(options) },
  { ...SAME, label: "Hocuspocus 3.4", open: (options) => openV3(options, socketOf(v3, options, "own")) },
  { ...SAME, label: "Hocuspocus 4.8", open: (options) => openV4(options, socketOf(v4, options, "own")) },
  {
    ...SAME,
    label: "Hocuspocus 4.8, shared socket",
    open: (options) => openV4(options, socketOf(v4, options, "shared")),
  },
];

/** What a test asks of a provider, whichever version it is. */
type Provider = {
  readonly isSynced: boolean;
  readonly hasUnsyncedChanges: boolean;
  readonly authorizedScope: string | undefined;
  on(
    event: "authenticated" | "authenticationFailed",
    listener: (event?: { readonly reason?: string }) => void,
  ): unknown;
  destroy(): void;
};

/** And of what holds its WebSocket. */
type ProviderSocket = {
  connect(): unknown;
  disconnect(): void;
  destroy(): void;
  on(event: "disconnect", listener: () => void): unknown;
};

/** A provider's socket, the WebSockets that it has opened so far, and whether it came with this client. */
type Line<Socket> = { readonly socket: Socket; readonly opened: readonly WebSocket[]; readonly isOwn: boolean };

type SocketOptions = { readonly url: string; readonly WebSocketPolyfill: unknown };

/** A socket of this version, or the one that another client shares. */
function socketOf<Socket>(
  { HocuspocusProviderWebsocket }: { readonly HocuspocusProviderWebsocket: new (options: SocketOptions) => Socket },
  { wsUrl, id, shared }: StockOptions,
  kind: "own" | "shared",
): Line<Socket> {
  // SAFETY: a client of the same family has made it.
  if (shared !== undefined) return { ...(shared as Line<Socket>), isOwn: false };
  const opened: WebSocket[] = [];
  const url = kind === "own" ? `${wsUrl}/hocuspocus/${id}` : `${wsUrl}/hocuspocus`;
  return { socket: new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: watched(opened) }), opened, isOwn: true };
}

function openV2(options: StockOptions): StockClient {
  const { id, doc, token } = options;
  const line = socketOf(v2, options, "own");
  const awareness = new Awareness(doc);
  const provider = new v2.HocuspocusProvider({
    ...{ name: id, document: doc, awareness, websocketProvider: line.socket },
    // What passes between two in one process proves nothing of the server.
    broadcast: false,
    quiet: true,
    ...(token !== undefined && { token: async () => await token() }),
  });
  return clientOf(options, awareness, provider, line);
}

function openV3(options: StockOptions, line: Line<v3.HocuspocusProviderWebsocket>): StockClient {
  const { id, doc, token } = options;
  const awareness = new Awareness(doc);
  const provider = new v3.HocuspocusProvider({
    ...{ name: id, document: doc, awareness, websocketProvider: line.socket },
    ...(token !== undefined && { token: async () => await token() }),
  });
  provider.attach();
  return clientOf(options, awareness, provider, line);
}

function openV4(options: StockOptions, line: Line<v4.HocuspocusProviderWebsocket>): StockClient {
  const { id, doc, token } = options;
  const awareness = new Awareness(doc);
  const provider = new v4.HocuspocusProvider({
    ...{ name: id, document: doc, awareness, websocketProvider: line.socket },
    // Only then may one socket carry a document twice.
    sessionAwareness: !line.isOwn,
    ...(token !== undefined && { token: async () => await token() }),
  });
  provider.attach();
  return clientOf(options, awareness, provider, line);
}

function clientOf(
  { doc }: StockOptions,
  awareness: Awareness,
  provider: Provider,
  line: Line<ProviderSocket>,
): StockClient {
  const { socket, opened, isOwn } = line;
  const refusals: string[] = [];
  provider.on("authenticationFailed", (event) => refusals.push(event?.reason ?? ""));
  provider.on("authenticated", () => provider.authorizedScope === "readonly" && refusals.push("read-only"));
  // A socket passes over a `connect` that comes while its old WebSocket is closing.
  let isConnectDue = false;
  socket.on("disconnect", () => {
    if (isConnectDue) void socket.connect();
    isConnectDue = false;
  });
  return {
    ...{ doc, awareness, refusals },
    isSynced: () => provider.isSynced,
    isClean: () => !provider.hasUnsyncedChanges,
    opened: () => opened.length,
    connect: () => {
      isConnectDue = opened.at(-1)?.readyState === WebSocket.CLOSING;
      if (!isConnectDue) void socket.connect();
    },
    disconnect: () => {
      isConnectDue = false;
      socket.disconnect();
    },
    dropWire: () => opened.at(-1)?.terminate(),
    destroy: () => {
      isConnectDue = false;
      provider.destroy();
      if (isOwn) socket.destroy();
    },
    shared: line,
  };
}

/** A WebSocket class that keeps every socket it makes in `opened`. */
function watched(opened: WebSocket[]) {
  return class extends WebSocket {
    constructor(url: string) {
      super(url);
      // A provider takes its listener away before it closes a socket that is not open yet.
      this.on("error", () => undefined);
      opened.push(this);
    }
  };
}
