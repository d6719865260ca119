/**
 * How much of each client's edits is known: the state vector of a document that is never built.
 * @module
 */
import * as encoding from "lib0/encoding";
import { type Result } from "../../protocol/result.ts";
import { ByteReader, type MalformedBytes, attempt } from "./byte-reader.ts";

/** Ends of clocks. Yrs, and so every Rust peer of a document, holds clocks in 32 bits; nobody types that much. */
export const MAX_CLOCK = 2 ** 32 - 1;
/** Clients one message may name: a hostile 16 MiB of them would be 240 MB of objects. 2,000 real sessions are 2,000. */
export const MAX_CLIENTS = 2 ** 18;

export class ClockTable {
  readonly #clocks: Map<number, number>;

  constructor(clocks: Iterable<readonly [client: number, clock: number]> = []) {
    this.#clocks = new Map(clocks);
  }

  /** A table from a Yjs V1 state vector. Clocks of 0 are left out; of a client named twice the higher clock counts. */
  static decode(stateVector: Uint8Array): Result<ClockTable, MalformedBytes> {
    return attempt(() => {
      const reader = new ByteReader(stateVector);
      const table = new ClockTable();
      const count = reader.count();
      if (count > MAX_CLIENTS) reader.fail("too many clients");
      for (let entry = 0; entry < count; entry += 1) {
        const client = reader.varUint();
        table.advance(client, reader.varUintUpTo(MAX_CLOCK, "a clock"));
      }
      if (reader.remaining > 0) reader.fail("bytes after the state vector");
      return table;
    });
  }

  /** Clients known. */
  get size(): number {
    return this.#clocks.size;
  }

  /** The first clock of `client` that is not known; 0 for a client nobody heard of. */
  get(client: number): number {
    return this.#clocks.get(client) ?? 0;
  }

  /** Counts everything of `client` below `end` as known. Never goes back. */
  advance(client: number, end: number): void {
    if (end > this.get(client)) this.#clocks.set(client, end);
  }

  /** True when everything `other` knows is known here. Says nothing about deletions: they move no clock. */
  covers(other: ClockTable): boolean {
    for (const [client, clock] of other) {
      if (this.get(client) < clock) return false;
    }
    return true;
  }

  clone(): ClockTable {
    return new ClockTable(this.#clocks);
  }

  /** Yjs V1 state vector, byte for byte as Yjs writes it: higher client ids first. */
  encode(): Uint8Array {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, this.#clocks.size);
    for (const [client, clock] of [...this.#clocks].sort(([one], [other]) => other - one)) {
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, clock);
    }
    return encoding.toUint8Array(encoder);
  }

  /** Pairs of client and clock, in the order in which clients were first heard of. */
  [Symbol.iterator](): IterableIterator<[client: number, clock: number]> {
    return this.#clocks.entries();
  }
}
