/**
 * How much of what was sent is new content. Rule HA9.
 * @module
 */
import { ByteReader, ReadFailure } from "../document/byte-reader.ts";
import { StructCursor } from "../document/struct-cursor.ts";

const KIND_BITS = 0b0001_1111;
/** Kinds of struct that hold no content: garbage, deleted content, a format, a hole. */
const NO_CONTENT: ReadonlySet<number> = new Set([0, 1, 6, 10]);

/** Characters and values that an update inserts; 0 for one that does not read. */
export function insertedIn(update: Uint8Array): number {
  const reader = new ByteReader(update);
  const cursor = new StructCursor(reader);
  let inserted = 0;
  try {
    for (let clients = reader.count(); clients > 0; clients -= 1) {
      let structs = reader.count();
      const client = reader.varUint();
      let clock = reader.varUint();
      for (; structs > 0; structs -= 1) {
        const kind = (update[reader.position] ?? 0) & KIND_BITS;
        cursor.readHeader(client, clock);
        const length = cursor.readBody();
        if (!NO_CONTENT.has(kind)) inserted += length;
        clock += length;
      }
    }
  } catch (failure) {
    if (!(failure instanceof ReadFailure)) throw failure;
    return 0;
  }
  return inserted;
}
