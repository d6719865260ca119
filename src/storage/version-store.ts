/**
 * Versions of documents in R2: `versions/<version>.v2` below the document's prefix, a Yjs update V2 each. A version is never written
 * twice, so every put may be repeated.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import type { Version } from "../protocol/version.ts";
import { pacedBody, pacedSha256 } from "./paced-body.ts";
import { type R2Failed, attempt } from "./r2-failed.ts";
import { versionKey } from "./snapshot-keys.ts";
import type { Corrupt } from "./snapshots.ts";
import { hex } from "./stored-hash.ts";

type VersionAddress = Pick<RoomAddress, "project" | "id">;

const ABSENT: R2Conditional = { etagDoesNotMatch: "*" };

export class VersionStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** What lies there already stays. Returns how many bytes that is. */
  async put(address: VersionAddress, version: Version, bytes: Uint8Array): Promise<Result<number, R2Failed>> {
    const key = versionKey(address, version);
    return await attempt(async () => {
      const sha256 = await pacedSha256(bytes);
      const options = { onlyIf: ABSENT, sha256, customMetadata: { sha256: hex(sha256) } };
      const object = (await this.#bucket.put(key, pacedBody(bytes), options)) ?? (await this.#bucket.head(key));
      return object?.size ?? bytes.length;
    });
  }

  async has(address: VersionAddress, version: Version): Promise<Result<boolean, R2Failed>> {
    return await attempt(async () => (await this.#bucket.head(versionKey(address, version))) !== null);
  }

  /** V2, checked against the hash it was stored with; null when there is none. */
  async read(address: VersionAddress, version: Version): Promise<Result<Uint8Array | null, R2Failed | Corrupt>> {
    const key = versionKey(address, version);
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

  /** At most 1,000, as R2 takes in one call; those that are gone already are no matter. */
  async delete(address: VersionAddress, versions: readonly Version[]): Promise<Result<void, R2Failed>> {
    return await attempt(async () => {
      if (versions.length > 0) await this.#bucket.delete(versions.map((version) => versionKey(address, version)));
    });
  }
}
