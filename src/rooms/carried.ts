/**
 * What a document carries from one compaction or snapshot to the next, as JSON in `meta.summary`: compaction deletes the rows that
 * said it, and a document too large to hydrate cannot be asked again.
 * @module
 */
import type { DocumentStorage } from "../core/ports.ts";
import type { Summary } from "../core/summary.ts";
import type { Version } from "../protocol/version.ts";
import type { ForkedFrom, VersionEntry } from "./room-api-history.ts";

/** What a list of documents shows, as far as it is known. */
export type Shown = Summary & {
  /** The snapshot beside which the text lies; null when no text was ever stored. */
  readonly textVersion: Version | null;
};

/** Of the newest version: what it is called may be told again. */
export type LastVersion = Omit<VersionEntry, "isPinned">;

/** Somebody who wrote since the newest version, in rows `firstSeq … lastSeq`. */
export type Writer = { readonly user: string; readonly firstSeq: number; readonly lastSeq: number };

export type Carried = {
  /** Time of the newest edit. */
  readonly updatedMs?: number | undefined;
  /** Time of the oldest edit that is compacted and not in a snapshot. */
  readonly unsavedSinceMs?: number | undefined;
  /** Of the last snapshot that was made of a hydrated document. */
  readonly shown?: Shown | undefined;
  /** User ids of a document restored from R2, most recent first: the rows that named them are gone. */
  readonly editors?: readonly string[] | undefined;
  readonly lastVersion?: LastVersion | undefined;
  /** When that got its name and kind. */
  readonly lastNamedMs?: number | undefined;
  /** When the newest automatic version was made. */
  readonly lastAutoMs?: number | undefined;
  /** By their last rows, at most 50. */
  readonly writers?: readonly Writer[] | undefined;
  /** Where it was forked from; its key says which request did it. */
  readonly fork?: ForkedFrom | undefined;
  /** Set while the document cannot be built although it is small enough. */
  readonly unhydratable?: { readonly sinceMs: number; readonly reason: string } | undefined;
};

export const NOTHING_SHOWN: Shown = { title: "", excerpt: "", words: 0, characters: 0, textVersion: null };

export function readCarried(storage: Pick<DocumentStorage, "meta">): Carried {
  const summary = storage.meta.read()?.summary ?? "";
  // SAFETY: only `carryText` writes it.
  return summary === "" ? {} : (JSON.parse(summary) as Carried);
}

/** The text for `meta.summary`: what is carried, changed. An undefined field goes. */
export function carryText(storage: Pick<DocumentStorage, "meta">, change: Carried): string {
  // JSON leaves out what is undefined.
  return JSON.stringify({ ...readCarried(storage), ...change });
}
