/**
 * Compaction and tier merges in two steps, as an alarm does them: what is read now is written after whatever happens between.
 * @module
 */
import { compactDocument, mergeDocument } from "../../src/core/document/compaction.ts";
import { mergeRows } from "../../src/core/document/merge-rows.ts";
import type { LogRow } from "../../src/core/ports.ts";
import type { MemoryStorage } from "../support/memory-storage.ts";
import type { Random } from "../support/random.ts";

/** Writes what was read; returns the bytes of the new parts where there are some. */
export type Write = () => number | undefined;

/** Reads for a compaction, a merge of the whole by its bytes, or a merge of the tail. */
export function startMaintenance(storage: MemoryStorage, random: Random): Write {
  const rows = [...storage.log.readSince(storage.parts.info()?.seq ?? 0)];
  const kind = random.below(4);
  if (kind === 0) return startTierMerge(storage, rows.slice(random.below(rows.length + 1)));
  const seq = storage.log.lastSeq();
  const input = { parts: storage.parts.read(), rows, maxPartBytes: 50 + random.below(2_000) };
  const { parts, stateVector, deleteSet, quarantined } = kind === 1 ? mergeDocument(input) : compactDocument(input);
  if (quarantined.length > 0) throw new Error(`quarantined: ${quarantined[0]?.reason}`);
  return () => {
    storage.transaction(() => {
      storage.log.deleteThrough(seq);
      storage.parts.replace(parts, { seq, stateVector, deleteSet });
    });
    return parts.reduce((bytes, part) => bytes + part.length, 0);
  };
}

function startTierMerge(storage: MemoryStorage, rows: readonly LogRow[]): Write {
  const first = rows[0];
  if (first === undefined) return () => undefined;
  const merged = mergeRows(rows);
  return () => {
    storage.log.replace(first.seq, merged);
    return undefined;
  };
}
