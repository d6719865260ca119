/**
 * Who first used each Yjs client id. For attribution only, never a reason to refuse an update (DESIGN §5).
 * @module
 */
import type { AuthorStore } from "../../core/ports.ts";
import type { RoomDatabase } from "./database.ts";
import type { Senders } from "./senders.ts";

const FIND_AUTHOR = "SELECT sender FROM authors WHERE client = ?";
const ADD_AUTHOR = "INSERT INTO authors (client, sender) VALUES (?, ?)";
const READ_ALL = "SELECT client, user FROM authors JOIN senders ON idx = sender ORDER BY client";
const READ_USERS = `
  SELECT user FROM senders WHERE idx IN (SELECT sender FROM authors) AND user <> '' ORDER BY idx DESC LIMIT ?`;

export class SqlAuthorStore implements AuthorStore {
  readonly #db: RoomDatabase;
  readonly #senders: Senders;

  constructor(db: RoomDatabase, senders: Senders) {
    this.#db = db;
    this.#senders = senders;
  }

  record(pairs: Iterable<readonly [client: number, user: string]>): void {
    this.#db.atomically(() => {
      for (const [client, user] of pairs) {
        // Reads first: a row read costs a thousandth of a row written, and most clients are known.
        if (this.#db.read(FIND_AUTHOR, client).length > 0) continue;
        this.#db.write(ADD_AUTHOR, client, this.#senders.indexOf(user));
      }
    });
  }

  users(limit: number): readonly string[] {
    return this.#db.read<{ user: string }>(READ_USERS, limit).map((row) => row.user);
  }

  read(): Iterable<readonly [client: number, user: string]> {
    return this.#db.read<{ client: number; user: string }>(READ_ALL).map(({ client, user }) => [client, user] as const);
  }
}
