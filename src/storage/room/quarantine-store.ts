/**
 * Updates that were accepted and then failed compaction: kept for a person to look at, no longer part of the document.
 * @module
 */
import type { QuarantineStore, StampedUpdate } from "../../core/ports.ts";
import { splitBytes } from "./chunks.ts";
import type { RoomDatabase } from "./database.ts";

// n is given by SQLite: chunks of one update follow each other.
const ADD_CHUNK = "INSERT INTO quarantine (seq, part, user, reason, bytes) VALUES (?, ?, ?, ?, ?)";
const COUNT = "SELECT count(*) AS updates FROM quarantine WHERE part = 0";

export class SqlQuarantineStore implements QuarantineStore {
  readonly #db: RoomDatabase;

  constructor(db: RoomDatabase) {
    this.#db = db;
  }

  put(seq: number, { user, update }: StampedUpdate, reason: string): void {
    this.#db.atomically(() => {
      for (const [part, chunk] of splitBytes(update).entries()) {
        this.#db.write(ADD_CHUNK, seq, part, user, reason, chunk);
      }
    });
  }

  count(): number {
    return this.#db.read<{ updates: number }>(COUNT)[0]?.updates ?? 0;
  }
}
