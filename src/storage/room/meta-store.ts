/**
 * What a document knows about itself, one row. The row exists with the tables; the document exists with its epoch.
 * @module
 */
import type { DocumentMeta, LockMode, MetaStore } from "../../core/ports.ts";
import type { RoomDatabase } from "./database.ts";

const READ_META =
  "SELECT epoch, created_ms, snapshot_seq, history_seq, deleted_ms, summary, lock FROM meta WHERE epoch IS NOT NULL";
const WRITE_META = `
  UPDATE meta
  SET epoch = ?, created_ms = ?, snapshot_seq = ?, history_seq = ?, deleted_ms = ?, summary = ?, lock = ? WHERE id = 1`;

type MetaRow = {
  epoch: number;
  created_ms: number;
  snapshot_seq: number;
  history_seq: number;
  deleted_ms: number | null;
  summary: string;
  lock: LockMode;
};

/** Fields of a first write that names only some. */
const NEW_META: DocumentMeta = {
  epoch: 0,
  createdMs: 0,
  snapshotSeq: 0,
  historySeq: 0,
  deletedMs: null,
  summary: "{}",
  lock: "open",
};

export class SqlMetaStore implements MetaStore {
  readonly #db: RoomDatabase;
  #cached: DocumentMeta | "none" | undefined;

  constructor(db: RoomDatabase) {
    this.#db = db;
    db.onRollback(() => {
      this.#cached = undefined;
    });
  }

  read(): DocumentMeta | undefined {
    this.#cached ??= this.#read();
    return this.#cached === "none" ? undefined : this.#cached;
  }

  write(change: Partial<DocumentMeta>): void {
    const meta = { ...NEW_META, ...this.read(), ...change };
    const { epoch, createdMs, snapshotSeq, historySeq, deletedMs, summary, lock } = meta;
    this.#db.write(WRITE_META, epoch, createdMs, snapshotSeq, historySeq, deletedMs, summary, lock);
    this.#cached = meta;
  }

  #read(): DocumentMeta | "none" {
    const [row] = this.#db.read<MetaRow>(READ_META);
    if (row === undefined) return "none";
    return {
      epoch: row.epoch,
      createdMs: row.created_ms,
      snapshotSeq: row.snapshot_seq,
      historySeq: row.history_seq,
      deletedMs: row.deleted_ms,
      summary: row.summary,
      lock: row.lock,
    };
  }
}
