/**
 * lib0's `any` encoding inside an update, passed over and checked, never built.
 * @module
 */
import type { ByteReader } from "./byte-reader.ts";
import { MAX_NESTING } from "./json-text.ts";

/** Passes a lib0 `any`. */
export function skipAny(reader: ByteReader): void {
  skipAnyNested(reader, 0);
}

const ANY_OBJECT = 118;

/**
 * Passes the options of a subdocument: an `any` object. Yjs spreads it into the constructor's options behind the guid, so one that
 * brings its own `guid` or `gcFilter` makes a document that throws when it is written or cleaned up.
 */
export function skipSubdocumentOptions(reader: ByteReader): void {
  if (reader.byte() !== ANY_OBJECT) reader.fail("subdocument options are not an object");
  for (let entries = reader.count(); entries > 0; entries -= 1) {
    const end = reader.lengthEnd();
    if (reader.isWord(end, "guid") || reader.isWord(end, "gcFilter"))
      reader.fail("subdocument options name a reserved key");
    skipKey(reader, end);
    skipAnyNested(reader, 1);
  }
}

function skipAnyNested(reader: ByteReader, depth: number): void {
  if (depth > MAX_NESTING) reader.fail("a value is nested too deep");
  const tag = reader.byte();
  switch (tag) {
    case 127: // undefined
    case 126: // null
    case 121: // false
    case 120: // true
      return;
    case 125:
      return reader.skipVarInt();
    case 124: // float32
      return reader.skip(4);
    case 123: // float64
    case 122: // bigint
      return reader.skip(8);
    case 119:
      reader.text();
      return;
    case ANY_OBJECT:
      for (let entries = reader.count(); entries > 0; entries -= 1) {
        skipKey(reader, reader.lengthEnd());
        skipAnyNested(reader, depth + 1);
      }
      return;
    case 117: // array
      for (let entries = reader.count(); entries > 0; entries -= 1) skipAnyNested(reader, depth + 1);
      return;
    case 116: // bytes
      reader.position = reader.lengthEnd();
      return;
    default:
      reader.fail("unknown kind of value");
  }
}

/** lib0 assigns keys: `__proto__` would give the object a foreign prototype, such as one that makes it look like bytes when written. */
function skipKey(reader: ByteReader, end: number): void {
  if (reader.isWord(end, "__proto__")) reader.fail("an object names its prototype");
  reader.utf8Until(end);
}
