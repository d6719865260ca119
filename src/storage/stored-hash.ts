/**
 * SHA-256 of objects in R2.
 * @module
 */

export function hex(hash: ArrayBuffer): string {
  return new Uint8Array(hash).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "");
}

/** Whether exactly the bytes with this SHA-256 lie under `key`. Throws as R2 does. */
export async function isStored(bucket: R2Bucket, key: string, sha256: ArrayBuffer): Promise<boolean> {
  const stored = (await bucket.head(key))?.checksums.sha256;
  if (stored !== undefined) return hex(stored) === hex(sha256);
  // Put without a checksum of its own, by an earlier version.
  const object = await bucket.get(key);
  return object !== null && hex(await crypto.subtle.digest("SHA-256", await object.arrayBuffer())) === hex(sha256);
}
