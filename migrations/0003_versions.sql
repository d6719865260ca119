-- What is listed of documents' versions. The bytes are in R2; README.md describes every column.

CREATE TABLE versions (
  project    TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  version    TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  editors    TEXT    NOT NULL,
  size_bytes INTEGER NOT NULL,
  is_pinned  INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  named_ms   INTEGER NOT NULL,
  dropped_ms INTEGER,
  PRIMARY KEY (project, id, version)
) STRICT, WITHOUT ROWID;

-- Of one kind among thousands of others, and which automatic ones there are to thin out.
CREATE INDEX versions_by_kind ON versions (project, id, kind, version);
