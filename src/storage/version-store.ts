/**
 * Versions of documents in R2: `versions/<version>.v2` below the document's prefix, a Yjs update V2 each. The bytes of a version are
 * never others, so every put may be repeated.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import type { Version } from "../protocol/version.ts";
import { pacedBody, pacedSha256 } from "./paced-body.ts";
import { type R2Failed, attempt } from "./r2-failed.ts";
import { parseVersionKey, versionKey, versionPrefix } from "./snapshot-keys.ts";
import type { Corrupt } from "./snapshots.ts";
import { hex } from "./stored-hash.ts";
import { type VersionLabel, decodeLabel, encodeLabel } from "./version-labels.ts";

type VersionAddress = Pick<RoomAddress, "project" | "id">;

export type LabelledVersion = VersionLabel & { readonly version: Version; readonly bytes: number };

/** What is not said stays. */
type LabelChange = Pick<VersionLabel, "kind" | "name"> & Partial<Pick<VersionLabel, "isPinned">>;

const ABSENT: R2Conditional = { etagDoesNotMatch: "*" };

export class VersionStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** What lies there already stays, under its label unless this one has a name. Returns how many bytes that is. */
  async put(
    address: VersionAddress,
    version: Version,
    bytes: Uint8Array,
    label?: VersionLabel,
  ): Promise<Result<number, R2Failed>> {
    const key = versionKey(address, version);
    return await attempt(async () => {
      const sha256 = await pacedSha256(bytes);
      const labelled = label === undefined ? {} : encodeLabel(label);
      const options = { onlyIf: ABSENT, sha256, customMetadata: { sha256: hex(sha256), ...labelled } };
      const put = await this.#bucket.put(key, pacedBody(bytes), options);
      if (put === null && label?.kind === "named") await this.#relabel(key, { kind: label.kind, name: label.name });
      return (put ?? (await this.#bucket.head(key)))?.size ?? bytes.length;
    });
  }

  /** The same bytes under a label that is changed; nothing where they are gone, also where they go meanwhile. */
  async relabel(
    address: VersionAddress,
    version: Version,
    { kind, name, isPinned }: LabelChange,
  ): Promise<Result<void, R2Failed>> {
    const change = { kind, name, ...(isPinned === undefined ? {} : { isPinned }) };
    return await attempt(async () => await this.#relabel(versionKey(address, version), change));
  }

  async #relabel(key: string, change: LabelChange): Promise<void> {
    const object = await this.#bucket.get(key);
    if (object === null) return;
    const { customMetadata: fields = {}, uploaded, etag } = object;
    const { sha256 = "" } = fields;
    const customMetadata = { sha256, ...encodeLabel({ ...decodeLabel(fields, uploaded.getTime()), ...change }) };
    await this.#bucket.put(key, await object.arrayBuffer(), { onlyIf: { etagMatches: etag }, customMetadata, sha256 });
  }

  /** A page of them in order; hand `cursor` back for the next, null at the end. */
  async list(
    address: VersionAddress,
    cursor: string | null,
  ): Promise<Result<{ readonly versions: readonly LabelledVersion[]; readonly cursor: string | null }, R2Failed>> {
    return await attempt(async () => {
      const options: R2ListOptions = { prefix: versionPrefix(address), include: ["customMetadata"] };
      const page = await this.#bucket.list(cursor === null ? options : { ...options, cursor });
      const versions = page.objects.flatMap(({ key, size, uploaded, customMetadata = {} }) => {
        const version = parseVersionKey(address, key);
        return version === undefined
          ? []
          : [{ version, bytes: size, ...decodeLabel(customMetadata, uploaded.getTime()) }];
      });
      return { versions, cursor: page.truncated ? page.cursor : null };
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
