/**
 * Frames written once into memory of their size. lib0's own encoder grows by doubling and copies at its end: of a document of
 * 10 MB that was 10 MB of garbage for each join.
 * @module
 */
import * as encoding from "lib0/encoding";

/** What a message has beside its bytes: type, number and lengths. */
const MAX_HEADER_BYTES = 32;

/** What `write` writes. `payloadBytes`: about how much that is; more is fine, only slower. */
export function encodeFrame(payloadBytes: number, write: (encoder: encoding.Encoder) => void): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  const buffer = new Uint8Array(payloadBytes + MAX_HEADER_BYTES);
  encoder.cbuf = buffer;
  write(encoder);
  // Still the same buffer: all fitted into it.
  return encoder.cbuf === buffer ? buffer.subarray(0, encoder.cpos) : encoding.toUint8Array(encoder);
}
