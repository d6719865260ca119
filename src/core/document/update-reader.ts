/**
 * Decides about one Yjs V1 update before anything else touches it: is it well formed, is everything there that it depends on.
 * Rules UR1–UR22. An update that reads as complete applies to every document with these clocks, without an exception and without
 * leaving anything pending; one that `overlaps` does so once `trimUpdate` has cut it.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import { ByteReader, ReadFailure } from "./byte-reader.ts";
import type { ClientBlock, StructId } from "./client-block.ts";
import { type ClockTable, MAX_CLIENTS, MAX_CLOCK } from "./clock-table.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import { findMissing } from "./dependency-order.ts";
import { MAX_TYPE_NESTING } from "./nesting-depths.ts";
import { StructCursor } from "./struct-cursor.ts";

/** The update is refused for good. `offset` is where, in bytes. */
export type MalformedUpdate = { readonly tag: "malformed-update"; readonly reason: string; readonly offset: number };

type Layout = {
  readonly blocks: readonly ClientBlock[];
  /** Some struct was not known. */
  readonly hasNewStructs: boolean;
  /**
   * A block begins below what is known and ends above it. Yjs throws on such an item when the known part of it is garbage
   * collected, so it has to go through `trimUpdate` before it is stored or relayed.
   */
  readonly overlaps: boolean;
  readonly deletes: DeleteRanges;
  /** The V1 delete set goes from here to the end. */
  readonly deleteSetOffset: number;
};

export type CompleteReading = Layout & { readonly kind: "complete" };
/** `missing` is one struct that has to be known before the update can be read as complete. */
export type GapReading = Layout & { readonly kind: "gap"; readonly missing: StructId };
export type UpdateReading = CompleteReading | GapReading;

/**
 * Reads an update against the clocks of a document. Changes nothing. Time is linear in the update, memory bounded by it, whatever
 * the bytes are.
 */
export function readUpdate(bytes: Uint8Array, known: ClockTable): Result<UpdateReading, MalformedUpdate> {
  try {
    return ok(new UpdateScan(bytes, known).run());
  } catch (failure) {
    if (!(failure instanceof ReadFailure)) throw failure;
    return err({ tag: "malformed-update", reason: failure.message, offset: failure.offset });
  }
}

class UpdateScan {
  readonly #reader: ByteReader;
  readonly #cursor: StructCursor;
  readonly #known: ClockTable;
  readonly #blocks: ClientBlock[] = [];
  /** Ends of the clients named so far; absent when there is at most one. */
  #ends: Map<number, number> | undefined;
  #typeCount = 0;
  #hasNewStructs = false;
  #overlaps = false;
  /** A hole: nothing else in the update can fill it. */
  #missing: StructId | undefined;
  /** The first dependency that was neither known nor in an earlier block: a later one may bring it. */
  #unmet: StructId | undefined;
  /** The last dependency's client and what is there of it, as dependencies come in runs. */
  #lastClient = -1;
  #lastEnd = 0;

  constructor(bytes: Uint8Array, known: ClockTable) {
    this.#reader = new ByteReader(bytes);
    this.#cursor = new StructCursor(this.#reader);
    this.#known = known;
  }

  run(): UpdateReading {
    const reader = this.#reader;
    const blockCount = reader.count();
    if (blockCount > MAX_CLIENTS) reader.fail("too many clients");
    if (blockCount > 1) this.#ends = new Map();
    for (let index = 0; index < blockCount; index += 1) this.#readBlock();
    const deleteSetOffset = reader.position;
    const deletes = DeleteRanges.read(reader);
    if (reader.remaining > 0) reader.fail("bytes after the delete set");
    const missing = this.#missing ?? this.#findUnmet() ?? this.#findUnknownDeletion(deletes);
    const layout = {
      blocks: this.#blocks,
      hasNewStructs: this.#hasNewStructs,
      overlaps: this.#overlaps,
      deletes,
      deleteSetOffset,
    };
    return missing === undefined ? { kind: "complete", ...layout } : { kind: "gap", missing, ...layout };
  }

  #readBlock(): void {
    const reader = this.#reader;
    const count = reader.count();
    const client = reader.varUint();
    const start = reader.varUintUpTo(MAX_CLOCK, "a clock");
    if (this.#ends?.has(client) === true) reader.fail("a client is named twice");
    const known = this.#known.get(client);
    const bytesStart = reader.position;
    if (count > 0 && start > known) this.#missing ??= { client, clock: start - 1 };
    this.#lastClient = -1;
    let end = start;
    for (let index = 0; index < count; index += 1) end = this.#readStruct(client, end, known);
    this.#ends?.set(client, count > 0 ? end : 0);
    if (count === 0) return;
    if (end > known) {
      this.#hasNewStructs = true;
      if (start < known) this.#overlaps = true;
    }
    this.#blocks.push({ client, start, end, known, count, bytesStart, bytesEnd: reader.position });
  }

  /** Returns the clock behind the struct. */
  #readStruct(client: number, clock: number, known: number): number {
    const cursor = this.#cursor;
    cursor.readHeader(client, clock);
    if (cursor.dependencyCount > 0) {
      this.#checkDependency(client, cursor.firstClient, cursor.firstClock);
      if (cursor.dependencyCount > 1) this.#checkDependency(client, cursor.secondClient, cursor.secondClock);
    }
    const end = clock + cursor.readBody();
    if (end > MAX_CLOCK) this.#reader.fail("a clock is too large");
    if (cursor.isType) this.#typeCount += 1;
    if (cursor.isSkip && end > known) this.#missing ??= { client, clock: end - 1 };
    return end;
  }

  #checkDependency(ownClient: number, client: number, clock: number): void {
    if (client === ownClient) return;
    if (client !== this.#lastClient) {
      this.#lastClient = client;
      this.#lastEnd = Math.max(this.#known.get(client), this.#ends?.get(client) ?? 0);
    }
    if (clock >= this.#lastEnd) this.#unmet ??= { client, clock };
  }

  /** Second pass, where the first could not decide. */
  #findUnmet(): StructId | undefined {
    const limitsNesting = this.#typeCount > MAX_TYPE_NESTING;
    const canBeReordered = this.#unmet !== undefined && this.#blocks.length > 1;
    if (!canBeReordered && !limitsNesting) return this.#unmet;
    return findMissing({ bytes: this.#reader.bytes, blocks: this.#blocks, known: this.#known, limitsNesting });
  }

  #findUnknownDeletion(deletes: DeleteRanges): StructId | undefined {
    for (const [client, end] of deletes.ends()) {
      if (end > Math.max(this.#known.get(client), this.#endOf(client))) return { client, clock: end - 1 };
    }
    return undefined;
  }

  #endOf(client: number): number {
    if (this.#ends !== undefined) return this.#ends.get(client) ?? 0;
    const [block] = this.#blocks;
    return block !== undefined && block.client === client ? block.end : 0;
  }
}
