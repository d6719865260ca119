/**
 * What the connection's states are called on the page, one table each.
 * @module
 */
import { CLOSE_FRAMES } from "../../src/protocol/close-codes.ts";
import type { DocumentProvider } from "../index.ts";

export type Status = DocumentProvider["status"];
export type SaveState = DocumentProvider["saveState"];

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  connecting: "Connecting…",
  synced: "Connected",
  offline: "Offline",
};

export const SAVE_WORDS: Readonly<Record<SaveState, { readonly short: string; readonly long: string }>> = {
  saved: { short: "Saved", long: "Every change is saved on the server." },
  saving: { short: "Saving…", long: "Changes are on their way to the server." },
  unsaved: { short: "Not saved yet", long: "Offline: changes are kept here and sent when the connection is back." },
  refused: { short: "Not saved", long: "The server did not take the last changes. You can read here, not write." },
};

/** A close after which the client does not come back by itself, in words for the person at the page. */
export function finalCloseWords(code: number, reason: string): string {
  switch (code) {
    case CLOSE_FRAMES.deleted.code:
      return "This document was deleted. What you see is this browser's copy; the server keeps none.";
    case CLOSE_FRAMES.unauthorized.code:
      return "Your access has ended. Open the document again to sign in.";
    case CLOSE_FRAMES.forbidden.code:
      return "You may not open this document.";
    case CLOSE_FRAMES["too-large"].code:
      return "This document, or the last change to it, is larger than the server takes.";
    case CLOSE_FRAMES.malformed.code:
      return "The server could not read what this page sent. Reload the page to go on.";
    default:
      return `The server ended the connection${reason === "" ? "" : `: ${reason}`} (${code}).`;
  }
}
