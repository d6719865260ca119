/**
 * The compacted document: gc'd V1 parts with the seq they cover, their state vector and their delete set, one table of
 * chunks. Row 0 says where the parts begin, so that a wake reads the few small rows before them and nothing else.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { PartStore, PartsInfo } from "../../core/ports.ts";
import { MAX_ROW_BYTES } from "../../protocol/limits.ts";
import { joinBytes, splitBytes } from "./chunks.ts";
import type { RoomDatabase } from "./database.ts";

/** Column `kind`. Stored: never renumber. */
const KIND = { head: 0, stateVector: 1, deleteSet: 2, part: 3, deleteSetAtEnd: 4 } as const;
/** A shorter delete set is not worth looking for: it shares its page with the state vector. */
const MIN_SHARED_BYTES = 512;
/** Physical rows fetched at once by a read: 1 MiB in memory. A statement takes a hundredth of the time of its bytes. */
const READ_PAGE_ROWS = 1;

const ADD_CHUNK = "INSERT INTO parts (n, kind, part, bytes) VALUES (?, ?, ?, ?)";
const READ_HEAD = "SELECT bytes FROM parts WHERE n = 0";
const READ_VECTORS = "SELECT kind, bytes FROM parts WHERE n > 0 AND n < ? ORDER BY n";
const READ_PARTS = "SELECT n, part, bytes FROM parts WHERE n >= ? ORDER BY n LIMIT ?";
const FIND_PART = `SELECT n FROM parts WHERE kind = ${KIND.part} AND part >= ? ORDER BY n LIMIT 1`;
const READ_END = "SELECT substr(bytes, ?) AS bytes FROM parts ORDER BY n DESC LIMIT 1";
const READ_SIZE = "SELECT count(*) AS chunks, ifnull(sum(length(bytes)), 0) AS bytes FROM parts WHERE n >= ? AND n < ?";
const DELETE_ROWS = "DELETE FROM parts WHERE n < ? OR n >= ?";

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

  *read(first = 0): Generator<Uint8Array> {
    const cached = this.#load();
    if (cached === "none" || first >= cached.head.count) return;
    let chunks: Uint8Array[] = [];
    let part = first;
    let fromRow = first === 0 ? cached.head.firstPartRow : this.#rowOf(first);
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

  replace(parts: readonly Uint8Array[], info: Omit<PartsInfo, "bytes" | "count">, kept = 0): void {
    const cached = this.#load();
    const count = cached === "none" ? 0 : cached.head.count;
    if (kept > count) throw new RangeError(`${kept} parts to keep of ${count}`);
    const vectors = [
      ...splitBytes(info.stateVector).map((chunk) => ({ kind: KIND.stateVector, part: 0, chunk })),
      ...deleteSetRows(info.deleteSet, parts.at(-1)),
    ];
    const firstPartRow = 1 + vectors.length;
    // The rows before the parts have become more or fewer: what was to stay moves.
    if (kept > 0 && cached !== "none" && cached.head.firstPartRow !== firstPartRow) {
      return this.replace([...[...this.read()].slice(0, kept), ...parts], info);
    }
    const from = kept === 0 ? { chunks: 0, bytes: 0 } : this.#sizeOf(firstPartRow, this.#rowOf(kept));
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, from.bytes);
    const formats = info.hasFormats === undefined ? {} : { hasFormats: info.hasFormats };
    const head = { seq: info.seq, firstPartRow, count: kept + parts.length, bytes, ...formats };
    const front = [{ kind: KIND.head, part: 0, chunk: encodeHead(head) }, ...vectors];
    const back = parts.flatMap((part, index) =>
      splitBytes(part).map((chunk) => ({ kind: KIND.part, part: kept + index, chunk })),
    );
    const firstNewRow = firstPartRow + from.chunks;
    // Whoever holds the description of the old parts must not read the end of the new ones.
    if (cached !== "none") void cached.info.deleteSet;
    this.#db.atomically(() => {
      this.#db.change(DELETE_ROWS, firstPartRow, firstNewRow);
      for (const [n, row] of front.entries()) this.#db.write(ADD_CHUNK, n, row.kind, row.part, row.chunk);
      for (const [n, row] of back.entries()) this.#db.write(ADD_CHUNK, firstNewRow + n, row.kind, row.part, row.chunk);
      this.#keepSeq(info.seq);
    });
    this.forget();
  }

  /** After the table changed behind this object's back. */
  forget(): void {
    this.#cached = undefined;
  }

  /** The row with the first chunk of a part; behind all rows when there is none. */
  #rowOf(part: number): number {
    return this.#db.read<{ n: number }>(FIND_PART, part)[0]?.n ?? Number.MAX_SAFE_INTEGER;
  }

  #sizeOf(fromRow: number, toRow: number): { readonly chunks: number; readonly bytes: number } {
    const [size] = this.#db.read<{ chunks: number; bytes: number }>(READ_SIZE, fromRow, toRow);
    return size ?? { chunks: 0, bytes: 0 };
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
    const stateVector = bytesOf(KIND.stateVector);
    const shared = rows.find(({ kind }) => kind === KIND.deleteSetAtEnd);
    if (shared === undefined) return { head, info: { ...facts, stateVector, deleteSet: bytesOf(KIND.deleteSet) } };
    const length = decoding.readVarUint(decoding.createDecoder(new Uint8Array(shared.bytes)));
    let deleteSet: Uint8Array | undefined;
    // A wake and a keystroke do without it, and to read the end of a part costs as much as to read the part.
    const readDeleteSet = (): Uint8Array => (deleteSet ??= this.#readEnd(length));
    const info = {
      ...facts,
      stateVector,
      get deleteSet(): Uint8Array {
        return readDeleteSet();
      },
    };
    return { head, info };
  }

  /** The last bytes of the last row. */
  #readEnd(length: number): Uint8Array {
    const [row] = this.#db.read<{ bytes: ArrayBuffer }>(READ_END, -length);
    if (row?.bytes.byteLength !== length) throw new Error("the last part is shorter than its delete set");
    return new Uint8Array(row.bytes);
  }
}

/** A part of a single row that ends with the delete set, as the last of a compaction does, keeps it for both. */
function deleteSetRows(deleteSet: Uint8Array, lastPart: Uint8Array | undefined) {
  const isShared =
    lastPart !== undefined &&
    lastPart.length <= MAX_ROW_BYTES &&
    deleteSet.length >= MIN_SHARED_BYTES &&
    endsWith(lastPart, deleteSet);
  if (!isShared) return splitBytes(deleteSet).map((chunk) => ({ kind: KIND.deleteSet, part: 0, chunk }));
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, deleteSet.length);
  return [{ kind: KIND.deleteSetAtEnd, part: 0, chunk: encoding.toUint8Array(encoder) }];
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  const from = bytes.length - end.length;
  return from >= 0 && end.every((byte, index) => byte === bytes[from + index]);
}
