/**
 * A cursor over bytes that a stranger wrote: it reads nothing outside of them and allocates nothing for what it reads.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";

/** Why bytes were refused. `offset` is where, in bytes from the start. */
export type MalformedBytes = { readonly tag: "malformed-bytes"; readonly reason: string; readonly offset: number };

/** How a reader gives up in the middle. Never leaves this folder: {@link attempt} and `readUpdate` make it a value. */
export class ReadFailure extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** What `read` returns, or the failure that a {@link ByteReader} in it met. Every other exception is a bug and goes on. */
export function attempt<T>(read: () => T): Result<T, MalformedBytes> {
  try {
    return ok(read());
  } catch (failure) {
    if (!(failure instanceof ReadFailure)) throw failure;
    return err({ tag: "malformed-bytes", reason: failure.message, offset: failure.offset });
  }
}

/** 8 × 7 bits hold 2^53-1. lib0 reads on and makes NaN of a long enough run of continuation bytes. */
const MAX_VARINT_BYTES = 8;

export class ByteReader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** Always throws {@link ReadFailure}. */
  fail(reason: string): never {
    throw new ReadFailure(reason, this.position);
  }

  byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) return this.fail("unexpected end");
    this.position += 1;
    return byte;
  }

  /** An unsigned integer of at most 2^53-1. */
  varUint(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    return this.#continueVarInt(first & 0x7f, 0x80);
  }

  /** Passes a signed integer between -(2^53-1) and 2^53-1. */
  skipVarInt(): void {
    const first = this.byte();
    if (first >= 0x80) this.#continueVarInt(first & 0x3f, 0x40);
  }

  /** An unsigned integer of at most `limit`; `what` names it in the failure. */
  varUintUpTo(limit: number, what: string): number {
    const value = this.varUint();
    return value <= limit ? value : this.fail(`${what} is too large`);
  }

  /** How many of something follow: never more than there are bytes, as each takes at least one. */
  count(): number {
    return this.varUintUpTo(this.remaining, "a count");
  }

  /** Reads a length and returns the offset behind what it announces, which is inside the buffer. */
  lengthEnd(): number {
    const length = this.varUint();
    if (length > this.remaining) this.fail("a length points past the end");
    return this.position + length;
  }

  skip(byteCount: number): void {
    if (byteCount > this.remaining) this.fail("unexpected end");
    this.position += byteCount;
  }

  /** Passes a string with its length in front; returns its length in UTF-16 units. */
  text(): number {
    return this.utf8Until(this.lengthEnd());
  }

  /**
   * Passes UTF-8 up to `end` and returns its length in UTF-16 units. Accepts what a fatal `TextDecoder` with `ignoreBOM` does:
   * no overlong forms, no surrogates, nothing above U+10FFFF; a byte order mark is a character.
   */
  utf8Until(end: number): number {
    const { bytes } = this;
    let position = this.position;
    let units = 0;
    while (position < end) {
      const lead = bytes[position] ?? 0;
      if (lead < 0x80) {
        position += 1;
        units += 1;
        continue;
      }
      const size = sequenceSize(bytes, position, lead);
      if (size === 0 || position + size > end) {
        this.position = position;
        return this.fail("text is not UTF-8");
      }
      position += size;
      units += size === 4 ? 2 : 1;
    }
    this.position = end;
    return units;
  }

  /** True when the bytes from here to `end` are `word` (ASCII). Moves nothing. */
  isWord(end: number, word: string): boolean {
    if (end - this.position !== word.length) return false;
    for (let index = 0; index < word.length; index += 1) {
      if (this.bytes[this.position + index] !== word.charCodeAt(index)) return false;
    }
    return true;
  }

  #continueVarInt(low: number, scale: number): number {
    let value = low;
    let factor = scale;
    for (let size = 2; size <= MAX_VARINT_BYTES; size += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte >= 0x80) continue;
      return value <= Number.MAX_SAFE_INTEGER ? value : this.fail("an integer is out of range");
    }
    return this.fail("an integer is out of range");
  }
}

/** Bytes of the sequence at `position` whose first byte is `lead` (≥ 0x80); 0 when it is none (Unicode 15, table 3-7). */
function sequenceSize(bytes: Uint8Array, position: number, lead: number): 0 | 2 | 3 | 4 {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = bytes[position + 1] ?? 0;
  if (lead < 0xe0) return isContinuation(second) ? 2 : 0;
  // The second byte's range tells overlong forms, surrogates and what lies above U+10FFFF from the rest.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high || !isContinuation(bytes[position + 2] ?? 0)) return 0;
  if (lead < 0xf0) return 3;
  return isContinuation(bytes[position + 3] ?? 0) ? 4 : 0;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
