/**
 * Stored documents as updates, without a Y.Doc.
 * @module
 */
import { convertUpdateFormatV2ToV1, diffUpdate } from "yjs";

/** A snapshot or version (V2) as one V1 update. @throws Error when it cannot be read. */
export function fromV2(stored: Uint8Array): Uint8Array {
  return convertUpdateFormatV2ToV1(stored);
}

/** What of a V1 update a replica with this state vector lacks: structs, and all deletions. */
export function updateSince(update: Uint8Array, stateVector: Uint8Array): Uint8Array {
  return diffUpdate(update, stateVector);
}
