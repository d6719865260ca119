-- Where events of a project are sent, what happened, and what became of each delivery. README.md describes every column.

CREATE TABLE webhook_endpoints (
  number            INTEGER PRIMARY KEY,
  id                TEXT    NOT NULL UNIQUE,
  project           TEXT    NOT NULL,
  url               TEXT    NOT NULL,
  description       TEXT    NOT NULL,
  events            TEXT    NOT NULL,
  secret_version    INTEGER NOT NULL DEFAULT 1,
  secret_master     TEXT    NOT NULL,
  previous_master   TEXT,
  previous_until_ms INTEGER,
  failures          INTEGER NOT NULL DEFAULT 0,
  failing_since_ms  INTEGER,
  paused_until_ms   INTEGER NOT NULL DEFAULT 0,
  disabled_ms       INTEGER,
  disabled_reason   TEXT,
  created_ms        INTEGER NOT NULL,
  updated_ms        INTEGER NOT NULL
) STRICT;

CREATE INDEX webhook_endpoints_by_project ON webhook_endpoints (project, number DESC);

-- AUTOINCREMENT: a number is the sequence that receivers order by, and is never given out again.
CREATE TABLE webhook_events (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT    NOT NULL UNIQUE,
  project    TEXT    NOT NULL,
  type       TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  version    TEXT,
  at_ms      INTEGER NOT NULL,
  stored_ms  INTEGER NOT NULL,
  data       TEXT    NOT NULL
) STRICT;

CREATE INDEX webhook_events_by_project ON webhook_events (project, number);
CREATE INDEX webhook_events_by_subject ON webhook_events (subject, type, version);
CREATE INDEX webhook_events_by_age ON webhook_events (stored_ms);

CREATE TABLE webhook_deliveries (
  endpoint   INTEGER NOT NULL,
  event      INTEGER NOT NULL,
  subject    TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  tries      TEXT    NOT NULL DEFAULT '[]',
  answer     TEXT    NOT NULL DEFAULT '',
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (endpoint, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (endpoint, subject, event) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event);

-- One row for each endpoint and room with something to deliver: who works on it, and when its next attempt is due.
CREATE TABLE webhook_lanes (
  endpoint       INTEGER NOT NULL,
  subject        TEXT    NOT NULL,
  due_ms         INTEGER NOT NULL,
  lease          TEXT,
  lease_until_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (endpoint, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_lanes_by_due ON webhook_lanes (due_ms);
