/**
 * Names of people in the objects of a document in R2, taken out of them: in history segments, which say who sent what, and in what
 * lies beside snapshots. What is written is the same but for the name.
 * @module
 */
import type { Result } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import { type R2Failed, attempt } from "./r2-failed.ts";
import * as keys from "./snapshot-keys.ts";
import { hex } from "./stored-hash.ts";

export type TracePage = {
  readonly rewritten: number;
  /** Where to go on; null at the end. */
  readonly cursor: string | null;
};

export type TraceEdits = {
  /** The segment without the name; null where it does not hold it. */
  readonly segment: (bytes: Uint8Array) => Uint8Array | null;
  /** The metadata without it, the same. */
  readonly metadata: (fields: Readonly<Record<string, string>>) => Record<string, string> | null;
};

/** One call reads as many objects at most; a segment may hold 16 MB. */
const PAGE_OBJECTS = 20;

export class TraceStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** One page. May be repeated: what holds the name no more is left alone. */
  async rewritePage(
    address: RoomAddress,
    cursor: string | null,
    edits: TraceEdits,
  ): Promise<Result<TracePage, R2Failed>> {
    return await attempt(async () => {
      const options: R2ListOptions = {
        prefix: keys.documentPrefix(address),
        limit: PAGE_OBJECTS,
        include: ["customMetadata"],
      };
      const page = await this.#bucket.list(cursor === null ? options : { ...options, cursor });
      let rewritten = 0;
      for (const object of page.objects) if (await this.#rewrite(address, object, edits)) rewritten += 1;
      return { rewritten, cursor: page.truncated ? page.cursor : null };
    });
  }

  async #rewrite(address: RoomAddress, { key, customMetadata = {} }: R2Object, edits: TraceEdits): Promise<boolean> {
    if (keys.parseHistoryKey(address, key).ok) return await this.#rewriteSegment(key, edits);
    const newest = keys.parseNewestKey(address, key);
    const fields = newest.ok && newest.value.kind === "snapshot" ? edits.metadata(customMetadata) : null;
    if (fields === null) return false;
    const object = await this.#bucket.get(key);
    if (object === null) return false;
    const bytes = await object.arrayBuffer();
    const { sha256 } = object.checksums;
    const options = { customMetadata: fields, ...(sha256 !== undefined && { sha256 }) };
    return await this.#putBack(object, bytes, options);
  }

  async #rewriteSegment(key: string, edits: TraceEdits): Promise<boolean> {
    const object = await this.#bucket.get(key);
    if (object === null) return false;
    const bytes = edits.segment(new Uint8Array(await object.arrayBuffer()));
    if (bytes === null) return false;
    const sha256 = hex(await crypto.subtle.digest("SHA-256", bytes));
    return await this.#putBack(object, bytes, { sha256 });
  }

  /**
   * In the place of `read` and nothing else: what was deleted meanwhile stays away, and what another erasure has changed is not put back.
   * @throws Error where it is another one by now; the page is read again.
   */
  async #putBack({ key, etag }: R2Object, bytes: ArrayBuffer | Uint8Array, options: R2PutOptions): Promise<true> {
    const put = await this.#bucket.put(key, bytes, { ...options, onlyIf: { etagMatches: etag } });
    if (put === null) throw new Error("the object is another one by now");
    return true;
  }
}
