/**
 * What the SQLite files of the rooms hold, read from outside.
 * @module
 */
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { roomFiles } from "./server.ts";

/** Rows of each table of each file, the platform's own tables included. Only while the server is stopped. */
export async function readRoomTables(stateDir: string): Promise<Readonly<Record<string, Record<string, number>>>> {
  const rooms: Record<string, Record<string, number>> = {};
  for (const file of await roomFiles(stateDir)) rooms[basename(file)] = countRows(file);
  return rooms;
}

function countRows(file: string): Record<string, number> {
  const database = new DatabaseSync(file);
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return Object.fromEntries(
      tables.map(({ name }) => {
        const counted = database.prepare(`SELECT count(*) AS n FROM "${String(name)}"`).get();
        return [String(name), Number(counted?.["n"])];
      }),
    );
  } finally {
    database.close();
  }
}
