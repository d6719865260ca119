/**
 * Roost's own provider on a document of Roost.
 * @module
 */
import WebSocket from "ws";
import * as Y from "yjs";
import { DocumentProvider } from "../../../../client/index.ts";
import { digestOf } from "../content.ts";
import type { StockJoinParams } from "./stock-join.ts";

const SYNC_MS = 60_000;

/** Rejects when it does not sync, or syncs to something else. */
export async function providerJoin({ origin, documentId, expected }: StockJoinParams): Promise<void> {
  const doc = new Y.Doc();
  const provider = new DocumentProvider({ url: origin, id: documentId, doc, WebSocket });
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the provider did not sync")), SYNC_MS);
  try {
    await Promise.race([provider.whenSynced, promise]);
    if (digestOf(doc, expected.roots) !== expected.digest) throw new Error("the provider synced something else");
  } finally {
    clearTimeout(timer);
    provider.destroy();
  }
}
