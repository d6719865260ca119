/**
 * What a client who comes with nothing gets of a document.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import * as Y from "yjs";
import { type LoadAddress, LoadClient } from "./load-client.ts";

/** Servers that load a document while they answer from an empty one send the rest within this. */
const MORE_MS = 1_500;

/** Of the first sync, and of whatever comes until nothing has come for a while. */
export async function fetchDocument(address: LoadAddress): Promise<Y.Doc> {
  const updates: Uint8Array[] = [];
  const reader = await LoadClient.join(address, {
    onHeard: (heard) => {
      if (heard.type === "update") updates.push(heard.update);
    },
  });
  for (let had = -1; had !== reader.bytesReceived;) {
    had = reader.bytesReceived;
    await pause(MORE_MS);
  }
  await reader.leave();
  return documentOf(updates);
}

/** In one transaction: each of its own would run observers and garbage collection for every keystroke. */
export function documentOf(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update);
  });
  return doc;
}
