/**
 * Reading the payloads of Colyseus' messages: msgpack as its clients write it, with the records of msgpackr. The package's own reader
 * keeps the records of one message for the next ones, so that one client could decide what another's message says, and it has types
 * that no payload needs; this one knows plain data only. Throws RangeError or TypeError, and allocates no more than the bytes account for.
 * @module
 */

import { shortAscii } from "./short-ascii.ts";

/** Lists and objects inside each other. */
const MAX_DEPTH = 32;
/** Values in one payload, those inside of lists and objects included. */
const MAX_VALUES = 65_536;
const MAX_RECORD_ID = 0x7f;
const MIN_RECORD_ID = 0x40;
/** Type of the extension that says which keys a record has; msgpackr's. */
const RECORD = 0x72;
/** msgpackr's extension for `undefined`. */
const NOTHING = 0x00;

/** Not fatal: half an emoji, as a field with a length limit cuts it, is no reason to lose the game. */
const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The one value that `bytes` hold. Numbers that are not finite are null, as in JSON; integers beyond 2^53 are inexact. */
export function readPayload(bytes: Uint8Array): unknown {
  const reader = new PayloadReader(bytes);
  const value = reader.value(0);
  if (!reader.isAtEnd) throw new RangeError("bytes behind the payload");
  return value;
}

class PayloadReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #records = new Map<number, readonly string[]>();
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): unknown {
    this.#values += 1;
    if (this.#values > MAX_VALUES) throw new RangeError(`a payload has at most ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH) throw new RangeError(`a payload is at most ${MAX_DEPTH} levels deep`);
    const prefix = this.#uint(1);
    if (prefix >= 0xe0) return prefix - 0x100;
    if (prefix < 0x80) return this.#recordOrInteger(prefix, depth);
    if (prefix < 0x90) return this.#object(prefix & 0x0f, depth);
    if (prefix < 0xa0) return this.#list(prefix & 0x0f, depth);
    if (prefix < 0xc0) return this.#text(prefix & 0x1f);
    return this.#long(prefix, depth);
  }

  #long(prefix: number, depth: number): unknown {
    switch (prefix) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#uint(1 << (prefix - 0xc4))).slice();
      case 0xca:
        return finite(this.#view.getFloat32(this.#skip(4)));
      case 0xcb:
        return finite(this.#view.getFloat64(this.#skip(8)));
      case 0xd4:
      case 0xd5:
        return this.#extension(prefix - 0xd3, depth);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (prefix - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#uint(2 << (prefix - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.#object(this.#uint(2 << (prefix - 0xde)), depth);
      default:
        return this.#integer(prefix);
    }
  }

  #integer(prefix: number): number {
    switch (prefix) {
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (prefix - 0xcc));
      case 0xcf:
        return Number(this.#view.getBigUint64(this.#skip(8)));
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      case 0xd3:
        return Number(this.#view.getBigInt64(this.#skip(8)));
      default:
        throw new TypeError("a payload is plain data: text, numbers, bytes, lists and objects");
    }
  }

  /** `length` bytes behind the type: the id of a record, or nothing of interest. */
  #extension(length: number, depth: number): unknown {
    const type = this.#uint(1);
    if (type === NOTHING && length === 1) {
      this.#skip(1);
      return undefined;
    }
    if (type !== RECORD || length !== 1) throw new TypeError("a payload is plain data");
    const id = this.#uint(1);
    if (id < MIN_RECORD_ID || id > MAX_RECORD_ID) throw new RangeError("a record without a fitting id");
    const keys = this.value(depth + 1);
    if (!Array.isArray(keys)) throw new TypeError("a record without keys");
    const record = keys.map(asKey);
    this.#records.set(id, record);
    return this.#record(record, depth);
  }

  #recordOrInteger(byte: number, depth: number): unknown {
    const record = byte >= MIN_RECORD_ID ? this.#records.get(byte) : undefined;
    return record === undefined ? byte : this.#record(record, depth);
  }

  #record(keys: readonly string[], depth: number): unknown {
    const object: Record<string, unknown> = {};
    for (const key of keys) object[key] = this.value(depth + 1);
    return object;
  }

  #object(count: number, depth: number): unknown {
    this.#expect(count * 2);
    const object: Record<string, unknown> = {};
    for (let left = count; left > 0; left -= 1) {
      const key = asKey(this.value(depth + 1));
      object[key] = this.value(depth + 1);
    }
    return object;
  }

  #list(count: number, depth: number): unknown[] {
    this.#expect(count);
    const list: unknown[] = [];
    for (let left = count; left > 0; left -= 1) list.push(this.value(depth + 1));
    return list;
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    return shortAscii(bytes) ?? utf8.decode(bytes);
  }

  #uint(length: number): number {
    const at = this.#skip(length);
    if (length === 1) return this.#view.getUint8(at);
    return length === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #take(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** So many values follow, a byte each at least. */
  #expect(count: number): void {
    if (count > this.#bytes.length - this.#at) throw new RangeError("a count points past the end of the frame");
  }

  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new RangeError("the frame ends too early");
    this.#at += length;
    return at;
  }
}

/** Whole numbers name fields as they do in JavaScript. */
function asKey(key: unknown): string {
  if (typeof key !== "string" && !Number.isSafeInteger(key)) throw new TypeError("a key is text or a whole number");
  const name = String(key);
  if (name === "__proto__") throw new TypeError("no field is named __proto__");
  return name;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
