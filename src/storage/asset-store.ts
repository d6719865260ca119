/**
 * Images of documents in R2: `uploads/<sha-256>` below the document's prefix, so that the same image twice is one object, and erasing
 * the document takes them along.
 * @module
 */
import { type Result, ok } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import { pacedBody, pacedSha256 } from "./paced-body.ts";
import { type R2Failed, attempt } from "./r2-failed.ts";
import { uploadKey, uploadPrefix } from "./snapshot-keys.ts";
import { hex } from "./stored-hash.ts";

/** Of one document: R2 answers one list with as many. */
export const MAX_ASSETS = 1_000;

/** Of R2 at once: a request has six connections, and each image is on its way in and out. */
const COPIES_AT_ONCE = 3;

/** SHA-256 in hex. */
const ASSET_ID = /^[0-9a-f]{64}$/;

export type AssetAddress = Pick<RoomAddress, "project" | "id">;

/** `isNew`: nothing like it was there. */
export type StoredAsset = { readonly id: string; readonly bytes: number; readonly isNew: boolean };

export type FoundAsset = {
  readonly bytes: number;
  readonly contentType: string;
  readonly body: ReadableStream;
};

export type AssetError = R2Failed | { readonly tag: "too-many-assets" };

export class AssetStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** Two that come at once may both be one too many: the bound is of storage, not of rights. */
  async put(address: AssetAddress, bytes: Uint8Array, contentType: string): Promise<Result<StoredAsset, AssetError>> {
    const put = await attempt(async () => {
      const sha256 = await pacedSha256(bytes);
      const id = hex(sha256);
      const key = uploadKey(address, id);
      if ((await this.#bucket.head(key)) !== null) return { id, bytes: bytes.length, isNew: false };
      const { objects } = await this.#bucket.list({ prefix: uploadPrefix(address), limit: MAX_ASSETS });
      if (objects.length >= MAX_ASSETS) return null;
      await this.#bucket.put(key, pacedBody(bytes), { sha256, httpMetadata: { contentType } });
      return { id, bytes: bytes.length, isNew: true };
    });
    if (!put.ok) return put;
    return put.value === null ? { ok: false, error: { tag: "too-many-assets" } } : ok(put.value);
  }

  async has(address: AssetAddress, id: string): Promise<Result<boolean, R2Failed>> {
    if (!ASSET_ID.test(id)) return ok(false);
    return await attempt(async () => (await this.#bucket.head(uploadKey(address, id))) !== null);
  }

  /** Null when there is none; a text that is no asset's id is none either. */
  async find(address: AssetAddress, id: string): Promise<Result<FoundAsset | null, R2Failed>> {
    if (!ASSET_ID.test(id)) return ok(null);
    return await attempt(async () => {
      const object = await this.#bucket.get(uploadKey(address, id));
      if (object === null) return null;
      const contentType = object.httpMetadata?.contentType ?? "application/octet-stream";
      return { bytes: object.size, contentType, body: object.body };
    });
  }

  /**
   * Puts those of `ids` beside the document `to` that `from` has and `to` lacks; whatever else is named is no asset. Returns what it
   * put. Failed halfway, some are there: again, it goes on.
   */
  async copy(
    from: AssetAddress,
    to: AssetAddress,
    ids: readonly string[],
  ): Promise<Result<readonly string[], AssetError>> {
    if (ids.length === 0) return ok([]);
    const copied = await attempt(async () => {
      const [theirs, ours] = await Promise.all([this.#idsOf(from), this.#idsOf(to)]);
      const missing = ids.filter((id) => theirs.has(id) && !ours.has(id));
      if (ours.size + missing.length > MAX_ASSETS) return null;
      for (let at = 0; at < missing.length; at += COPIES_AT_ONCE) {
        await Promise.all(missing.slice(at, at + COPIES_AT_ONCE).map(async (id) => await this.#copyOne(from, to, id)));
      }
      return missing;
    });
    if (!copied.ok) return copied;
    return copied.value === null ? { ok: false, error: { tag: "too-many-assets" } } : ok(copied.value);
  }

  /** Those that are there; what is no asset's id names none. */
  async remove(address: AssetAddress, ids: readonly string[]): Promise<Result<void, R2Failed>> {
    const keys = ids.filter((id) => ASSET_ID.test(id)).map((id) => uploadKey(address, id));
    return keys.length === 0 ? ok(undefined) : await attempt(async () => await this.#bucket.delete(keys));
  }

  async #idsOf(address: AssetAddress): Promise<ReadonlySet<string>> {
    const prefix = uploadPrefix(address);
    const ids = new Set<string>();
    let cursor: string | undefined;
    // R2 may answer with fewer than asked for.
    do {
      const page: R2Objects = await this.#bucket.list(cursor === undefined ? { prefix } : { prefix, cursor });
      for (const { key } of page.objects) ids.add(key.slice(prefix.length));
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor !== undefined && ids.size <= MAX_ASSETS);
    return ids;
  }

  async #copyOne(from: AssetAddress, to: AssetAddress, id: string): Promise<void> {
    const object = await this.#bucket.get(uploadKey(from, id));
    // Erased meanwhile.
    if (object === null) return;
    const { contentType = "application/octet-stream" } = object.httpMetadata ?? {};
    // R2 itself refuses bytes that are not those of the name.
    await this.#bucket.put(uploadKey(to, id), object.body, { sha256: id, httpMetadata: { contentType } });
  }
}
