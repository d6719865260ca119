/**
 * JSON inside an update (RFC 8259), passed over and checked on the bytes, never built.
 * @module
 */
import type { ByteReader } from "./byte-reader.ts";

/** Objects and arrays inside each other. Yjs, lib0 and `JSON.stringify` recurse; real attributes nest a handful. */
export const MAX_NESTING = 256;

const UNDEFINED = "undefined";
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NOTHING = -1;

/** Passes a string that holds one JSON value, as `JSON.parse` would take it. */
export function skipJson(reader: ByteReader): void {
  const end = reader.lengthEnd();
  const start = reader.position;
  reader.utf8Until(end);
  reader.position = start;
  skipJsonText(reader, end);
}

/** Like {@link skipJson}, or the bare word `undefined`, by which the oldest array content stands for it. */
export function skipJsonOrUndefined(reader: ByteReader): void {
  const start = reader.position;
  const end = reader.lengthEnd();
  if (reader.isWord(end, UNDEFINED)) {
    reader.position = end;
    return;
  }
  reader.position = start;
  skipJson(reader);
}

function skipJsonText(reader: ByteReader, end: number): void {
  skipJsonValue(reader, end, 0);
  skipSpace(reader, end);
  if (reader.position !== end) reader.fail("JSON goes on after its value");
}

function skipJsonValue(reader: ByteReader, end: number, depth: number): void {
  if (depth > MAX_NESTING) reader.fail("a value is nested too deep");
  skipSpace(reader, end);
  const first = peek(reader, end);
  switch (first) {
    case QUOTE:
      return skipJsonString(reader, end);
    case 0x7b: // {
      return skipMembers(reader, end, depth);
    case 0x5b: // [
      return skipElements(reader, end, depth);
    case 0x74:
      return skipWord(reader, end, "true");
    case 0x66:
      return skipWord(reader, end, "false");
    case 0x6e:
      return skipWord(reader, end, "null");
    default:
      return skipNumber(reader, end);
  }
}

function skipMembers(reader: ByteReader, end: number, depth: number): void {
  const closing = 0x7d;
  reader.position += 1;
  skipSpace(reader, end);
  if (take(reader, end, closing)) return;
  do {
    skipSpace(reader, end);
    if (peek(reader, end) !== QUOTE) reader.fail("JSON is malformed");
    skipJsonString(reader, end);
    skipSpace(reader, end);
    if (!take(reader, end, COLON)) reader.fail("JSON is malformed");
    skipJsonValue(reader, end, depth + 1);
    skipSpace(reader, end);
  } while (take(reader, end, COMMA));
  if (!take(reader, end, closing)) reader.fail("JSON is malformed");
}

function skipElements(reader: ByteReader, end: number, depth: number): void {
  const closing = 0x5d;
  reader.position += 1;
  skipSpace(reader, end);
  if (take(reader, end, closing)) return;
  do {
    skipJsonValue(reader, end, depth + 1);
    skipSpace(reader, end);
  } while (take(reader, end, COMMA));
  if (!take(reader, end, closing)) reader.fail("JSON is malformed");
}

function skipJsonString(reader: ByteReader, end: number): void {
  reader.position += 1;
  for (;;) {
    const byte = peek(reader, end);
    if (byte < 0x20) reader.fail("JSON is malformed");
    reader.position += 1;
    if (byte === QUOTE) return;
    if (byte === BACKSLASH) skipEscape(reader, end);
  }
}

function skipEscape(reader: ByteReader, end: number): void {
  const kind = peek(reader, end);
  if (kind === NOTHING || !'"\\/bfnrtu'.includes(String.fromCharCode(kind))) reader.fail("JSON is malformed");
  reader.position += 1;
  if (kind !== 0x75) return;
  for (let digits = 0; digits < 4; digits += 1) {
    if (!isHexDigit(peek(reader, end))) reader.fail("JSON is malformed");
    reader.position += 1;
  }
}

function skipNumber(reader: ByteReader, end: number): void {
  take(reader, end, MINUS);
  if (!take(reader, end, ZERO)) skipDigits(reader, end);
  if (take(reader, end, 0x2e)) skipDigits(reader, end);
  if (take(reader, end, 0x65) || take(reader, end, 0x45)) {
    if (!take(reader, end, MINUS)) take(reader, end, 0x2b);
    skipDigits(reader, end);
  }
}

/** At least one. */
function skipDigits(reader: ByteReader, end: number): void {
  if (!isDigit(peek(reader, end))) reader.fail("JSON is malformed");
  while (isDigit(peek(reader, end))) reader.position += 1;
}

function skipWord(reader: ByteReader, end: number, word: string): void {
  const wordEnd = reader.position + word.length;
  if (wordEnd > end || !reader.isWord(wordEnd, word)) reader.fail("JSON is malformed");
  reader.position = wordEnd;
}

function skipSpace(reader: ByteReader, end: number): void {
  for (;;) {
    const byte = peek(reader, end);
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    reader.position += 1;
  }
}

function peek(reader: ByteReader, end: number): number {
  return reader.position < end ? (reader.bytes[reader.position] ?? NOTHING) : NOTHING;
}

function take(reader: ByteReader, end: number, byte: number): boolean {
  if (peek(reader, end) !== byte) return false;
  reader.position += 1;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
