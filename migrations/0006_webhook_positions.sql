-- How far each room's own events are recorded, so that what came early waits for what went before it. README.md describes every column.

CREATE TABLE webhook_positions (
  room      TEXT    PRIMARY KEY,
  run       INTEGER NOT NULL,
  position  INTEGER NOT NULL,
  stored_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_positions_by_age ON webhook_positions (stored_ms);
