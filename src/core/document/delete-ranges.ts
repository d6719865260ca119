/**
 * What is deleted, as sorted ranges of clocks per client: a Yjs delete set that is cheap to ask and to add to.
 * @module
 */
import * as encoding from "lib0/encoding";
import { type Result } from "../../protocol/result.ts";
import { ByteReader, type MalformedBytes, attempt } from "./byte-reader.ts";
import { MAX_CLIENTS, MAX_CLOCK } from "./clock-table.ts";
import { type Ranges, addRange, findRange, mergeRanges, normalizeRanges, subtractRanges } from "./sorted-ranges.ts";

/** Ranges one message may bring: 24 MB of memory when hostile. A 65,000-character file's whole delete set has about 1,000. */
export const MAX_DELETE_RANGES = 2 ** 20;

export class DeleteRanges {
  readonly #byClient = new Map<number, Ranges>();

  /** Ranges from a Yjs V1 delete set, as it stands at the end of an update. Order and overlaps do not matter. */
  static decode(deleteSet: Uint8Array): Result<DeleteRanges, MalformedBytes> {
    return attempt(() => {
      const reader = new ByteReader(deleteSet);
      const ranges = DeleteRanges.read(reader);
      if (reader.remaining > 0) reader.fail("bytes after the delete set");
      return ranges;
    });
  }

  /** {@link decode} from where `reader` stands. Throws its failure. */
  static read(reader: ByteReader): DeleteRanges {
    const all = new DeleteRanges();
    let allowance = MAX_DELETE_RANGES;
    const clients = reader.count();
    if (clients > MAX_CLIENTS) reader.fail("too many clients");
    for (let index = 0; index < clients; index += 1) {
      const client = reader.varUint();
      const count = reader.count();
      allowance -= count;
      if (allowance < 0) reader.fail("too many deletions");
      if (count > 0) readRanges(reader, count, all.#of(client));
    }
    for (const ranges of all.#byClient.values()) normalizeRanges(ranges);
    return all;
  }

  get isEmpty(): boolean {
    return this.#byClient.size === 0;
  }

  /** Adds `length` clocks from `start` on. Constant time when clocks come in order. */
  add(client: number, start: number, length: number): void {
    if (length > 0) addRange(this.#of(client), start, start + length);
  }

  /** True when all `length` clocks from `start` on are deleted. */
  contains(client: number, start: number, length: number): boolean {
    const ranges = this.#byClient.get(client);
    if (ranges === undefined) return length <= 0;
    const index = findRange(ranges, start);
    const rangeStart = ranges[2 * index];
    const rangeEnd = ranges[2 * index + 1];
    return (
      length <= 0 ||
      (rangeStart !== undefined && rangeEnd !== undefined && rangeStart <= start && start + length <= rangeEnd)
    );
  }

  /** Adds all of `other`. Linear in both, or in `other` alone when it is small. */
  merge(other: DeleteRanges): void {
    for (const [client, ranges] of other.#byClient) mergeRanges(this.#of(client), ranges);
  }

  /** What is here and not in `other`. */
  missingFrom(other: DeleteRanges): DeleteRanges {
    const missing = new DeleteRanges();
    for (const [client, ranges] of this.#byClient) {
      const rest = subtractRanges(ranges, other.#byClient.get(client) ?? []);
      if (rest.length > 0) missing.#byClient.set(client, rest);
    }
    return missing;
  }

  /** Yjs V1 delete set, byte for byte as Yjs writes it: higher client ids first. */
  encode(): Uint8Array {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, this.#byClient.size);
    for (const [client, ranges] of [...this.#byClient].sort(([one], [other]) => other - one)) {
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, ranges.length / 2);
      for (let index = 0; index < ranges.length; index += 2) {
        const start = ranges[index] ?? 0;
        encoding.writeVarUint(encoder, start);
        encoding.writeVarUint(encoder, (ranges[index + 1] ?? start) - start);
      }
    }
    return encoding.toUint8Array(encoder);
  }

  /** Per client the clock behind its last deletion. */
  *ends(): IterableIterator<[client: number, end: number]> {
    for (const [client, ranges] of this.#byClient) yield [client, ranges.at(-1) ?? 0];
  }

  #of(client: number): Ranges {
    const known = this.#byClient.get(client);
    if (known !== undefined) return known;
    const ranges: Ranges = [];
    this.#byClient.set(client, ranges);
    return ranges;
  }
}

function readRanges(reader: ByteReader, count: number, into: Ranges): void {
  for (let index = 0; index < count; index += 1) {
    const start = reader.varUint();
    const length = reader.varUint();
    if (length === 0) reader.fail("a deletion of nothing");
    if (start + length > MAX_CLOCK) reader.fail("a clock is too large");
    into.push(start, start + length);
  }
}
