/**
 * A stored document as one update, by its bytes: for documents too large for a Y.Doc. Rule CO29.
 * @module
 */
import * as encoding from "lib0/encoding";
import type { Steps } from "../steps.ts";
import { type StructBlock, layoutOf } from "./struct-reader.ts";

/** All structs of one client, over all parts. */
type Run = { readonly start: number; end: number; count: number; bytes: number };

/**
 * One V1 update of causally ordered parts and their delete set. Reads the parts twice, one at a time, and copies each struct once:
 * memory is the update and one part.
 * @throws Error when a part does not go on where the ones before ended.
 */
export function* joinParts(parts: () => Iterable<Uint8Array>, deleteSet: Uint8Array): Steps<Uint8Array> {
  const runs = new Map<number, Run>();
  const layouts: (readonly StructBlock[])[] = [];
  for (const part of parts()) {
    const { blocks } = layoutOf(part);
    for (const block of blocks) addTo(runs, block);
    layouts.push(blocks);
    yield;
  }
  const { update, offsets } = outline(runs, deleteSet);
  let index = 0;
  for (const part of parts()) {
    for (const { client, bytesStart, bytesEnd } of layouts[index] ?? []) {
      const at = offsets.get(client) ?? 0;
      update.set(part.subarray(bytesStart, bytesEnd), at);
      offsets.set(client, at + bytesEnd - bytesStart);
    }
    index += 1;
    yield;
  }
  return update;
}

function addTo(runs: Map<number, Run>, { client, start, end, count, bytesStart, bytesEnd }: StructBlock): void {
  const bytes = bytesEnd - bytesStart;
  const run = runs.get(client);
  if (run === undefined) {
    runs.set(client, { start, end, count, bytes });
    return;
  }
  if (run.end !== start) throw new Error(`joining parts of client ${client}: ${start} does not follow ${run.end}`);
  run.end = end;
  run.count += count;
  run.bytes += bytes;
}

/** The update with its headers and deletions, and where each client's structs go. Higher clients first, as Yjs writes them. */
function outline(
  runs: ReadonlyMap<number, Run>,
  deleteSet: Uint8Array,
): { readonly update: Uint8Array; readonly offsets: Map<number, number> } {
  const pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [{ at: 0, bytes: varUints(runs.size) }];
  const offsets = new Map<number, number>();
  let at = pieces[0]?.bytes.length ?? 0;
  for (const [client, { count, start, bytes }] of [...runs].sort(([one], [other]) => other - one)) {
    const header = varUints(count, client, start);
    pieces.push({ at, bytes: header });
    offsets.set(client, at + header.length);
    at += header.length + bytes;
  }
  const update = new Uint8Array(at + deleteSet.length);
  for (const piece of [...pieces, { at, bytes: deleteSet }]) update.set(piece.bytes, piece.at);
  return { update, offsets };
}

function varUints(...values: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const value of values) encoding.writeVarUint(encoder, value);
  return encoding.toUint8Array(encoder);
}
