/**
 * A document from what R2 kept of it: the newest snapshot and the history rows after it. No Y.Doc. Rules HR3 and HR4.
 * @module
 */
import { convertUpdateFormatV2ToV1 } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { LogRow } from "../ports.ts";
import { type NewParts, mergeDocument } from "./compaction.ts";

export type StoredSnapshot = {
  readonly bytes: Uint8Array;
  /** V1 for documents that were too large to hydrate. */
  readonly encoding: "v1" | "v2";
};

export type BadSnapshot = { readonly tag: "bad-snapshot"; readonly reason: string };

/** The parts to store, of snapshot and rows or of rows alone. A snapshot that does not read is an error, never an empty document (P10). */
export function restoreDocument(
  snapshot: StoredSnapshot | undefined,
  rows: readonly LogRow[],
): Result<NewParts, BadSnapshot> {
  try {
    return ok(mergeDocument({ parts: snapshot === undefined ? [] : [toV1(snapshot)], rows }));
  } catch (error) {
    return err({ tag: "bad-snapshot", reason: error instanceof Error ? error.message : "unreadable" });
  }
}

function toV1({ bytes, encoding }: StoredSnapshot): Uint8Array {
  return encoding === "v2" ? convertUpdateFormatV2ToV1(bytes) : bytes;
}
