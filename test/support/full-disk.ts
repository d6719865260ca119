/**
 * Storage whose log cannot be written for a while.
 * @module
 */
import type { DocumentStorage } from "../../src/core/ports.ts";

/** `storage`, but `append` throws as long as `isFull` says so. */
export function withFullDisk(storage: DocumentStorage, isFull: () => boolean): DocumentStorage {
  const { log, parts, meta, tasks, outbox, authors, attribution, quarantine, forgotten } = storage;
  return {
    ...{ parts, meta, tasks, outbox, authors, attribution, quarantine, forgotten },
    log: {
      append: (updates, atMs) => {
        if (isFull()) throw new Error("disk full");
        return log.append(updates, atMs);
      },
      readSince: (afterSeq) => log.readSince(afterSeq),
      lastSeq: () => log.lastSeq(),
      stats: () => log.stats(),
      replace: (fromSeq, row) => log.replace(fromSeq, row),
      deleteThrough: (seq) => log.deleteThrough(seq),
    },
    transaction: (body) => storage.transaction(body),
    clear: () => storage.clear(),
  };
}
