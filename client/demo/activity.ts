/**
 * Who is doing something right now.
 * @module
 */
import type * as Y from "yjs";
import type { DocumentProvider } from "../index.ts";

/** Fields that an awareness `change` event carries: client ids. */
export type AwarenessChange = Readonly<Record<"added" | "updated" | "removed", readonly number[]>>;

/**
 * Calls `onActive` for each client whose presence changed or who wrote. Presence alone is not enough: the caret of somebody
 * who types at the end of a line keeps the same relative position. A state sent again unchanged is no sign of life.
 */
export function watchActivity({ awareness, doc }: DocumentProvider, onActive: (client: number) => void): void {
  awareness.on("change", ({ added, updated }: AwarenessChange) => {
    for (const client of [...added, ...updated]) onActive(client);
  });
  doc.on("afterTransaction", ({ local, beforeState, afterState }: Y.Transaction) => {
    if (local) return;
    for (const [client, clock] of afterState) {
      if (beforeState.get(client) !== clock && awareness.getStates().has(client)) onActive(client);
    }
  });
}
