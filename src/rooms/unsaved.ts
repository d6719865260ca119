/**
 * Since when a document holds edits that no snapshot in R2 has. Compaction deletes the rows that say it, so it travels in meta.
 * @module
 */
import type { DocumentStorage } from "../core/ports.ts";

/** Kept in `meta.summary` from one compaction to the next. */
type Carried = {
  /** Time of the newest edit. */
  readonly updatedMs?: number;
  /** Time of the oldest edit that is compacted and not in a snapshot. */
  readonly unsavedSinceMs?: number;
};

/** The text for `meta.summary` before these rows are deleted or merged. */
export function carryUnsaved(storage: DocumentStorage): string {
  const carried = read(storage);
  const since = unsavedSinceMs(storage);
  const { newestMs, rows } = storage.log.stats();
  return write({ updatedMs: rows > 0 ? newestMs : carried.updatedMs, unsavedSinceMs: since });
}

/** The text for `meta.summary` once a snapshot holds all that was compacted. */
export function carrySaved(storage: DocumentStorage): string {
  return write({ updatedMs: read(storage).updatedMs });
}

/** Time of the oldest edit that no snapshot holds; undefined when all are saved. */
export function unsavedSinceMs(storage: DocumentStorage): number | undefined {
  const { unsavedSinceMs: since } = read(storage);
  if (since !== undefined) return since;
  const { rows, oldestMs } = storage.log.stats();
  return rows > 0 ? oldestMs : undefined;
}

/** Time of the newest edit; undefined before the first. */
export function updatedMs(storage: DocumentStorage): number | undefined {
  const { rows, newestMs } = storage.log.stats();
  return rows > 0 ? newestMs : read(storage).updatedMs;
}

function read(storage: DocumentStorage): Carried {
  const summary = storage.meta.read()?.summary ?? "";
  // SAFETY: only this module writes it.
  return summary === "" ? {} : (JSON.parse(summary) as Carried);
}

function write(carried: { readonly [K in keyof Carried]: Carried[K] | undefined }): string {
  // JSON leaves out what is undefined.
  return JSON.stringify(carried);
}
