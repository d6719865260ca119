/**
 * Reading the primitives of Colyseus' frames: little endian, texts and numbers behind a byte that says how long they are. The package's
 * own reader runs past the end, takes what is cut short for whole and writes to the console about what a stranger sent; this one throws
 * RangeError or TypeError at the first byte that is not of the format.
 * @module
 */

import { shortAscii } from "./short-ascii.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const TEXT = { shortest: 0xa0, longestShort: 0xbf, bytes1: 0xd9, bytes2: 0xda, bytes4: 0xdb } as const;
const LARGEST_NUMBER_IN_ONE_BYTE = 0x7f;
const FIRST_NEGATIVE_IN_ONE_BYTE = 0xe0;

export class ValueReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** What is left, as a view of the frame. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  uint8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  bytes(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A text follows, not a number. */
  get isAtText(): boolean {
    const prefix = this.#bytes[this.#at] ?? 0;
    return (prefix > TEXT.shortest && prefix <= TEXT.longestShort) || (prefix >= TEXT.bytes1 && prefix <= TEXT.bytes4);
  }

  text(): string {
    const bytes = this.bytes(this.#textLength());
    return shortAscii(bytes) ?? utf8.decode(bytes);
  }

  /** A whole number from 0 to `max`. */
  count(max: number): number {
    const value = this.number();
    if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError("a number is out of bounds");
    return value;
  }

  /** As its first byte says. May be NaN or infinite. */
  number(): number {
    const prefix = this.uint8();
    if (prefix <= LARGEST_NUMBER_IN_ONE_BYTE) return prefix;
    if (prefix >= FIRST_NEGATIVE_IN_ONE_BYTE) return prefix - 0x100;
    const type = NUMBER_TYPES[prefix];
    if (type === undefined) throw new TypeError("no number where one is due");
    return Number(this.primitive(type));
  }

  /** A value of one of the schema's primitive types. Numbers may be NaN, infinite or too large to be exact. */
  primitive(type: string): number | bigint | boolean | string {
    const fixed = FIXED_TYPES[type];
    if (fixed !== undefined) return fixed.read(this.#view, this.#skip(fixed.length));
    if (type === "string") return this.text();
    if (type === "number") return this.number();
    throw new TypeError(`there is no type ${type}`);
  }

  #textLength(): number {
    const prefix = this.uint8();
    if (prefix >= TEXT.shortest && prefix <= TEXT.longestShort) return prefix - TEXT.shortest;
    if (prefix === TEXT.bytes1) return this.uint8();
    if (prefix === TEXT.bytes2) return this.#view.getUint16(this.#skip(2), true);
    if (prefix === TEXT.bytes4) return this.#view.getUint32(this.#skip(4), true);
    throw new TypeError("no text where one is due");
  }

  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new RangeError("the frame ends too early");
    this.#at += length;
    return at;
  }
}

type Fixed = {
  readonly length: number;
  readonly read: (view: DataView, at: number) => number | bigint | boolean;
};

const FIXED_TYPES: Readonly<Record<string, Fixed>> = {
  boolean: { length: 1, read: (view, at) => view.getUint8(at) > 0 },
  int8: { length: 1, read: (view, at) => view.getInt8(at) },
  uint8: { length: 1, read: (view, at) => view.getUint8(at) },
  int16: { length: 2, read: (view, at) => view.getInt16(at, true) },
  uint16: { length: 2, read: (view, at) => view.getUint16(at, true) },
  int32: { length: 4, read: (view, at) => view.getInt32(at, true) },
  uint32: { length: 4, read: (view, at) => view.getUint32(at, true) },
  int64: { length: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  uint64: { length: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  bigint64: { length: 8, read: (view, at) => view.getBigInt64(at, true) },
  biguint64: { length: 8, read: (view, at) => view.getBigUint64(at, true) },
  float32: { length: 4, read: (view, at) => view.getFloat32(at, true) },
  float64: { length: 8, read: (view, at) => view.getFloat64(at, true) },
};

const NUMBER_TYPES: Readonly<Record<number, string>> = {
  0xca: "float32",
  0xcb: "float64",
  0xcc: "uint8",
  0xcd: "uint16",
  0xce: "uint32",
  0xcf: "uint64",
  0xd0: "int8",
  0xd1: "int16",
  0xd2: "int32",
  0xd3: "int64",
};
