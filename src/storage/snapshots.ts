/**
 * Snapshots, their plain text, history segments and tombstones in R2. Keys are those of snapshot-keys.ts and are never
 * written twice with different bytes, so every put may be repeated.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import type { DocumentId, ProjectId, RoomAddress } from "../protocol/room-id.ts";
import type { Version } from "../protocol/version.ts";
import { pacedBody, pacedSha256 } from "./paced-body.ts";
import { type R2Failed, attempt } from "./r2-failed.ts";
import * as keys from "./snapshot-keys.ts";
import { type SnapshotMetadata, decodeMetadata, encodeMetadata } from "./snapshot-metadata.ts";
import { hex, isStored } from "./stored-hash.ts";

export type { R2Failed } from "./r2-failed.ts";
/** The bytes are not those that were stored. */
export type Corrupt = { readonly tag: "corrupt"; readonly key: string };

export type SnapshotToPut = {
  readonly address: RoomAddress;
  readonly version: Version;
  readonly bytes: Uint8Array;
  readonly encoding: keys.SnapshotEncoding;
  /** Plain text of the whole document; null when it was not hydrated. */
  readonly text: string | null;
  /** Without a text of its own: the version beside which the last one lies. */
  readonly olderText?: Version | null;
  readonly metadata: SnapshotMetadata;
};

export type StoredSnapshot = {
  readonly kind: "snapshot";
  readonly key: string;
  readonly version: Version;
  readonly encoding: keys.SnapshotEncoding;
  readonly bytes: number;
  /** Of its own text or an older one; null when the document never had one. */
  readonly textKey: string | null;
  readonly textVersion: Version | null;
  readonly metadata: SnapshotMetadata;
};

/**
 * `none` is a document that R2 has never seen; a failed list is an error and never `none` (P10). `history-only` is one whose
 * rows were archived before its first snapshot.
 */
export type Latest =
  | { readonly kind: "none" }
  | { readonly kind: "history-only" }
  | { readonly kind: "tombstone"; readonly version: Version; readonly deletedMs: number }
  | StoredSnapshot;

export type SnapshotVersion = { readonly version: Version; readonly bytes: number; readonly storedMs: number };

export type HistorySegment = keys.HistoryRange & { readonly key: string; readonly bytes: number };

const PAGE_OBJECTS = 1_000;
/** Pages one deleteAll works through before it says that more is left. */
const MAX_DELETE_PAGES = 50;
/** R2 may answer a list with fewer objects than asked for, even none, and a cursor. */
const MAX_LIST_CALLS = 20;

export class SnapshotStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** Text first, then the snapshot that makes it count. What lies there already stays. */
  async putSnapshot(
    snapshot: SnapshotToPut,
  ): Promise<Result<{ readonly snapshotKey: string; readonly textKey: string | null }, R2Failed>> {
    const { address, version, bytes, encoding, text, olderText = null, metadata } = snapshot;
    const textVersion = text === null ? olderText : version;
    const textKey = textVersion === null ? null : keys.textKey(address, textVersion);
    const snapshotKey = keys.snapshotKey(address, version, encoding);
    return await attempt(async () => {
      if (textKey !== null && text !== null) {
        const httpMetadata = { contentType: "text/plain; charset=utf-8" };
        await this.#bucket.put(textKey, text, { onlyIf: ABSENT, httpMetadata });
      }
      const sha256 = await pacedSha256(bytes);
      const customMetadata = encodeMetadata(metadata, { hasText: text !== null, olderText, sha256: hex(sha256) });
      await this.#bucket.put(snapshotKey, pacedBody(bytes), { onlyIf: ABSENT, sha256, customMetadata });
      return { snapshotKey, textKey };
    });
  }

  /** The newest of snapshots and tombstones, by one list call. */
  async latest(address: RoomAddress): Promise<Result<Latest, R2Failed>> {
    return await attempt(async () => {
      const object = await this.#firstObject(keys.documentPrefix(address));
      if (object === undefined) return { kind: "none" };
      const newest = keys.parseNewestKey(address, object.key);
      if (!newest.ok) return { kind: keys.kindWithoutSnapshot(address, object.key) };
      const { version } = newest.value;
      if (newest.value.kind === "tombstone")
        return { kind: "tombstone", version, deletedMs: object.uploaded.getTime() };
      const { hasText, olderText, metadata } = decodeMetadata(object.customMetadata ?? {});
      const textVersion = hasText ? version : olderText;
      const textKey = textVersion === null ? null : keys.textKey(address, textVersion);
      return { ...newest.value, key: object.key, bytes: object.size, textKey, textVersion, metadata };
    });
  }

  /** The newest snapshots, newest first, by one list call. */
  async listSnapshots(address: RoomAddress, limit: number): Promise<Result<readonly SnapshotVersion[], R2Failed>> {
    return await attempt(async () => {
      const page = await this.#list({ prefix: keys.documentPrefix(address), limit }, null);
      return page.objects.flatMap((object) => {
        const newest = keys.parseNewestKey(address, object.key);
        if (!newest.ok || newest.value.kind === "tombstone") return [];
        return [{ version: newest.value.version, bytes: object.size, storedMs: object.uploaded.getTime() }];
      });
    });
  }

  /** The bytes of a snapshot, checked against the hash they were stored with; null when they are gone. */
  async readSnapshot(key: string): Promise<Result<Uint8Array | null, R2Failed | Corrupt>> {
    const read = await attempt(async () => {
      const object = await this.#bucket.get(key);
      if (object === null) return null;
      const bytes = new Uint8Array(await object.arrayBuffer());
      const actual = hex(await crypto.subtle.digest("SHA-256", bytes));
      return { bytes, isWhole: object.customMetadata?.["sha256"] === actual };
    });
    if (!read.ok) return read;
    if (read.value === null) return ok(null);
    return read.value.isWhole ? ok(read.value.bytes) : err({ tag: "corrupt", key });
  }

  /** The plain text of a snapshot; null when it is gone. */
  async readText(key: string): Promise<Result<string | null, R2Failed>> {
    return await attempt(async () => (await (await this.#bucket.get(key))?.text()) ?? null);
  }

  /**
   * One segment of log rows, in the room's own format, before the room deletes those rows. Where other bytes lie under its key (a
   * database put back to an earlier moment gives the same seqs again) it gets a key of its own: neither is lost.
   */
  async putHistory(
    address: RoomAddress,
    range: keys.HistoryRange,
    bytes: Uint8Array,
  ): Promise<Result<{ readonly key: string }, R2Failed>> {
    const key = keys.historyKey(address, range);
    return await attempt(async () => {
      const sha256 = await pacedSha256(bytes);
      const put = await this.#bucket.put(key, bytes, { onlyIf: ABSENT, sha256 });
      if (put !== null || (await isStored(this.#bucket, key, sha256))) return { key };
      const otherKey = keys.historyKey(address, { ...range, branch: hex(sha256).slice(0, keys.BRANCH_CHARS) });
      await this.#bucket.put(otherKey, bytes, { onlyIf: ABSENT, sha256 });
      return { key: otherKey };
    });
  }

  /** A page of segments, oldest first; hand `cursor` back for the next, null at the end. */
  async listHistory(
    address: RoomAddress,
    cursor: string | null,
  ): Promise<Result<{ readonly segments: readonly HistorySegment[]; readonly cursor: string | null }, R2Failed>> {
    return await attempt(async () => {
      const page = await this.#list({ prefix: keys.historyPrefix(address), limit: PAGE_OBJECTS }, cursor);
      const segments = page.objects.flatMap((object) => {
        const range = keys.parseHistoryKey(address, object.key);
        return range.ok ? [{ ...range.value, key: object.key, bytes: object.size }] : [];
      });
      return { segments, cursor: cursorOf(page) };
    });
  }

  /** The bytes of a segment as {@link putHistory} got them; null when they are gone. */
  async readHistory(key: string): Promise<Result<Uint8Array | null, R2Failed>> {
    return await attempt(async () => {
      const object = await this.#bucket.get(key);
      return object === null ? null : new Uint8Array(await object.arrayBuffer());
    });
  }

  /** Says that the document was erased at `version`; it outlives {@link deleteAll} when told to. */
  async putTombstone(address: RoomAddress, version: Version): Promise<Result<void, R2Failed>> {
    return await attempt(async () => {
      await this.#bucket.put(keys.tombstoneKey(address, version), new Uint8Array(), { onlyIf: ABSENT });
    });
  }

  /**
   * Deletes the objects of a document, page by page. Interrupted or `isComplete: false`: call it again, it goes on where
   * it stopped. Put the tombstone first: a room that starts in between then finds a tombstone, not an older snapshot.
   */
  async deleteAll(
    address: RoomAddress,
    { keepTombstone }: { readonly keepTombstone: boolean },
  ): Promise<Result<{ readonly deleted: number; readonly isComplete: boolean }, R2Failed>> {
    return await attempt(async () => {
      let deleted = 0;
      let cursor: string | null = null;
      for (let page = 0; page < MAX_DELETE_PAGES; page += 1) {
        const listed: R2Objects = await this.#list(
          { prefix: keys.documentPrefix(address), limit: PAGE_OBJECTS },
          cursor,
        );
        const doomed = listed.objects
          .map((object) => object.key)
          .filter((key) => !(keepTombstone && keys.isTombstoneKey(key)));
        if (doomed.length > 0) await this.#bucket.delete(doomed);
        deleted += doomed.length;
        cursor = cursorOf(listed);
        if (cursor === null) return { deleted, isComplete: true };
      }
      return { deleted, isComplete: false };
    });
  }

  /** A page of the documents of a project that R2 knows, in the order of their encoded ids. */
  async listDocuments(
    project: ProjectId,
    { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
  ): Promise<Result<{ readonly ids: readonly DocumentId[]; readonly cursor: string | null }, R2Failed>> {
    return await attempt(async () => {
      const page = await this.#list({ prefix: keys.projectPrefix(project), delimiter: "/", limit }, cursor);
      const ids = page.delimitedPrefixes.flatMap((prefix) => {
        const id = keys.parseDocumentPrefix(project, prefix);
        return id.ok ? [id.value] : [];
      });
      return { ids, cursor: cursorOf(page) };
    });
  }

  async #firstObject(prefix: string): Promise<R2Object | undefined> {
    let cursor: string | null = null;
    for (let call = 0; call < MAX_LIST_CALLS; call += 1) {
      const page: R2Objects = await this.#list({ prefix, limit: 1, include: ["customMetadata"] }, cursor);
      cursor = cursorOf(page);
      if (page.objects.length > 0 || cursor === null) return page.objects[0];
    }
    throw new Error(`${MAX_LIST_CALLS} list calls gave no object and no end`);
  }

  async #list(options: R2ListOptions, cursor: string | null): Promise<R2Objects> {
    return await this.#bucket.list(cursor === null ? options : { ...options, cursor });
  }
}

const ABSENT: R2Conditional = { etagDoesNotMatch: "*" };

function cursorOf(page: R2Objects): string | null {
  return page.truncated ? page.cursor : null;
}
