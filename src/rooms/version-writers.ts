/**
 * Who wrote since the newest version. Compaction deletes the rows that say it, so it is carried.
 * @module
 */
import { SEVERAL_USERS } from "../core/document/merge-rows.ts";
import type { DocumentStorage } from "../core/ports.ts";
import { parseVersion } from "../protocol/version.ts";
import { type Writer, readCarried } from "./carried.ts";

/** Named in a version. */
const MAX_EDITORS = 50;

/** What to carry before rows are deleted or merged: most recent last, so that the oldest go where they are too many. */
export function writersSince(storage: DocumentStorage): readonly Writer[] {
  const { writers = [], lastVersion } = readCarried(storage);
  const since = parseVersion(lastVersion?.version ?? "")?.seq ?? 0;
  const found = new Map(writers.filter(({ lastSeq }) => lastSeq > since).map((writer) => [writer.user, writer]));
  for (const { firstSeq, seq, updates } of storage.log.readSince(since)) {
    // What was merged was counted before, under its own seqs.
    if (firstSeq < seq) continue;
    for (const { user } of updates) {
      if (user !== SEVERAL_USERS) found.set(user, { user, firstSeq: found.get(user)?.firstSeq ?? seq, lastSeq: seq });
    }
  }
  return [...found.values()].toSorted((one, other) => one.lastSeq - other.lastSeq).slice(-MAX_EDITORS);
}

/** Of a version that holds everything up to `seq`: most recent first. */
export function editorsUpTo(seq: number, writers: readonly Writer[]): readonly string[] {
  return writers
    .filter(({ firstSeq }) => firstSeq <= seq)
    .map(({ user }) => user)
    .toReversed();
}
