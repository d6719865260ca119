/**
 * Payload of one row of the log: `(varUint(sender) • varByteArray(update))*`. Stored bytes: a change needs a migration.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { StampedUpdate } from "../../core/ports.ts";
import { MAX_ROW_BYTES } from "../../protocol/limits.ts";

/** Physical rows one row of the log may span: as much as a whole document may hold. Part of the key: never change it. */
export const CHUNKS_PER_ROW = 64;
const MAX_PAYLOAD_BYTES = CHUNKS_PER_ROW * MAX_ROW_BYTES;
/** Sender and length of one update, two varints below 2^35. */
const MAX_HEADER_BYTES = 10;

/** `indexOf` gives each user's number in the senders table. Throws RangeError without updates and for more than 64 MiB of them. */
export function encodeLogRow(updates: readonly StampedUpdate[], indexOf: (user: string) => number): Uint8Array {
  if (updates.length === 0) throw new RangeError("a log row holds at least one update");
  const bytes = updates.reduce((sum, { update }) => sum + MAX_HEADER_BYTES + update.byteLength, 0);
  if (bytes > MAX_PAYLOAD_BYTES) throw new RangeError(`a log row of ${bytes} bytes`);
  const encoder = encoding.createEncoder();
  for (const { user, update } of updates) {
    encoding.writeVarUint(encoder, indexOf(user));
    encoding.writeVarUint8Array(encoder, update);
  }
  return encoding.toUint8Array(encoder);
}

/** Updates are views of `payload`. Throws when the bytes end early: the row is corrupt. */
export function decodeLogRow(payload: Uint8Array, userOf: (index: number) => string): readonly StampedUpdate[] {
  const decoder = decoding.createDecoder(payload);
  const updates: StampedUpdate[] = [];
  while (decoding.hasContent(decoder)) {
    const user = userOf(decoding.readVarUint(decoder));
    updates.push({ user, update: decoding.readVarUint8Array(decoder) });
  }
  return updates;
}
