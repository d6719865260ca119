/**
 * Users by a small number, so that a row of the log names its senders in a byte. One row per user, written once.
 * @module
 */
import type { RoomDatabase } from "./database.ts";

const READ_SENDERS = "SELECT idx, user FROM senders ORDER BY idx";
const ADD_SENDER = "INSERT INTO senders (idx, user) VALUES (?, ?)";

export class Senders {
  readonly #db: RoomDatabase;
  #users: string[] | undefined;
  #indexes = new Map<string, number>();

  constructor(db: RoomDatabase) {
    this.#db = db;
    db.onRollback(() => this.forget());
  }

  /** Number of `user`, given and stored at the first call. */
  indexOf(user: string): number {
    const users = this.#load();
    const known = this.#indexes.get(user);
    if (known !== undefined) return known;
    const index = users.length;
    this.#db.write(ADD_SENDER, index, user);
    users.push(user);
    this.#indexes.set(user, index);
    return index;
  }

  /** Throws for a number never given: the log is corrupt. */
  userOf(index: number): string {
    const user = this.#load()[index];
    if (user === undefined) throw new Error(`the log names sender ${index}, which is not stored`);
    return user;
  }

  /** After the table changed behind this object's back. */
  forget(): void {
    this.#users = undefined;
  }

  #load(): string[] {
    if (this.#users !== undefined) return this.#users;
    const users = this.#db.read<{ idx: number; user: string }>(READ_SENDERS).map((row) => row.user);
    this.#indexes = new Map(users.map((user, index) => [user, index]));
    this.#users = users;
    return users;
  }
}
