/**
 * Reading lengths that a stranger wrote. lib0 does not check a length against what is there: past the end its view throws
 * a RangeError that names no cause, or runs on into the shared buffer behind the frame.
 * @module
 */
import * as decoding from "lib0/decoding";

/** Bytes with a length in front, as a view of the frame. Throws RangeError when the length points past the end. */
export function readBytes(decoder: decoding.Decoder): Uint8Array {
  const length = decoding.readVarUint(decoder);
  if (length > decoder.arr.length - decoder.pos) throw new RangeError("a length points past the end of the frame");
  return decoding.readUint8Array(decoder, length);
}

// ignoreBOM keeps a leading U+FEFF, as lib0 does; fatal refuses what is not UTF-8.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A string with a length in front. Throws RangeError or TypeError on a bad length or bad UTF-8. */
export function readText(decoder: decoding.Decoder): string {
  return utf8.decode(readBytes(decoder));
}
