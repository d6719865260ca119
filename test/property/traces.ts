/**
 * Recorded editing histories as the updates that a client would have sent.
 * @module
 */
import * as Y from "yjs";
import { type Trace, applyTransaction } from "../support/trace.ts";

export { readTrace } from "../support/trace.ts";

export const isLong = process.env["ROOST_LONG"] === "1";

/** One update per recorded transaction, of one client, on the text `text`. For recordings without characters beyond U+FFFF. */
export function traceUpdates(trace: Trace): Uint8Array[] {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  if (trace.startContent !== "") text.insert(0, trace.startContent);
  for (const { patches } of trace.txns) doc.transact(() => applyTransaction(text, patches));
  return updates;
}
