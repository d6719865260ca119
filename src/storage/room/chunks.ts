/**
 * Bytes too long for one row, cut and joined again. The platform refuses a row of 2 MB; local runtimes do not.
 * @module
 */
import { MAX_ROW_BYTES } from "../../protocol/limits.ts";

/** Views of at most MAX_ROW_BYTES each, in order; one empty view for no bytes. */
export function splitBytes(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.byteLength <= MAX_ROW_BYTES) return [bytes];
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.byteLength; start += MAX_ROW_BYTES) {
    chunks.push(bytes.subarray(start, start + MAX_ROW_BYTES));
  }
  return chunks;
}

/** The bytes that {@link splitBytes} cut. A single chunk is not copied. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
