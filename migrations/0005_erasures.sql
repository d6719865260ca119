-- What is being erased, and the receipts of what was. README.md describes every column.

CREATE TABLE erasures (
  id         TEXT    PRIMARY KEY,
  project    TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  everywhere INTEGER NOT NULL,
  phase      TEXT    NOT NULL,
  cursor     TEXT    NOT NULL DEFAULT '',
  counts     TEXT    NOT NULL DEFAULT '{}',
  asked_ms   INTEGER NOT NULL,
  worked_ms  INTEGER NOT NULL,
  done_ms    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX erasures_by_project ON erasures (project, kind);
CREATE INDEX erasures_open ON erasures (worked_ms) WHERE done_ms IS NULL;
