/**
 * Names of the objects of a document in R2. Below `projects/<project>/documents/<percent-encoded id>/`:
 *
 * - `<rank>-<version>.v2`, `.v1`: a snapshot, named for its encoding;
 * - `<rank>-<version>.deleted`: the tombstone of an erased document;
 * - `text/<version>.txt`: the plain text of the snapshot;
 * - `history/<epoch>-<first seq>-<last seq>`: log rows that compaction has covered; `…-<branch>` beside it holds other rows with the
 *   same seqs, named for their hash;
 * - `uploads/<sha-256>`: an image. The name sorts behind `history/` and `text/`: what the first key says of a document stays true;
 * - `versions/<version>.v2`: a version that people may come back to, put behind a snapshot of the same.
 *
 * R2 lists keys in ascending order only, so a snapshot's name starts with its rank: the version counted down from the highest
 * possible one. The newest of snapshots and tombstone is then the first key of the document (digits sort before letters),
 * found by one list call of one key, and no pointer object has to be kept right.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { type DocumentId, type ProjectId, type RoomAddress, parseDocumentId } from "../protocol/room-id.ts";
import { type Version, asVersion, formatVersion, parseVersion } from "../protocol/version.ts";

/** V2 of a hydrated document, or merged V1 of one too large to hydrate. */
export type SnapshotEncoding = "v1" | "v2";

export type NewestKey =
  | { readonly kind: "snapshot"; readonly version: Version; readonly encoding: SnapshotEncoding }
  | { readonly kind: "tombstone"; readonly version: Version };

export type HistoryRange = {
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Of rows whose seqs an earlier segment has given to others: the first characters of their SHA-256 in hex. */
  readonly branch?: string;
};

/** An object that no version of Roost has put there. */
export type ForeignKey = { readonly tag: "foreign-key"; readonly key: string };

const MAX_EPOCH = 99_999_999;
const MAX_SEQ = 999_999_999_999;
const NEWEST_PATTERN = /^[\d-]{21}-(\d{8}-\d{12})\.(v1|v2|deleted)$/;
const HISTORY_PATTERN = /^(\d{8})-(\d{12})-(\d{12})(?:-([0-9a-f]{16}))?$/;
export const BRANCH_CHARS = 16;

/** Where the documents of a project are. */
export function projectPrefix(project: ProjectId): string {
  return `projects/${project}/documents/`;
}

/** Where everything of one document is. */
export function documentPrefix({ project, id }: Pick<RoomAddress, "project" | "id">): string {
  return `${projectPrefix(project)}${encodeURIComponent(id)}/`;
}

/** The id in a document's prefix as R2 lists it below {@link projectPrefix}. */
export function parseDocumentPrefix(project: ProjectId, prefix: string): Result<DocumentId, ForeignKey> {
  const encoded = prefix.slice(projectPrefix(project).length).replace(/\/$/, "");
  try {
    const id = parseDocumentId(decodeURIComponent(encoded));
    return id.ok ? id : err({ tag: "foreign-key", key: prefix });
  } catch {
    return err({ tag: "foreign-key", key: prefix });
  }
}

export function snapshotKey(address: RoomAddress, version: Version, encoding: SnapshotEncoding): string {
  return `${documentPrefix(address)}${rank(version)}-${version}.${encoding}`;
}

/** At the same version `.deleted` sorts before `.v1` and `.v2`: a tombstone wins. */
export function tombstoneKey(address: RoomAddress, version: Version): string {
  return `${documentPrefix(address)}${rank(version)}-${version}.deleted`;
}

export function isTombstoneKey(key: string): boolean {
  return key.endsWith(".deleted");
}

export function textKey(address: RoomAddress, version: Version): string {
  return `${documentPrefix(address)}text/${version}.txt`;
}

/** Where the versions of a document are. */
export function versionPrefix(address: Pick<RoomAddress, "project" | "id">): string {
  return `${documentPrefix(address)}versions/`;
}

/** A version that somebody may come back to; there is a snapshot beside it, or was one. */
export function versionKey(address: Pick<RoomAddress, "project" | "id">, version: Version): string {
  return `${versionPrefix(address)}${version}.v2`;
}

/** Undefined for what is no version. */
export function parseVersionKey(address: Pick<RoomAddress, "project" | "id">, key: string): Version | undefined {
  const name = key.slice(versionPrefix(address).length);
  return name.endsWith(".v2") ? asVersion(name.slice(0, -".v2".length)) : undefined;
}

/** Where the images of a document are. */
export function uploadPrefix(address: Pick<RoomAddress, "project" | "id">): string {
  return `${documentPrefix(address)}uploads/`;
}

/** An image, by the SHA-256 of its bytes in hex. */
export function uploadKey(address: Pick<RoomAddress, "project" | "id">, sha256: string): string {
  return `${uploadPrefix(address)}${sha256}`;
}

/** Where the history of a document is. */
export function historyPrefix(address: RoomAddress): string {
  return `${documentPrefix(address)}history/`;
}

export function historyKey(address: RoomAddress, { epoch, firstSeq, lastSeq, branch }: HistoryRange): string {
  const last = formatVersion({ epoch, seq: lastSeq }).slice("EEEEEEEE-".length);
  const key = `${historyPrefix(address)}${formatVersion({ epoch, seq: firstSeq })}-${last}`;
  return branch === undefined ? key : `${key}-${branch}`;
}

/** What the first key of a document says; a foreign key when the document holds neither snapshot nor tombstone. */
export function parseNewestKey(address: RoomAddress, key: string): Result<NewestKey, ForeignKey> {
  const match = NEWEST_PATTERN.exec(key.slice(documentPrefix(address).length));
  const version = asVersion(match?.[1] ?? "");
  if (match === null || version === undefined) return err({ tag: "foreign-key", key });
  if (match[2] === "deleted") return ok({ kind: "tombstone", version });
  return ok({ kind: "snapshot", version, encoding: match[2] === "v1" ? "v1" : "v2" });
}

export function parseHistoryKey(address: RoomAddress, key: string): Result<HistoryRange, ForeignKey> {
  const match = HISTORY_PATTERN.exec(key.slice(historyPrefix(address).length));
  if (match === null) return err({ tag: "foreign-key", key });
  const range = { epoch: Number(match[1]), firstSeq: Number(match[2]), lastSeq: Number(match[3]) };
  return ok(match[4] === undefined ? range : { ...range, branch: match[4] });
}

/** What a document is whose first key is neither snapshot nor tombstone. Throws on a key that no Roost this old has put (P10). */
export function kindWithoutSnapshot(address: RoomAddress, firstKey: string): "history-only" | "none" {
  if (parseHistoryKey(address, firstKey).ok) return "history-only";
  // Text goes in before its snapshot, and an image may come before anything is typed.
  const beforeSnapshots = [`${documentPrefix(address)}text/`, uploadPrefix(address)];
  if (beforeSnapshots.some((prefix) => firstKey.startsWith(prefix))) return "none";
  throw new Error("the newest object of the document is of an unknown kind");
}

function rank(version: Version): string {
  const parts = parseVersion(version);
  if (parts === undefined) throw new TypeError(`not a version: ${version}`);
  return formatVersion({ epoch: MAX_EPOCH - parts.epoch, seq: MAX_SEQ - parts.seq });
}
