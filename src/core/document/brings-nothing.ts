/**
 * Whether an update says anything of a document that is not so already.
 * @module
 */
import { createDeleteSetFromStructStore } from "yjs";
import { ClockTable } from "./clock-table.ts";
import type { DocumentBytes } from "./compaction.ts";
import { trimUpdate } from "./concat-updates.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import { hydrate } from "./hydrate.ts";
import { readUpdate } from "./update-reader.ts";

/**
 * True also where it deletes what no stored row says is deleted, yet is: of two values of one key that are set at once Yjs deletes
 * one wherever both are, and only a document that was built says so. Builds `live`, whose clocks are `stateVector`, when the
 * update brings no structs.
 * @throws Error when a stored part does not apply (see hydrate).
 */
export function bringsNothing(live: DocumentBytes, stateVector: Uint8Array, update: Uint8Array): boolean {
  const clocks = ClockTable.decode(stateVector);
  const read = clocks.ok ? readUpdate(update, clocks.value) : clocks;
  if (!read.ok || read.value.kind === "gap" || read.value.hasNewStructs) return false;
  if (read.value.deletes.isEmpty) return true;
  const { doc } = hydrate(live.parts, live.rows);
  try {
    const deleted = new DeleteRanges();
    for (const [client, ranges] of createDeleteSetFromStructStore(doc.store).clients) {
      for (const { clock, len } of ranges) deleted.add(client, clock, len);
    }
    return trimUpdate(update, read.value, deleted) === null;
  } finally {
    doc.destroy();
  }
}
