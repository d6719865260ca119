/**
 * Who first used which Yjs client id, from the stamped rows. Attribution only: ids never decide what is accepted.
 * @module
 */
import { ClockTable } from "./document/clock-table.ts";
import { SEVERAL_USERS } from "./document/merge-rows.ts";
import { readUpdate } from "./document/update-reader.ts";
import type { LogRow } from "./ports.ts";

/** First sender of each client id in these rows, in order of appearance. */
export function authorsOf(rows: Iterable<LogRow>): ReadonlyMap<number, string> {
  const authors = new Map<number, string>();
  for (const row of rows) {
    for (const { user, update } of row.updates) {
      if (user === SEVERAL_USERS) continue;
      for (const client of clientsOf(update)) if (!authors.has(client)) authors.set(client, user);
    }
  }
  return authors;
}

function clientsOf(update: Uint8Array): readonly number[] {
  const read = readUpdate(update, new ClockTable());
  // Compaction quarantines what does not read.
  return read.ok ? read.value.blocks.map(({ client }) => client) : [];
}
