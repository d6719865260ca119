/**
 * One object's SQLite as the stores of its room see it: reads of a room without tables are empty, the first write
 * creates them, and a rollback makes every store forget what it cached.
 * @module
 */
import { MIGRATIONS, hasSchema, migrate, type SqlHost } from "./schema.ts";

type Row = Record<string, SqlStorageValue>;
type Bind = SqlStorageValue | Uint8Array;

export class RoomDatabase {
  readonly #host: SqlHost;
  readonly #migrations: readonly string[];
  readonly #forgetters: (() => void)[] = [];
  #hasTables: boolean;
  #isInTransaction = false;

  /** Brings existing tables to the newest version; creates none. `migrations`: of another kind of room than documents. */
  constructor(host: SqlHost, migrations: readonly string[] = MIGRATIONS) {
    this.#host = host;
    this.#migrations = migrations;
    this.#hasTables = hasSchema(host);
    if (this.#hasTables) migrate(host, migrations);
  }

  /** Empty when the room has no tables. */
  read<T extends Row>(query: string, ...binds: Bind[]): readonly T[] {
    return this.#hasTables ? this.#host.sql.exec<T>(query, ...binds).toArray() : [];
  }

  /** For inserts: creates the tables first when they are missing. */
  write(query: string, ...binds: Bind[]): void {
    if (!this.#hasTables) {
      migrate(this.#host, this.#migrations);
      this.#hasTables = true;
    }
    this.#host.sql.exec(query, ...binds);
  }

  /** For deletes and updates: nothing to do in a room without tables. */
  change(query: string, ...binds: Bind[]): void {
    if (this.#hasTables) this.#host.sql.exec(query, ...binds);
  }

  /** `forget` runs after each rollback: drop what was read or written since, it may not be there any more. */
  onRollback(forget: () => void): void {
    this.#forgetters.push(forget);
  }

  /** Several statements, all or none: by itself a throw between two of them would leave the first one written. */
  atomically<T>(body: () => T): T {
    return this.alone(() => this.#host.transactionSync(body));
  }

  /**
   * Statements that may stay without those after them. When one fails the stores forget all the same: SQLite answers a full
   * disk by rolling back whatever the runtime had not committed yet (sqlite.org/lang_transaction.html, "Response To Errors").
   */
  alone<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      this.#hasTables = hasSchema(this.#host);
      for (const forget of this.#forgetters) forget();
      throw error;
    }
  }

  /** {@link atomically} for callers of the stores. Throws when one is open already. */
  transaction<T>(body: () => T): T {
    if (this.#isInTransaction) throw new Error("transactions do not nest");
    this.#isInTransaction = true;
    try {
      return this.atomically(body);
    } finally {
      this.#isInTransaction = false;
    }
  }
}
