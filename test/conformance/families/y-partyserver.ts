/**
 * y-partyserver's provider.
 * @module
 */
import type { WebSocket } from "ws";
import YProvider from "y-partyserver/provider";
import type { StockClient, StockFamily, StockOptions } from "../stock-client.ts";
import { refusalsOf, watched } from "../y-frames.ts";

export const families: readonly StockFamily[] = [
  { family: "y-partyserver", label: "YProvider 2.2", knowsSaved: false, renewsToken: true, isChatty: false, open },
];

function open({ wsUrl, id, doc, token }: StockOptions): StockClient {
  const sockets: WebSocket[] = [];
  const provider = new YProvider(wsUrl, id, doc, {
    party: "document",
    disableBc: true,
    WebSocketPolyfill: watched(sockets),
    ...(token !== undefined && { params: async () => ({ token: await token() }) }),
  });
  return {
    ...{ doc, awareness: provider.awareness, refusals: refusalsOf(provider) },
    isSynced: () => provider.synced,
    isClean: () => undefined,
    opened: () => sockets.length,
    connect: () => void provider.connect(),
    disconnect: () => provider.disconnect(),
    dropWire: () => sockets.at(-1)?.terminate(),
    destroy: () => provider.destroy(),
  };
}
