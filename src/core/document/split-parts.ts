/**
 * Cuts one large update into parts that can be stored and sent one by one.
 * @module
 */
import { type Encoder, createEncoder, length, toUint8Array, writeVarUint } from "lib0/encoding";
import { ByteReader } from "./byte-reader.ts";
import { type StructSlice, visitInCausalOrder } from "./dependency-order.ts";
import { type StructBlock, layoutOf, visitDeletes } from "./struct-reader.ts";
import { MAX_HEADER_BYTES, NO_DELETES, StructRuns, deletesOnly, joinBytes, varUints } from "./update-writer.ts";

/** Upper bound of a deleted range: its clock and its length. */
const MAX_RANGE_BYTES = 8 * 2;
/** Number of clients, and an empty delete set. */
const MAX_FRAME_OVERHEAD_BYTES = 8;

/** {@link partsOf}, all at once. */
export function splitUpdate(update: Uint8Array, maxBytes: number): Uint8Array[] {
  return [...partsOf(update, maxBytes)];
}

/**
 * V1 parts that are equal to `update` when applied in order, and none of which ever waits for a later one. Each has at most
 * `maxBytes`, except that a single larger struct is a part of its own. Deletions come last. An update that fits is its own only
 * part, byte for byte. Linear in time; a part takes memory when it is asked for.
 */
export function* partsOf(update: Uint8Array, maxBytes: number): Generator<Uint8Array> {
  if (update.length <= maxBytes) {
    yield update;
    return;
  }
  const { blocks, deleteSetOffset } = layoutOf(update);
  const cut = new PartCutter(maxBytes);
  visitInCausalOrder(update, blocks, (struct) => cut.add(struct));
  const deleteSet = update.subarray(deleteSetOffset);
  const last = cut.bytes + deleteSet.length <= maxBytes ? cut.parts.pop() : undefined;
  for (const part of cut.parts) yield writePart(update, part, NO_DELETES);
  if (last !== undefined) yield writePart(update, last, deleteSet);
  else for (const set of splitDeleteSet(deleteSet, maxBytes)) yield deletesOnly(set);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Structs of one client follow each other in the source, so a part has one block of each however the visits alternated. */
type Part = Map<number, Mutable<StructBlock>>;

/** Decides what goes into which part: no bytes are copied. */
class PartCutter {
  readonly parts: Part[] = [];
  readonly #maxBytes: number;
  /** Upper bound of the last part's length, without deletions. */
  bytes = Infinity;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add({ client, clock, length: clocks, bytesStart, bytesEnd }: StructSlice): void {
    const bytes = bytesEnd - bytesStart;
    const block = this.parts.at(-1)?.get(client);
    const header = block === undefined ? MAX_HEADER_BYTES : 0;
    if (this.bytes + header + bytes > this.#maxBytes) {
      this.parts.push(
        new Map([[client, { client, start: clock, end: clock + clocks, count: 1, bytesStart, bytesEnd }]]),
      );
      this.bytes = MAX_FRAME_OVERHEAD_BYTES + MAX_HEADER_BYTES + bytes;
      return;
    }
    this.bytes += header + bytes;
    if (block === undefined) {
      this.parts.at(-1)?.set(client, { client, start: clock, end: clock + clocks, count: 1, bytesStart, bytesEnd });
      return;
    }
    block.count += 1;
    block.end += clocks;
    block.bytesEnd = bytesEnd;
  }
}

function writePart(update: Uint8Array, part: Part, deleteSet: Uint8Array): Uint8Array {
  const runs = new StructRuns();
  for (const block of part.values()) runs.append(update, block);
  return runs.write(deleteSet);
}

type DeleteRun = { readonly client: number; count: number; readonly ranges: Encoder };

/** V1 delete sets of at most `maxBytes` (but at least one range) that together are `deleteSet`; none when it is empty. */
function splitDeleteSet(deleteSet: Uint8Array, maxBytes: number): Uint8Array[] {
  const sets: Uint8Array[] = [];
  let runs: DeleteRun[] = [];
  let closedBytes = MAX_FRAME_OVERHEAD_BYTES;
  const flush = (): void => {
    if (runs.length > 0) sets.push(writeDeleteSet(runs));
    runs = [];
    closedBytes = MAX_FRAME_OVERHEAD_BYTES;
  };
  visitDeletes(new ByteReader(deleteSet), (client, start, clocks) => {
    let run = runs.at(-1);
    if (closedBytes + sizeOfRun(run) + MAX_HEADER_BYTES + MAX_RANGE_BYTES > maxBytes) {
      flush();
      run = undefined;
    }
    if (run?.client !== client) {
      closedBytes += sizeOfRun(run);
      run = { client, count: 0, ranges: createEncoder() };
      runs.push(run);
    }
    run.count += 1;
    writeVarUint(run.ranges, start);
    writeVarUint(run.ranges, clocks);
  });
  flush();
  return sets;
}

function sizeOfRun(run: DeleteRun | undefined): number {
  return run === undefined ? 0 : MAX_HEADER_BYTES + length(run.ranges);
}

function writeDeleteSet(runs: readonly DeleteRun[]): Uint8Array {
  const chunks = [varUints(runs.length)];
  for (const run of runs) chunks.push(varUints(run.client, run.count), toUint8Array(run.ranges));
  return joinBytes(chunks);
}
