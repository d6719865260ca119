/**
 * The rooms of one game as its lobby knows them, in the lobby's own SQLite.
 * @module
 */
import type { Listing } from "../../core/game/ports.ts";
import { RoomDatabase } from "./database.ts";
import { decodePlain, encodePlain } from "./game-plain.ts";
import { LOBBY_MIGRATIONS } from "./game-schema.ts";
import type { SqlHost } from "./schema.ts";

const READ_ROOMS = "SELECT room, version, filter, listing FROM rooms";
const WRITE_ROOM = "INSERT OR REPLACE INTO rooms (room, version, filter, listing) VALUES (?, ?, ?, ?)";
const DELETE_ROOM = "DELETE FROM rooms WHERE room = ?";

/** `filter`: JSON of the options that the game is found by. */
export type LobbyRow = {
  readonly room: string;
  readonly version: number;
  readonly filter: string;
  readonly listing: Listing;
};

export class LobbyStore {
  readonly #db: RoomDatabase;

  /** Reading a lobby that was never used creates nothing. */
  constructor(host: SqlHost) {
    this.#db = new RoomDatabase(host, LOBBY_MIGRATIONS);
  }

  rooms(): readonly LobbyRow[] {
    const rows = this.#db.read<{ room: string; version: number; filter: string; listing: ArrayBuffer }>(READ_ROOMS);
    return rows.map(({ room, version, filter, listing }) => ({
      ...{ room, version, filter },
      // SAFETY: `put` wrote it.
      listing: decodePlain(new Uint8Array(listing)) as Listing,
    }));
  }

  put({ room, version, filter, listing }: LobbyRow): void {
    this.#db.write(WRITE_ROOM, room, version, filter, encodePlain(listing));
  }

  remove(room: string): void {
    this.#db.change(DELETE_ROOM, room);
  }
}
