/**
 * Writes V1 updates out of bytes of other updates: no struct is decoded. The one place that knows how an update is put together.
 * @module
 */
import { createEncoder, toUint8Array, writeVarUint } from "lib0/encoding";
import type { StructBlock } from "./struct-reader.ts";

/** V1 update without structs and deletions. */
export const EMPTY_UPDATE: Uint8Array = Uint8Array.of(0, 0);

/** V1 delete set without ranges. */
export const NO_DELETES: Uint8Array = Uint8Array.of(0);

/** Upper bound of a block's header: count, client, clock. */
export const MAX_HEADER_BYTES = 8 * 3;

/** Up to here a loop copies faster than a view of the bytes is made. */
const MAX_LOOPED_BYTES = 48;

/** Structs of one client from one or more updates, each going on where the one before ended. */
type Run = {
  readonly client: number;
  readonly start: number;
  end: number;
  count: number;
  bytes: number;
  readonly sources: Uint8Array[];
  /** Of each source where the structs begin and end. */
  readonly offsets: number[];
};

/** Collects structs client by client and writes them as one update. */
export class StructRuns {
  readonly #runs = new Map<number, Run>();
  /** Updates of a row are mostly of one client. */
  #latest: Run | undefined;

  /** The clock behind the last struct of `client`; undefined without one. */
  endOf(client: number): number | undefined {
    return this.#runOf(client)?.end;
  }

  /** False, and nothing is added, when the structs do not begin where the client's last ones ended. */
  append(source: Uint8Array, structs: StructBlock): boolean {
    const { client, start, end, count, bytesStart, bytesEnd } = structs;
    const bytes = bytesEnd - bytesStart;
    const run = this.#runOf(client);
    if (run === undefined) {
      this.#latest = { client, start, end, count, bytes, sources: [source], offsets: [bytesStart, bytesEnd] };
      this.#runs.set(client, this.#latest);
      return true;
    }
    if (run.end !== start) return false;
    this.#latest = run;
    run.end = end;
    run.count += count;
    run.bytes += bytes;
    run.sources.push(source);
    run.offsets.push(bytesStart, bytesEnd);
    return true;
  }

  /** One V1 update. Clients stand in descending order, as Yjs writes them: its own merge relies on it. */
  write(deleteSet: Uint8Array): Uint8Array {
    const runs = [...this.#runs.values()];
    if (runs.length > 1) runs.sort((one, other) => other.client - one.client);
    let length = sizeOfVarUint(runs.length) + deleteSet.length;
    for (const { client, start, count, bytes } of runs) {
      length += sizeOfVarUint(count) + sizeOfVarUint(client) + sizeOfVarUint(start) + bytes;
    }
    const update = new Uint8Array(length);
    let at = putVarUint(update, 0, runs.length);
    for (const run of runs) at = putRun(update, at, run);
    update.set(deleteSet, at);
    return update;
  }

  #runOf(client: number): Run | undefined {
    return this.#latest?.client === client ? this.#latest : this.#runs.get(client);
  }
}

/** Returns the offset behind the block. */
function putRun(target: Uint8Array, from: number, { client, start, count, sources, offsets }: Run): number {
  let at = putVarUint(target, from, count);
  at = putVarUint(target, at, client);
  at = putVarUint(target, at, start);
  for (const [index, source] of sources.entries()) {
    const begin = offsets[2 * index] ?? 0;
    const end = offsets[2 * index + 1] ?? 0;
    if (end - begin > MAX_LOOPED_BYTES) target.set(source.subarray(begin, end), at);
    else for (let offset = begin; offset < end; offset += 1) target[at + offset - begin] = source[offset] ?? 0;
    at += end - begin;
  }
  return at;
}

function sizeOfVarUint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** Returns the offset behind the integer. */
function putVarUint(target: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest >= 0x80) {
    target[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    at += 1;
  }
  target[at] = rest;
  return at + 1;
}

/** An update that only deletes. `deleteSet` is a V1 delete set. */
export function deletesOnly(deleteSet: Uint8Array): Uint8Array {
  return joinBytes([NO_DELETES, deleteSet]);
}

/** The lib0 encoding of these numbers. */
export function varUints(...values: readonly number[]): Uint8Array {
  const encoder = createEncoder();
  for (const value of values) writeVarUint(encoder, value);
  return toUint8Array(encoder);
}

/** The chunks one after the other in one array. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
