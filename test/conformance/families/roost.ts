/**
 * Roost's own provider, asked as the stock ones are.
 * @module
 */
import { WebSocket } from "ws";
import { DocumentProvider } from "../../../client/index.ts";
import type { StockClient, StockFamily, StockOptions } from "../stock-client.ts";

export const families: readonly StockFamily[] = [
  { family: "roost", label: "Roost", knowsSaved: true, renewsToken: true, isChatty: false, open },
];

function open({ wsUrl, id, doc, token }: StockOptions): StockClient {
  const sockets: WebSocket[] = [];
  const refusals: string[] = [];
  const provider = new DocumentProvider({
    url: wsUrl,
    id,
    doc,
    offline: false,
    broadcast: false,
    WebSocket: watched(sockets),
    ...(token === undefined ? {} : { token }),
  });
  provider.on("error", ({ kind, message }) => kind !== "tabs" && kind !== "offline" && refusals.push(message));
  provider.on("closed", ({ final, reason }) => final && refusals.push(reason));
  provider.on("rights", ({ scopes, reason }) => !scopes.includes("write") && refusals.push(`read-only: ${reason}`));
  return {
    doc,
    awareness: provider.awareness,
    isSynced: () => provider.status === "synced",
    isClean: () => provider.saveState === "saved",
    refusals,
    opened: () => sockets.length,
    connect: () => provider.connect(),
    disconnect: () => provider.disconnect(),
    dropWire: () => sockets.at(-1)?.terminate(),
    destroy: () => provider.destroy(),
  };
}

/** A WebSocket class that keeps every socket it makes in `sockets`. */
function watched(sockets: WebSocket[]) {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
}
