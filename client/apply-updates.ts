/**
 * Updates from elsewhere, brought into the document.
 * @module
 */
import * as Y from "yjs";
import { reportUncaught } from "./emitter.ts";

/**
 * Applies `updates` in one transaction. Throws what Yjs throws about their bytes; what an observer of the application
 * throws is reported and hurts nobody.
 */
export function applyAll(doc: Y.Doc, updates: readonly Uint8Array[], origin: object): void {
  let unreadable: { readonly error: unknown } | undefined;
  try {
    doc.transact(() => {
      try {
        // Inside a transaction: observers run after this.
        for (const update of updates) Y.applyUpdate(doc, update, origin);
      } catch (error) {
        unreadable = { error };
      }
    }, origin);
  } catch (error) {
    reportUncaught(error);
  }
  if (unreadable !== undefined) throw unreadable.error;
}
