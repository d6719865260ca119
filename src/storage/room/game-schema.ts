/**
 * Tables of a game room and of a lobby, and how they came to be. Append-only, as those of documents (schema.ts). Every column is
 * documented in migrations/README.md.
 * @module
 */

const CREATE_GAME = `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    schema_version INTEGER NOT NULL,
    reports INTEGER NOT NULL DEFAULT 0,
    filter TEXT NOT NULL DEFAULT '{}',
    game TEXT,
    game_version INTEGER,
    created_ms INTEGER,
    is_locked INTEGER,
    is_private INTEGER,
    metadata BLOB,
    banned TEXT,
    disposed_ms INTEGER
  );
  CREATE TABLE state (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE TABLE seats (
    session TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    state TEXT NOT NULL,
    is_spectator INTEGER NOT NULL,
    token_hash TEXT NOT NULL,
    next_token_hash TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    options BLOB NOT NULL,
    data BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE timers (name TEXT PRIMARY KEY, due_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    game TEXT NOT NULL,
    version INTEGER NOT NULL,
    listing BLOB NOT NULL
  );
  INSERT INTO meta (id, schema_version) VALUES (1, 0);
`;

/** Entry `i` takes a game room from schema version `i` to `i + 1`. */
export const GAME_MIGRATIONS: readonly string[] = [CREATE_GAME];

const CREATE_LOBBY = `
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), schema_version INTEGER NOT NULL);
  CREATE TABLE rooms (
    room TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    filter TEXT NOT NULL,
    listing BLOB NOT NULL
  ) WITHOUT ROWID;
  INSERT INTO meta (id, schema_version) VALUES (1, 0);
`;

/** Of a lobby. */
export const LOBBY_MIGRATIONS: readonly string[] = [CREATE_LOBBY];
