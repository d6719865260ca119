/**
 * Where the structs and the delete set of a stored update are. For bytes that were accepted before: dependencies are not checked.
 * @module
 */
import { ByteReader } from "./byte-reader.ts";
import type { ClientBlock } from "./client-block.ts";
import { StructCursor } from "./struct-cursor.ts";

/** The structs of one client in an update. */
export type StructBlock = Omit<ClientBlock, "known">;

export type UpdateLayout = {
  readonly blocks: readonly StructBlock[];
  /** The V1 delete set goes from here to the end of the update. */
  readonly deleteSetOffset: number;
  /** Some struct is a format of a text (bold begins, bold ends). */
  readonly hasFormats: boolean;
};

/** Kind of struct in the low five bits of its first byte. */
const KIND_BITS = 0b0001_1111;
const KIND_FORMAT = 6;

/** Throws ReadFailure when the bytes are no V1 update. */
export function layoutOf(update: Uint8Array): UpdateLayout {
  const reader = new ByteReader(update);
  const cursor = new StructCursor(reader);
  const blocks: StructBlock[] = [];
  let hasFormats = false;
  for (let left = reader.count(); left > 0; left -= 1) {
    const count = reader.count();
    const client = reader.varUint();
    const start = reader.varUint();
    const bytesStart = reader.position;
    let end = start;
    for (let structs = count; structs > 0; structs -= 1) {
      hasFormats ||= ((update[reader.position] ?? 0) & KIND_BITS) === KIND_FORMAT;
      cursor.readHeader(client, end);
      end += cursor.readBody();
    }
    blocks.push({ client, start, end, count, bytesStart, bytesEnd: reader.position });
  }
  const deleteSetOffset = reader.position;
  visitDeletes(reader, () => undefined);
  if (reader.remaining > 0) reader.fail("bytes after the delete set");
  return { blocks, deleteSetOffset, hasFormats };
}

/** Calls `visit` for every range of the V1 delete set that `reader` stands before. */
export function visitDeletes(reader: ByteReader, visit: (client: number, start: number, length: number) => void): void {
  for (let clients = reader.count(); clients > 0; clients -= 1) {
    const client = reader.varUint();
    for (let ranges = reader.count(); ranges > 0; ranges -= 1) visit(client, reader.varUint(), reader.varUint());
  }
}
