/**
 * Storage of an object that was never used, and what is asked of it.
 * @module
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { SqlHost } from "../../src/storage/room/schema.ts";

let rooms = 0;

/** Inside an object that was never used: only the runtime's own tables, if any. */
export async function inFreshRoom(body: (storage: DurableObjectStorage) => void): Promise<void> {
  rooms += 1;
  const stub = env.DOCUMENT_ROOM.getByName(`default/document/storage-${rooms}`);
  await runInDurableObject(stub, (_room, state) => body(state.storage));
}

/** The real storage, and what it was asked: rows written are the bill. */
export function metered(storage: DurableObjectStorage) {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const host: SqlHost = {
    sql: {
      exec: (query, ...binds) => {
        const cursor = storage.sql.exec<never>(query, ...binds);
        cursors.push(cursor);
        return cursor;
      },
    },
    transactionSync: (body) => storage.transactionSync(body),
  };
  /** Rows that `act` wrote, index rows included. */
  const rowsWritten = (act: () => void): number => {
    cursors.length = 0;
    act();
    return cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
  };
  const statements = (act: () => void): number => {
    cursors.length = 0;
    act();
    return cursors.length;
  };
  return { host, rowsWritten, statements };
}

export const tables = ({ sql }: SqlHost): readonly string[] =>
  sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .toArray()
    .map((row) => row.name)
    .filter((name) => !name.startsWith("_cf_"));
