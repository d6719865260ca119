/**
 * Since when a document holds edits that no snapshot in R2 has. Compaction deletes the rows that say it, so it is carried.
 * @module
 */
import type { DocumentStorage } from "../core/ports.ts";
import { type Carried, readCarried } from "./carried.ts";
import { writersSince } from "./version-writers.ts";

/** What to carry before rows are deleted or merged. */
export function unsavedTimes(storage: DocumentStorage): Pick<Carried, "updatedMs" | "unsavedSinceMs" | "writers"> {
  return { updatedMs: updatedMs(storage), unsavedSinceMs: unsavedSinceMs(storage), writers: writersSince(storage) };
}

/** Time of the oldest edit that no snapshot holds; undefined when all are saved. */
export function unsavedSinceMs(storage: DocumentStorage): number | undefined {
  // A version may have brought a snapshot of what is in the tail.
  if (storage.log.lastSeq() === storage.meta.read()?.snapshotSeq) return undefined;
  const { unsavedSinceMs: since } = readCarried(storage);
  if (since !== undefined) return since;
  const { rows, oldestMs } = storage.log.stats();
  return rows > 0 ? oldestMs : undefined;
}

/** Time of the newest edit; undefined before the first. */
export function updatedMs(storage: DocumentStorage): number | undefined {
  const { rows, newestMs } = storage.log.stats();
  return rows > 0 ? newestMs : readCarried(storage).updatedMs;
}
