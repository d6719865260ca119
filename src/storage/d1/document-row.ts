/**
 * A row of `documents` as D1 gives it, and as the rest of Roost reads it.
 * @module
 */
import type { DocumentId } from "../../protocol/room-id.ts";
import type { Version } from "../../protocol/version.ts";

export type IndexedDocument = {
  readonly id: DocumentId;
  readonly version: Version;
  readonly title: string;
  readonly excerpt: string;
  readonly words: number;
  readonly characters: number;
  readonly bytes: number;
  /** User ids, most recent first. */
  readonly editors: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Null while the document lives. */
  readonly deletedMs: number | null;
};

export type DocumentRow = Omit<IndexedDocument, "editors"> & {
  readonly number: number;
  /** JSON array of texts. */
  readonly editors: string;
};

/** Columns of `documents d` named as in {@link DocumentRow}. */
export const DOCUMENT_COLUMNS = `d.number, d.id, d.version, d.title, d.excerpt, d.words, d.characters, d.size_bytes AS bytes,
  d.editors, d.created_ms AS createdMs, d.updated_ms AS updatedMs, d.deleted_ms AS deletedMs`;

/** The row without its number, with its editors read. */
export function toIndexedDocument(row: DocumentRow): IndexedDocument {
  const { id, version, title, excerpt, words, characters, bytes, createdMs, updatedMs, deletedMs } = row;
  // SAFETY: document-index.ts is the only writer of this column.
  const editors = JSON.parse(row.editors) as readonly string[];
  return { id, version, title, excerpt, words, characters, bytes, editors, createdMs, updatedMs, deletedMs };
}
