/**
 * What may be asked of a document's past, and edits that say what they want rather than bring an update. Types only, plain data.
 * @module
 */
import type { DocumentBlame, DocumentDiff, Stamp } from "../core/versions/shapes.ts";
import type { Profile } from "../protocol/messages.ts";
import type { Result } from "../protocol/result.ts";
import type { Version } from "../protocol/version.ts";
import type { Caller, DocumentContent, Reader, RoomProblem } from "./room-api.ts";

/** Formats that are written from the document's tree. */
export type TreeFormat = "markdown" | "html" | "prosemirror";
export type ReadFormat = "update" | "json" | "text" | TreeFormat;

/** `snapshot`: the stored bytes as they are, V2. */
export type VersionFormat = ReadFormat | "snapshot";

/** A stored version, or the document as it is now. */
export type VersionRef = Version | "current";

/** `auto`: made while people edit, thinned over time. `restored`: what was there right before a restore. */
export type VersionKind = "auto" | "named" | "restored";

export type VersionOrder = {
  readonly kind: VersionKind;
  /** At most 200 characters; empty where it has none. */
  readonly name: string;
};

/** One version as D1 lists it. */
export type VersionEntry = VersionOrder & {
  readonly version: Version;
  readonly createdMs: number;
  /** Who asked for it; empty for automatic ones. */
  readonly user: string;
  /** Who wrote since the version before, most recent first, at most 50. */
  readonly editors: readonly string[];
  /** Of the stored V2 snapshot. */
  readonly bytes: number;
  readonly isPinned: boolean;
};

/** As the room keeps it; `namedMs` is when it got its name and kind. */
export type KeptVersion = Omit<VersionEntry, "isPinned"> & { readonly namedMs: number };

/** Content on its way to another document, with its history and whose it is. */
export type Seed = {
  readonly version: Version;
  /** One V1 update. */
  readonly update: Uint8Array;
  readonly stamps: readonly Stamp[];
  /** Whether something in its document was written once for both it and whoever's state vector it was asked with. */
  readonly isShared: boolean;
  readonly forkOf: string | null;
};

/** What another document is asked with for what it would bring here. */
export type MergeBase = {
  readonly stateVector: Uint8Array;
  /** The document that this one was forked from; null where it was not, or its file was lost since. */
  readonly forkOf: string | null;
};

export type ForkedFrom = {
  readonly id: string;
  readonly version: Version;
  /** Of the request: the same one again finds its own document, another one finds somebody's. */
  readonly request: string;
};

export type Written = { readonly version: Version; readonly changed: boolean };

/**
 * `before`: what was there, as a version. Restoring that takes the restore back. Where nothing changes it is the one that was asked
 * for. `kept`: versions that were made for it.
 */
export type Restored = Written & { readonly before: Version; readonly kept: readonly KeptVersion[] };

/** Rows as they were written, oldest first. */
export type HistoryStep = {
  readonly firstSeq: number;
  readonly seq: number;
  readonly atMs: number;
  readonly updates: readonly { readonly user: string; readonly update: Uint8Array }[];
};

export type HistoryRange = {
  /** Unix ms, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the last page. */
  readonly cursor: string | null;
};

/** `start`: on the first page, the document as it was before the first step, as a V1 update. */
export type HistoryPage = {
  readonly start: Uint8Array | null;
  readonly steps: readonly HistoryStep[];
  readonly cursor: string | null;
};

/** What one person did in one interval. */
export type Activity = {
  readonly fromMs: number;
  readonly user: string;
  readonly updates: number;
  /** Characters and values inserted. */
  readonly inserted: number;
};

/** An edit in words; its grammar is that of `PATCH` and `PUT /v1/documents/{id}/content`. */
export type DocumentEdit =
  | { readonly kind: "patch"; readonly operations: readonly unknown[] }
  | {
      readonly kind: "put";
      readonly format: "markdown" | "prosemirror";
      /** Null: the only one with prose, or `default`. */
      readonly root: string | null;
      readonly body: string;
      /** Whose names new blocks have where the document does not say. */
      readonly schema?: "tiptap" | "basic";
    };

/** Where a text is to be edited later, wherever that is by then. */
export type AnchorOrder = {
  readonly path: string | readonly (string | number)[];
  readonly index: number;
  /** Negative: it stays with the character before it. */
  readonly assoc: number;
};

export type EditOptions = {
  /** Quoted versions of `If-Match`; undefined where any will do. */
  readonly ifMatch?: readonly string[];
  /** `If-None-Match: *`: only into a document that never had content. */
  readonly ifEmpty?: boolean;
  /** The editor is shown among those present for a moment, with this face. */
  readonly showAs?: Profile;
};

export interface DocumentHistoryApi {
  /** Stores what is there now as a version; the same content twice is one version, whose name is then the newer one. */
  createVersion(order: VersionOrder, caller: Caller): Promise<Result<KeptVersion, RoomProblem>>;
  readVersion(version: Version, format: VersionFormat, reader: Reader): Promise<Result<DocumentContent, RoomProblem>>;
  diffVersions(from: VersionRef, to: VersionRef, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>>;
  /** What `seed` would change here. Changes nothing. */
  previewMerge(seed: Seed, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>>;
  /** What a fork of this document begins with, or what a merge of it brings to a document with the state vector `since`. */
  readSeed(from: VersionRef, since: Uint8Array | null, reader: Reader): Promise<Result<Seed, RoomProblem>>;
  readMergeBase(reader: Reader): Promise<Result<MergeBase, RoomProblem>>;
  /** Into a document that never existed; `precondition-failed` where one does. */
  plantSeed(seed: Seed, from: ForkedFrom, caller: Caller): Promise<Result<Written, RoomProblem>>;
  mergeSeed(seed: Seed, caller: Caller): Promise<Result<Written, RoomProblem>>;
  /** A forward edit: everybody's content becomes the version's. */
  restoreVersion(version: Version, caller: Caller): Promise<Result<Restored, RoomProblem>>;
  readBlame(reader: Reader): Promise<Result<DocumentBlame, RoomProblem>>;
  readHistory(range: HistoryRange, reader: Reader): Promise<Result<HistoryPage, RoomProblem>>;
  /** By person and interval of `everyMs`, oldest first. */
  readActivity(
    range: Omit<HistoryRange, "cursor">,
    everyMs: number,
    reader: Reader,
  ): Promise<Result<readonly Activity[], RoomProblem>>;
  /** The whole document, or the root of this name. */
  readTree(format: TreeFormat, root: string | null, reader: Reader): Promise<Result<DocumentContent, RoomProblem>>;
  /** Base64 of a Yjs relative position. */
  makeAnchor(order: AnchorOrder, reader: Reader): Promise<Result<string, RoomProblem>>;
  editDocument(edit: DocumentEdit, options: EditOptions, caller: Caller): Promise<Result<Written, RoomProblem>>;
}
