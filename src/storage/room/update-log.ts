/**
 * The log of a document: one physical row per flush, more only above MAX_ROW_BYTES (DESIGN §4, SPEC "Storage").
 * @module
 */
import type { LogRow, StampedUpdate, TailStats, UpdateLog } from "../../core/ports.ts";
import { joinBytes, splitBytes } from "./chunks.ts";
import type { RoomDatabase } from "./database.ts";
import { CHUNKS_PER_ROW, decodeLogRow, encodeLogRow } from "./log-row.ts";
import type { Senders } from "./senders.ts";

/** Physical rows fetched at once by a read: at most 16 MiB in memory, and no cursor stays open between two of them. */
const READ_PAGE_ROWS = 16;

const ADD_ROW = "INSERT INTO updates (row_key, first_seq, at_ms, bytes) VALUES (?, ?, ?, ?)";
const READ_ROWS = "SELECT row_key, first_seq, at_ms, bytes FROM updates WHERE row_key >= ? ORDER BY row_key LIMIT ?";
const FIND_ROW = "SELECT row_key, first_seq FROM updates WHERE row_key >= ? ORDER BY row_key LIMIT 1";
const DELETE_ROWS = "DELETE FROM updates WHERE row_key >= ? AND row_key < ?";
const KEEP_SEQ = "UPDATE meta SET last_seq = ? WHERE id = 1 AND last_seq < ?";
const READ_TAIL = `
  SELECT count(*) FILTER (WHERE row_key % ${CHUNKS_PER_ROW} = 0) AS row_count,
    ifnull(sum(length(bytes)), 0) AS payload_bytes,
    ifnull((SELECT at_ms FROM updates ORDER BY row_key LIMIT 1), 0) AS oldest_ms,
    ifnull((SELECT at_ms FROM updates ORDER BY row_key DESC LIMIT 1), 0) AS newest_ms,
    max(ifnull(max(row_key), 0) / ${CHUNKS_PER_ROW}, (SELECT last_seq FROM meta WHERE id = 1)) AS last_seq
  FROM updates`;

/** Updates that surely fit one physical row with their headers; MAX_ROW_BYTES is a mebibyte. */
const MAX_SINGLE_CHUNK_BYTES = 512 * 1024;
const MAX_SINGLE_CHUNK_UPDATES = 10_000;

type UpdateRow = { row_key: number; first_seq: number; at_ms: number; bytes: ArrayBuffer };
type RowEnds = Pick<UpdateRow, "row_key" | "first_seq">;
type TailRow = { row_count: number; payload_bytes: number; oldest_ms: number; newest_ms: number; last_seq: number };
type Tail = TailStats & { readonly lastSeq: number };

const EMPTY_TAIL: Tail = { rows: 0, bytes: 0, oldestMs: 0, newestMs: 0, lastSeq: 0 };

/** `row_key` of the first chunk of a row. */
const keyOf = (seq: number): number => seq * CHUNKS_PER_ROW;
const seqOf = (rowKey: number): number => Math.floor(rowKey / CHUNKS_PER_ROW);

export class SqlUpdateLog implements UpdateLog {
  readonly #db: RoomDatabase;
  readonly #senders: Senders;
  #tail: Tail | undefined;

  constructor(db: RoomDatabase, senders: Senders) {
    this.#db = db;
    this.#senders = senders;
    db.onRollback(() => this.forget());
  }

  append(updates: readonly StampedUpdate[], atMs: number): number {
    const tail = this.#loadTail();
    const seq = tail.lastSeq + 1;
    const row = { seq, firstSeq: seq, atMs, updates };
    // A sender stored for a row that then fails is harmless, and one statement is all or nothing by itself: the savepoint of
    // a transaction would be a third of the cost of a flush.
    const isOneStatement = updates.length <= MAX_SINGLE_CHUNK_UPDATES && sizeOf(updates) <= MAX_SINGLE_CHUNK_BYTES;
    const insert = () => this.#insert(row);
    const inserted = isOneStatement ? this.#db.alone(insert) : this.#db.atomically(insert);
    const oldestMs = tail.rows === 0 ? atMs : tail.oldestMs;
    this.#tail = { rows: tail.rows + 1, bytes: tail.bytes + inserted, oldestMs, newestMs: atMs, lastSeq: seq };
    return seq;
  }

  *readSince(afterSeq: number): Generator<LogRow> {
    let chunks: Uint8Array[] = [];
    let head: UpdateRow | undefined;
    let fromKey = keyOf(afterSeq + 1);
    for (;;) {
      const page = this.#db.read<UpdateRow>(READ_ROWS, fromKey, READ_PAGE_ROWS);
      for (const row of page) {
        if (head !== undefined && seqOf(row.row_key) !== seqOf(head.row_key)) {
          yield this.#decode(head, chunks);
          chunks = [];
        }
        if (chunks.length === 0) head = row;
        chunks.push(new Uint8Array(row.bytes));
        fromKey = row.row_key + 1;
      }
      if (page.length < READ_PAGE_ROWS) break;
    }
    if (head !== undefined) yield this.#decode(head, chunks);
  }

  lastSeq(): number {
    return this.#loadTail().lastSeq;
  }

  stats(): TailStats {
    const { rows, bytes, oldestMs, newestMs } = this.#loadTail();
    return { rows, bytes, oldestMs, newestMs };
  }

  replace(fromSeq: number, row: LogRow): void {
    const isRange = row.firstSeq <= fromSeq && fromSeq <= row.seq;
    if (!isRange || this.#rowAt(fromSeq) === undefined || this.#rowAt(row.seq)?.row_key !== keyOf(row.seq)) {
      throw new RangeError(`no rows ${fromSeq}..${row.seq} to replace`);
    }
    this.#db.atomically(() => {
      this.#db.change(DELETE_ROWS, keyOf(fromSeq), keyOf(row.seq + 1));
      this.#insert(row);
    });
    this.forget();
  }

  deleteThrough(seq: number): void {
    this.#db.atomically(() => {
      if (seq >= this.lastSeq()) this.keepSeq(this.lastSeq());
      this.#db.change(DELETE_ROWS, 0, keyOf(seq + 1));
    });
    this.forget();
  }

  /** Seqs up to this one count as given, whatever happens to the rows. */
  keepSeq(seq: number): void {
    this.#db.change(KEEP_SEQ, seq, seq);
    this.forget();
  }

  #insert(row: LogRow): number {
    const payload = encodeLogRow(row.updates, (user) => this.#senders.indexOf(user));
    for (const [index, chunk] of splitBytes(payload).entries()) {
      this.#db.write(ADD_ROW, keyOf(row.seq) + index, row.firstSeq, row.atMs, chunk);
    }
    return payload.byteLength;
  }

  #decode(head: UpdateRow, chunks: readonly Uint8Array[]): LogRow {
    const updates = decodeLogRow(joinBytes(chunks), (index) => this.#senders.userOf(index));
    return { seq: seqOf(head.row_key), firstSeq: head.first_seq, atMs: head.at_ms, updates };
  }

  /** The row that is `seq`, or that begins with it since a merge. */
  #rowAt(seq: number): RowEnds | undefined {
    const [row] = this.#db.read<RowEnds>(FIND_ROW, keyOf(seq));
    return row?.row_key === keyOf(seq) || row?.first_seq === seq ? row : undefined;
  }

  #loadTail(): Tail {
    if (this.#tail !== undefined) return this.#tail;
    const [row] = this.#db.read<TailRow>(READ_TAIL);
    this.#tail =
      row === undefined
        ? EMPTY_TAIL
        : {
            rows: row.row_count,
            bytes: row.payload_bytes,
            oldestMs: row.oldest_ms,
            newestMs: row.newest_ms,
            lastSeq: row.last_seq,
          };
    return this.#tail;
  }

  /** After the table changed behind this object's back. */
  forget(): void {
    this.#tail = undefined;
  }
}

function sizeOf(updates: readonly StampedUpdate[]): number {
  return updates.reduce((sum, { update }) => sum + update.byteLength, 0);
}
