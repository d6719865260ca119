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

export type TooManyAssets = { readonly tag: "too-many-assets" };

export class AssetStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** Two that come at once may both be one too many: the bound is of storage, not of rights. */
  async put(
    address: AssetAddress,
    bytes: Uint8Array,
    contentType: string,
  ): Promise<Result<StoredAsset, R2Failed | TooManyAssets>> {
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

  async remove(address: AssetAddress, id: string): Promise<Result<void, R2Failed>> {
    return await attempt(async () => await this.#bucket.delete(uploadKey(address, id)));
  }
}
