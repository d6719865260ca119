/**
 * The compacted document: gc'd V1 parts with the seq they cover, their state vector and their delete set, one table of
 * chunks. Row 0 says where the parts begin, so that a wake reads the few small rows before them and nothing else.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { PartStore, PartsInfo } from "../../core/ports.ts";
import { joinBytes, splitBytes } from "./chunks.ts";
import type { RoomDatabase } from "./database.ts";

/** Column `kind`. Stored: never renumber. */
const KIND = { head: 0, stateVector: 1, deleteSet: 2, part: 3 } as const;
/** Physical rows fetched at once by a read: 1 MiB in memory. A statement takes a hundredth of the time of its bytes. */
const READ_PAGE_ROWS = 1;

const ADD_CHUNK = "INSERT INTO parts (n, kind, part, bytes) VALUES (?, ?, ?, ?)";
const READ_HEAD = "SELECT bytes FROM parts WHERE n = 0";
const READ_VECTORS = "SELECT kind, bytes FROM parts WHERE n > 0 AND n < ? ORDER BY n";
const READ_PARTS = "SELECT n, part, bytes FROM parts WHERE n >= ? ORDER BY n LIMIT ?";
const DELETE_ALL = "DELETE FROM parts";

/**
 * Payload of row 0: `varUint(seq) • varUint(firstPartRow) • varUint(count) • varUint(bytes) • [varUint(hasFormats)]`. The last
 * is 0 or 1, and absent where nobody said.
 */
type Head = Pick<PartsInfo, "seq" | "count" | "bytes" | "hasFormats"> & { readonly firstPartRow: number };
type Cached = { readonly head: Head; readonly info: PartsInfo } | "none";

function encodeHead({ seq, firstPartRow, count, bytes, hasFormats }: Head): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const number of [seq, firstPartRow, count, bytes]) encoding.writeVarUint(encoder, number);
  if (hasFormats !== undefined) encoding.writeVarUint(encoder, hasFormats ? 1 : 0);
  return encoding.toUint8Array(encoder);
}

function decodeHead(payload: Uint8Array): Head {
  const decoder = decoding.createDecoder(payload);
  const seq = decoding.readVarUint(decoder);
  const firstPartRow = decoding.readVarUint(decoder);
  const count = decoding.readVarUint(decoder);
  const bytes = decoding.readVarUint(decoder);
  const formats = decoding.hasContent(decoder) ? { hasFormats: decoding.readVarUint(decoder) === 1 } : {};
  return { seq, firstPartRow, count, bytes, ...formats };
}

export class SqlPartStore implements PartStore {
  readonly #db: RoomDatabase;
  readonly #keepSeq: (seq: number) => void;
  #cached: Cached | undefined;

  /** `keepSeq` tells the log that seqs up to this one are taken: parts restored from R2 may be ahead of it. */
  constructor(db: RoomDatabase, keepSeq: (seq: number) => void) {
    this.#db = db;
    this.#keepSeq = keepSeq;
    db.onRollback(() => this.forget());
  }

  info(): PartsInfo | undefined {
    const cached = this.#load();
    return cached === "none" ? undefined : cached.info;
  }

  *read(): Generator<Uint8Array> {
    const cached = this.#load();
    if (cached === "none") return;
    let chunks: Uint8Array[] = [];
    let part = 0;
    let fromRow = cached.head.firstPartRow;
    for (;;) {
      const page = this.#db.read<{ n: number; part: number; bytes: ArrayBuffer }>(READ_PARTS, fromRow, READ_PAGE_ROWS);
      for (const row of page) {
        if (row.part !== part) {
          yield joinBytes(chunks);
          chunks = [];
        }
        part = row.part;
        chunks.push(new Uint8Array(row.bytes));
        fromRow = row.n + 1;
      }
      if (page.length < READ_PAGE_ROWS) break;
    }
    if (chunks.length > 0) yield joinBytes(chunks);
  }

  replace(parts: readonly Uint8Array[], info: Omit<PartsInfo, "bytes" | "count">): void {
    const vectors = [
      ...splitBytes(info.stateVector).map((chunk) => ({ kind: KIND.stateVector, part: 0, chunk })),
      ...splitBytes(info.deleteSet).map((chunk) => ({ kind: KIND.deleteSet, part: 0, chunk })),
    ];
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    const formats = info.hasFormats === undefined ? {} : { hasFormats: info.hasFormats };
    const head = { seq: info.seq, firstPartRow: 1 + vectors.length, count: parts.length, bytes, ...formats };
    const rows = [
      { kind: KIND.head, part: 0, chunk: encodeHead(head) },
      ...vectors,
      ...parts.flatMap((part, index) => splitBytes(part).map((chunk) => ({ kind: KIND.part, part: index, chunk }))),
    ];
    this.#db.atomically(() => {
      this.#db.change(DELETE_ALL);
      for (const [n, row] of rows.entries()) this.#db.write(ADD_CHUNK, n, row.kind, row.part, row.chunk);
      this.#keepSeq(info.seq);
    });
    this.forget();
  }

  /** After the table changed behind this object's back. */
  forget(): void {
    this.#cached = undefined;
  }

  #load(): Cached {
    this.#cached ??= this.#read();
    return this.#cached;
  }

  #read(): Cached {
    const [row] = this.#db.read<{ bytes: ArrayBuffer }>(READ_HEAD);
    if (row === undefined) return "none";
    const head = decodeHead(new Uint8Array(row.bytes));
    const rows = this.#db.read<{ kind: number; bytes: ArrayBuffer }>(READ_VECTORS, head.firstPartRow);
    const bytesOf = (kind: number): Uint8Array =>
      joinBytes(rows.filter((chunk) => chunk.kind === kind).map((chunk) => new Uint8Array(chunk.bytes)));
    const { firstPartRow: _, ...facts } = head;
    const info = { ...facts, stateVector: bytesOf(KIND.stateVector), deleteSet: bytesOf(KIND.deleteSet) };
    return { head, info };
  }
}
