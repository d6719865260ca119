/**
 * The history segments of a document in R2 one by one, and the snapshot that a moment of it is built on. Reads alone.
 * @module
 */
import { type Result, ok } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import type { Version } from "../protocol/version.ts";
import { type R2Failed, attempt } from "./r2-failed.ts";
import * as keys from "./snapshot-keys.ts";

export type StoredSegment = keys.HistoryRange & {
  readonly key: string;
  /** The key without what all segments of the document share. */
  readonly name: string;
  readonly bytes: number;
  /** Every row in it is older, but for the difference of two clocks. */
  readonly storedMs: number;
};

export type SnapshotObject = {
  readonly key: string;
  readonly version: Version;
  readonly encoding: keys.SnapshotEncoding;
  readonly bytes: number;
};

const PAGE_OBJECTS = 1_000;

export class HistoryStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** A page of the segments whose name sorts behind `after`, in the order of their names; hand `cursor` back for the next. */
  async list(
    address: RoomAddress,
    { after, cursor }: { readonly after: string; readonly cursor: string | null },
  ): Promise<Result<{ readonly segments: readonly StoredSegment[]; readonly cursor: string | null }, R2Failed>> {
    const prefix = keys.historyPrefix(address);
    return await attempt(async () => {
      const from = cursor === null ? { startAfter: `${prefix}${after}` } : { cursor };
      const page = await this.#bucket.list({ prefix, limit: PAGE_OBJECTS, ...from });
      const segments = page.objects.flatMap((object) => {
        const range = keys.parseHistoryKey(address, object.key);
        if (!range.ok) return [];
        const name = object.key.slice(prefix.length);
        return [{ ...range.value, key: object.key, name, bytes: object.size, storedMs: object.uploaded.getTime() }];
      });
      return { segments, cursor: page.truncated ? page.cursor : null };
    });
  }

  /** The bytes of a segment; null when they are gone. */
  async read(key: string): Promise<Result<Uint8Array | null, R2Failed>> {
    return await attempt(async () => {
      const object = await this.#bucket.get(key);
      return object === null ? null : new Uint8Array(await object.arrayBuffer());
    });
  }

  /** The newest snapshot of `version` or before it; null when there is none. */
  async snapshotThrough(address: RoomAddress, version: Version): Promise<Result<SnapshotObject | null, R2Failed>> {
    const prefix = keys.documentPrefix(address);
    // The newer a snapshot, the earlier its key; this sorts right before all keys of the version.
    const startAfter = keys.snapshotKey(address, version, "v1").slice(0, -`${version}.v1`.length);
    const listed = await attempt(async () => {
      let cursor: string | null = null;
      do {
        const from: R2ListOptions = cursor === null ? { startAfter } : { cursor };
        const page: R2Objects = await this.#bucket.list({ prefix, limit: 1, ...from });
        const [object] = page.objects;
        if (object !== undefined) return object;
        cursor = page.truncated ? page.cursor : null;
      } while (cursor !== null);
      return null;
    });
    if (!listed.ok || listed.value === null) return listed.ok ? ok(null) : listed;
    const { key, size } = listed.value;
    const newest = keys.parseNewestKey(address, key);
    if (!newest.ok || newest.value.kind === "tombstone") return ok(null);
    return ok({ key, bytes: size, version: newest.value.version, encoding: newest.value.encoding });
  }
}
