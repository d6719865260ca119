-- What people search and list. Rebuilt from R2 by `npm run reindex`; README.md describes every column.

CREATE TABLE documents (
  number       INTEGER PRIMARY KEY,
  project      TEXT    NOT NULL,
  id           TEXT    NOT NULL,
  version      TEXT    NOT NULL,
  title        TEXT    NOT NULL DEFAULT '',
  excerpt      TEXT    NOT NULL DEFAULT '',
  words        INTEGER NOT NULL DEFAULT 0,
  characters   INTEGER NOT NULL DEFAULT 0,
  size_bytes   INTEGER NOT NULL DEFAULT 0,
  editors      TEXT    NOT NULL DEFAULT '[]',
  snapshot_key TEXT,
  text_key     TEXT,
  created_ms   INTEGER NOT NULL,
  updated_ms   INTEGER NOT NULL,
  deleted_ms   INTEGER,
  UNIQUE (project, id)
) STRICT;

CREATE INDEX documents_by_change ON documents (project, updated_ms DESC, number DESC) WHERE deleted_ms IS NULL;

CREATE TABLE document_editors (
  user     TEXT    NOT NULL,
  document INTEGER NOT NULL REFERENCES documents (number),
  PRIMARY KEY (user, document)
) STRICT, WITHOUT ROWID;

CREATE INDEX document_editors_by_document ON document_editors (document);

-- `id` and `title` are filled in the first chunk only, so that one full-text index covers all three.
CREATE TABLE document_chunks (
  number   INTEGER PRIMARY KEY,
  document INTEGER NOT NULL REFERENCES documents (number),
  ordinal  INTEGER NOT NULL,
  id       TEXT    NOT NULL,
  title    TEXT    NOT NULL,
  body     TEXT    NOT NULL,
  UNIQUE (document, ordinal)
) STRICT;

-- Trigrams find a part of a word in any script; Chinese has no spaces to split at.
CREATE VIRTUAL TABLE document_fts USING fts5 (
  id, title, body,
  content = 'document_chunks', content_rowid = 'number',
  tokenize = 'trigram'
);

-- The trigrams there are: two characters are looked up as the trigrams that start with them.
CREATE VIRTUAL TABLE document_trigrams USING fts5vocab (document_fts, 'row');

CREATE TRIGGER document_chunks_inserted AFTER INSERT ON document_chunks BEGIN
  INSERT INTO document_fts (rowid, id, title, body) VALUES (new.number, new.id, new.title, new.body);
END;

CREATE TRIGGER document_chunks_deleted AFTER DELETE ON document_chunks BEGIN
  INSERT INTO document_fts (document_fts, rowid, id, title, body)
  VALUES ('delete', old.number, old.id, old.title, old.body);
END;

CREATE TRIGGER document_chunks_updated AFTER UPDATE ON document_chunks BEGIN
  INSERT INTO document_fts (document_fts, rowid, id, title, body)
  VALUES ('delete', old.number, old.id, old.title, old.body);
  INSERT INTO document_fts (rowid, id, title, body) VALUES (new.number, new.id, new.title, new.body);
END;

CREATE TABLE dead_letters (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  project     TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL UNIQUE,
  body        TEXT    NOT NULL,
  error       TEXT    NOT NULL,
  attempts    INTEGER NOT NULL,
  sent_ms     INTEGER NOT NULL,
  failed_ms   INTEGER NOT NULL,
  replayed_ms INTEGER
) STRICT;

CREATE INDEX dead_letters_by_project ON dead_letters (project, id DESC);
CREATE INDEX dead_letters_by_age ON dead_letters (failed_ms);
