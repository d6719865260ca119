/**
 * Plain data as bytes: lib0's `any`, which says what JSON says, every number exactly, and bytes.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Plain } from "../../core/game/ports.ts";

/** First byte of lib0's `any`, of what holds others. */
const OBJECT = 118;
const ARRAY = 117;

export function encodePlain(value: Plain): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  // SAFETY: it only reads, so that lists may as well be readonly.
  encoding.writeAny(encoder, value as encoding.AnyEncodable);
  return encoding.toUint8Array(encoder);
}

/** The inverse of {@link encodePlain}, of bytes that it wrote; throws on others. */
export function decodePlain(bytes: Uint8Array): Plain {
  return readPlain(decoding.createDecoder(bytes));
}

/** Not lib0's own reader: it assigns, and a key `__proto__` would be lost. */
function readPlain(decoder: decoding.Decoder): Plain {
  const tag = decoding.peekUint8(decoder);
  if (tag !== OBJECT && tag !== ARRAY) {
    // SAFETY: of what was written no other one is left.
    return decoding.readAny(decoder) as Plain;
  }
  decoding.readUint8(decoder);
  const length = decoding.readVarUint(decoder);
  if (tag === ARRAY) return Array.from({ length }, () => readPlain(decoder));
  const entries: [string, Plain][] = [];
  for (let index = 0; index < length; index += 1) {
    entries.push([decoding.readVarString(decoder), readPlain(decoder)]);
  }
  return Object.fromEntries(entries);
}
