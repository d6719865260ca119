/**
 * Cuts one large update into parts that can be stored and sent one by one.
 * @module
 */
import { type Encoder, createEncoder, length, toUint8Array, writeVarUint } from "lib0/encoding";
import { ByteReader } from "./byte-reader.ts";
import { type StructSlice, visitInCausalOrder } from "./causal-order.ts";
import {
  MAX_HEADER_BYTES,
  NO_DELETES,
  type StructRun,
  deletesOnly,
  joinBytes,
  varUints,
  writeUpdate,
} from "./update-assembler.ts";
import { layoutOf, visitDeletes } from "./struct-reader.ts";

/** Upper bound of a deleted range: its clock and its length. */
const MAX_RANGE_BYTES = 8 * 2;
/** Number of clients, and an empty delete set. */
const MAX_FRAME_OVERHEAD_BYTES = 8;

/**
 * V1 parts that are equal to `update` when applied in order, and none of which ever waits for a later one. Each has at most
 * `maxBytes`, except that a single larger struct is a part of its own. Deletions come last. An update that fits is its own only
 * part, byte for byte. Linear in time; memory is about the size of the update.
 */
export function splitUpdate(update: Uint8Array, maxBytes: number): Uint8Array[] {
  if (update.length <= maxBytes) return [update];
  const { blocks, deleteSetOffset } = layoutOf(update);
  const structs = new PartWriter(update, maxBytes);
  visitInCausalOrder(update, blocks, (struct) => structs.add(struct));
  const deleteSet = update.subarray(deleteSetOffset);
  if (structs.bytes + deleteSet.length <= maxBytes) {
    structs.flush(deleteSet);
    return structs.parts;
  }
  structs.flush(NO_DELETES);
  return [...structs.parts, ...splitDeleteSet(deleteSet, maxBytes).map(deletesOnly)];
}

class PartWriter {
  readonly parts: Uint8Array[] = [];
  readonly #source: Uint8Array;
  readonly #maxBytes: number;
  readonly #runs = new Map<number, StructRun & { bytesStart: number; bytesEnd: number }>();
  /** Upper bound of what `flush` would write, without deletions. */
  bytes = MAX_FRAME_OVERHEAD_BYTES;

  constructor(source: Uint8Array, maxBytes: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
  }

  add(struct: StructSlice): void {
    const size = struct.bytesEnd - struct.bytesStart;
    const header = this.#runs.has(struct.client) ? 0 : MAX_HEADER_BYTES;
    if (this.bytes + header + size > this.#maxBytes) this.flush(NO_DELETES);
    this.#append(struct, size);
  }

  /** Structs of one client follow each other in the source, so a run is one slice however the visits alternated. */
  #append(struct: StructSlice, size: number): void {
    const run = this.#runs.get(struct.client);
    this.bytes += size;
    if (run !== undefined) {
      run.count += 1;
      run.end += struct.length;
      run.bytesEnd = struct.bytesEnd;
      return;
    }
    this.bytes += MAX_HEADER_BYTES;
    this.#runs.set(struct.client, {
      start: struct.clock,
      end: struct.clock + struct.length,
      count: 1,
      slices: [],
      bytesStart: struct.bytesStart,
      bytesEnd: struct.bytesEnd,
    });
  }

  flush(deleteSet: Uint8Array): void {
    if (this.#runs.size === 0 && deleteSet[0] === 0) return;
    for (const run of this.#runs.values()) run.slices.push(this.#source.subarray(run.bytesStart, run.bytesEnd));
    this.parts.push(writeUpdate(this.#runs, deleteSet));
    this.#runs.clear();
    this.bytes = MAX_FRAME_OVERHEAD_BYTES;
  }
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
