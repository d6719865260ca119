/**
 * y-websocket's own provider on a document of Roost.
 * @module
 */
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { type Expected, digestOf } from "../content.ts";

export type StockJoinParams = {
  /** `ws://host:port` of the server. */
  readonly origin: string;
  readonly documentId: string;
  readonly expected: Expected;
};

const SYNC_MS = 60_000;

/** Rejects when it does not sync, or syncs to something else. */
export async function stockJoin({ origin, documentId, expected }: StockJoinParams): Promise<void> {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${origin}/yjs`, documentId, doc, { disableBc: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("y-websocket did not sync")), SYNC_MS);
  provider.on("sync", (isSynced: boolean) => isSynced && resolve());
  try {
    await promise;
    if (digestOf(doc, expected.roots) !== expected.digest) throw new Error("y-websocket synced something else");
  } finally {
    clearTimeout(timer);
    provider.destroy();
  }
}
