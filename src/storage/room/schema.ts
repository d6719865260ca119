/**
 * Tables of a document room and how they came to be. Append-only: what was deployed is never edited, and each entry has
 * a test that starts from the version before it, with data. Every column is documented in migrations/README.md.
 * @module
 */

/** The part of `ctx.storage` that these adapters use. */
export type SqlHost = {
  readonly sql: Pick<SqlStorage, "exec">;
  transactionSync<T>(body: () => T): T;
};

// Columns have types on purpose: the runtime binds every number as a REAL, and only INTEGER affinity stores it as one.
// No secondary index: each of its rows is one more row written.
const CREATE_DOCUMENT = `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    schema_version INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER,
    created_ms INTEGER,
    snapshot_seq INTEGER,
    history_seq INTEGER,
    deleted_ms INTEGER,
    summary TEXT
  );
  CREATE TABLE updates (
    row_key INTEGER PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    bytes BLOB NOT NULL
  );
  CREATE TABLE senders (idx INTEGER PRIMARY KEY, user TEXT NOT NULL);
  CREATE TABLE authors (client INTEGER PRIMARY KEY, sender INTEGER NOT NULL);
  CREATE TABLE parts (
    n INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL
  );
  CREATE TABLE tasks (
    name TEXT PRIMARY KEY,
    due_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE outbox (
    key INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    version TEXT NOT NULL,
    body TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  );
  CREATE TABLE quarantine (
    n INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    user TEXT NOT NULL,
    reason TEXT NOT NULL,
    bytes BLOB NOT NULL
  );
  INSERT INTO meta (id, schema_version) VALUES (1, 0);
`;

const ADD_LOCK = "ALTER TABLE meta ADD COLUMN lock TEXT NOT NULL DEFAULT 'open'";

const ADD_ATTRIBUTION = `
  CREATE TABLE attribution (
    client INTEGER NOT NULL,
    clock INTEGER NOT NULL,
    length INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (client, clock)
  ) WITHOUT ROWID;
  ALTER TABLE meta ADD COLUMN attributed_epoch INTEGER;
  ALTER TABLE meta ADD COLUMN attributed_through TEXT;
`;

/** Entry `i` takes a room from schema version `i` to `i + 1`. */
export const MIGRATIONS: readonly string[] = [CREATE_DOCUMENT, ADD_LOCK, ADD_ATTRIBUTION];

const FIND_META = "SELECT count(*) AS found FROM sqlite_master WHERE type = 'table' AND name = 'meta'";
const READ_VERSION = "SELECT schema_version FROM meta WHERE id = 1";
const WRITE_VERSION = "UPDATE meta SET schema_version = ? WHERE id = 1";

/** Whether this object has the tables of a room. Creates nothing, so asking for an unknown id leaves no trace. */
export function hasSchema(storage: SqlHost): boolean {
  return storage.sql.exec<{ found: number }>(FIND_META).one().found > 0;
}

/**
 * Brings the tables to the newest version, all steps or none; writes nothing when they are there already.
 * Throws on a schema newer than this code: a deploy was rolled back, and old code must not write into new tables.
 */
export function migrate(storage: SqlHost, migrations: readonly string[] = MIGRATIONS): void {
  const { sql } = storage;
  const from = hasSchema(storage) ? sql.exec<{ schema_version: number }>(READ_VERSION).one().schema_version : 0;
  if (from > migrations.length) {
    throw new Error(`room schema ${from} is newer than this code, which knows ${migrations.length}`);
  }
  if (from === migrations.length) return;
  storage.transactionSync(() => {
    for (const statements of migrations.slice(from)) sql.exec(statements);
    sql.exec(WRITE_VERSION, migrations.length);
  });
}
