-- Whose keys and tokens count, who is refused, who did what. README.md describes every column.

CREATE TABLE projects (
  number            INTEGER PRIMARY KEY,
  id                TEXT    NOT NULL UNIQUE,
  name              TEXT    NOT NULL,
  key_version       INTEGER NOT NULL DEFAULT 1,
  previous_until_ms INTEGER,
  origins           TEXT    NOT NULL DEFAULT '[]',
  jwks_url          TEXT,
  issuer            TEXT,
  limits            TEXT    NOT NULL DEFAULT '{}',
  access            TEXT    NOT NULL DEFAULT '{}',
  created_ms        INTEGER NOT NULL,
  updated_ms        INTEGER NOT NULL
) STRICT;

-- The project of open mode: what was made there stays reachable when the server is closed.
INSERT INTO projects (id, name, created_ms, updated_ms)
VALUES ('default', 'Default', CAST(unixepoch('subsec') * 1000 AS INTEGER), CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- How many documents live, kept by triggers: counting a million index rows at each refresh of a project would be the bill.
CREATE TABLE document_counts (
  project TEXT    PRIMARY KEY,
  living  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO document_counts (project, living)
SELECT project, count(*) FROM documents WHERE deleted_ms IS NULL GROUP BY project;

CREATE TRIGGER documents_counted_insert AFTER INSERT ON documents WHEN new.deleted_ms IS NULL BEGIN
  INSERT INTO document_counts (project, living) VALUES (new.project, 1)
  ON CONFLICT (project) DO UPDATE SET living = living + 1;
END;

CREATE TRIGGER documents_counted_update AFTER UPDATE OF deleted_ms ON documents
WHEN (old.deleted_ms IS NULL) <> (new.deleted_ms IS NULL) BEGIN
  INSERT INTO document_counts (project, living) VALUES (new.project, iif(new.deleted_ms IS NULL, 1, 0))
  ON CONFLICT (project) DO UPDATE SET living = living + iif(new.deleted_ms IS NULL, 1, -1);
END;

CREATE TRIGGER documents_counted_delete AFTER DELETE ON documents WHEN old.deleted_ms IS NULL BEGIN
  UPDATE document_counts SET living = living - 1 WHERE project = old.project;
END;

CREATE TABLE revocations (
  project  TEXT    NOT NULL,
  user     TEXT    NOT NULL,
  until_ms INTEGER NOT NULL,
  PRIMARY KEY (project, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_rooms (
  project TEXT    NOT NULL,
  user    TEXT    NOT NULL,
  room    TEXT    NOT NULL,
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (project, user, room)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_rooms_by_age ON user_rooms (seen_ms);

CREATE TABLE audit (
  number  INTEGER PRIMARY KEY,
  id      TEXT    NOT NULL UNIQUE,
  project TEXT,
  actor   TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  target  TEXT    NOT NULL,
  at_ms   INTEGER NOT NULL,
  request TEXT    NOT NULL,
  detail  TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_by_time ON audit (at_ms DESC, number DESC);
CREATE INDEX audit_by_project ON audit (project, at_ms DESC, number DESC);
-- "Who locked what" among millions of minted tokens.
CREATE INDEX audit_by_action ON audit (project, action, at_ms DESC, number DESC);
