-- Automatic versions of documents that nobody edits any more are thinned out too: `thin_ms` says when, README.md on which rows.

ALTER TABLE versions ADD COLUMN thin_ms INTEGER;

-- What is due, and what of one document waits or goes.
CREATE INDEX versions_due ON versions (thin_ms) WHERE thin_ms IS NOT NULL;
CREATE INDEX versions_marked ON versions (project, id) WHERE thin_ms IS NOT NULL;

-- Documents that have automatic versions are looked at once, and so is what was cut off while it went.
UPDATE versions SET thin_ms = 0 WHERE dropped_ms IS NOT NULL OR (kind = 'auto' AND NOT EXISTS (
  SELECT 1 FROM versions AS newer WHERE newer.project = versions.project AND newer.id = versions.id AND newer.kind = 'auto'
    AND newer.version > versions.version AND newer.dropped_ms IS NULL));
