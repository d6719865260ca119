/**
 * Y-Sweet's provider with the token that an application's server hands it.
 * @module
 */
import { WebSocket } from "ws";
import { YSweetClient } from "../../support/y-sweet-client.ts";
import type { StockClient, StockFamily, StockOptions } from "../stock-client.ts";

export const families: readonly StockFamily[] = [
  { family: "y-sweet", label: "Y-Sweet 0.9", knowsSaved: true, renewsToken: true, isChatty: true, open },
];

function open({ wsUrl, id, doc, token }: StockOptions): StockClient {
  const baseUrl = `${wsUrl.replace(/^ws/, "http")}/d/${encodeURIComponent(id)}`;
  const authEndpoint = async () => {
    const url = `${wsUrl}/d/${encodeURIComponent(id)}/ws`;
    return { url, baseUrl, docId: id, ...(token !== undefined && { token: await token() }) };
  };
  const client = new YSweetClient({ id, doc, authEndpoint });
  const { provider, refusals, sockets } = client;
  return {
    doc,
    awareness: provider.awareness,
    isSynced: () => client.isConnected,
    isClean: () => !provider.hasLocalChanges,
    refusals,
    opened: () => sockets.length,
    gaveUp: () => client.gaveUp,
    connect: () => {
      client.goOnline();
      // Its own loop ends for good with a socket that dies as it gets in sync: an application has to ask.
      const isStuck = provider.status === "error" && sockets.at(-1)?.readyState === WebSocket.CLOSED;
      if (isStuck) void provider.connect();
    },
    // Its own `disconnect` comes back at once by itself.
    disconnect: () => client.goOffline(),
    dropWire: () => client.dropWire(),
    destroy: () => client.destroy(),
  };
}
