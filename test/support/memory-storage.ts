/**
 * Twin of storage/room for tests in plain Node: the same rules (core/SPEC.md "Storage"), the same contract suite.
 * @module
 */
import type {
  DocumentMeta,
  DocumentStorage,
  LogRow,
  OutboxEvent,
  PartsInfo,
  StampedUpdate,
  Task,
  TaskName,
} from "../../src/core/ports.ts";
import { EACH_COUNTS } from "../../src/core/ports.ts";
import { ForgottenUsers } from "../../src/storage/room/forgotten-users.ts";
import { decodeLogRow, encodeLogRow } from "../../src/storage/room/log-row.ts";
import { type PeopleTables, memoryAttribution, memoryAuthors, NO_STAMPS, type Stamped } from "./memory-people.ts";

type StoredRow = Omit<LogRow, "updates"> & { readonly payload: Uint8Array };

/** Nothing in it is ever changed in place, so a copy of the outer object is a copy of everything. */
type Tables = Stamped & {
  readonly rows: readonly StoredRow[];
  readonly keptSeq: number;
  readonly parts: { readonly info: PartsInfo; readonly bytes: readonly Uint8Array[] } | undefined;
  readonly meta: DocumentMeta | undefined;
  readonly tasks: ReadonlyMap<TaskName, Task>;
  readonly outbox: readonly OutboxEvent[];
  readonly quarantine: readonly { readonly seq: number; readonly update: StampedUpdate; readonly reason: string }[];
};

const EMPTY: Tables = {
  rows: [],
  keptSeq: 0,
  parts: undefined,
  meta: undefined,
  tasks: new Map(),
  outbox: [],
  ...NO_STAMPS,
  quarantine: [],
};

const NEW_META: DocumentMeta = {
  epoch: 0,
  createdMs: 0,
  snapshotSeq: 0,
  historySeq: 0,
  deletedMs: null,
  summary: "{}",
  lock: "open",
};

export class MemoryStorage implements DocumentStorage {
  #tables: Tables;
  #committed: Tables | undefined;
  #lastOutboxKey = 0;

  constructor(tables: Tables = EMPTY) {
    this.#tables = tables;
  }

  /** What a process that starts after a kill finds: everything but an open transaction. This one goes on unharmed. */
  crash(): MemoryStorage {
    return new MemoryStorage(this.#committed ?? this.#tables);
  }

  transaction<T>(body: () => T): T {
    if (this.#committed !== undefined) throw new Error("transactions do not nest");
    this.#committed = this.#tables;
    try {
      return body();
    } catch (error) {
      this.#tables = this.#committed;
      throw error;
    } finally {
      this.#committed = undefined;
    }
  }

  clear(): void {
    this.#tables = { ...EMPTY, meta: this.#tables.meta, keptSeq: this.log.lastSeq() };
  }

  readonly log: DocumentStorage["log"] = {
    append: (updates, atMs) => {
      const seq = this.log.lastSeq() + 1;
      const row = this.#encode({ seq, firstSeq: seq, atMs, updates });
      this.#write({ rows: [...this.#tables.rows, row] });
      return seq;
    },
    readSince: (afterSeq) => this.#readSince(afterSeq),
    lastSeq: () => Math.max(this.#tables.keptSeq, this.#tables.rows.at(-1)?.seq ?? 0),
    stats: () => {
      const { rows } = this.#tables;
      return {
        rows: rows.length,
        bytes: rows.reduce((sum, row) => sum + row.payload.byteLength, 0),
        oldestMs: rows.at(0)?.atMs ?? 0,
        newestMs: rows.at(-1)?.atMs ?? 0,
      };
    },
    replace: (fromSeq, row) => {
      const { rows } = this.#tables;
      const first = rows.findIndex((stored) => stored.seq === fromSeq || stored.firstSeq === fromSeq);
      const last = rows.findIndex((stored) => stored.seq === row.seq);
      if (first < 0 || last < first || row.firstSeq > fromSeq) {
        throw new RangeError(`no rows ${fromSeq}..${row.seq} to replace`);
      }
      const merged = this.#encode(row);
      this.#write({ rows: [...rows.slice(0, first), merged, ...rows.slice(last + 1)] });
    },
    deleteThrough: (seq) => {
      const keptSeq = this.log.lastSeq();
      this.#write({ keptSeq, rows: this.#tables.rows.filter((row) => row.seq > seq) });
    },
  };

  readonly parts: DocumentStorage["parts"] = {
    info: () => this.#tables.parts?.info,
    read: (first = 0) => this.#tables.parts?.bytes.slice(first) ?? [],
    replace: (parts, { seq, stateVector, deleteSet, hasFormats }, kept = 0) => {
      const stored = this.#tables.parts?.bytes ?? [];
      if (kept > stored.length) throw new RangeError(`${kept} parts to keep of ${stored.length}`);
      const bytes = [...stored.slice(0, kept), ...parts.map((part) => part.slice())];
      const info = {
        seq,
        bytes: bytes.reduce((sum, part) => sum + part.byteLength, 0),
        count: bytes.length,
        stateVector: stateVector.slice(),
        deleteSet: deleteSet.slice(),
        ...(hasFormats === undefined ? {} : { hasFormats }),
      };
      this.#write({ parts: { info, bytes }, keptSeq: Math.max(this.#tables.keptSeq, seq) });
    },
  };

  readonly meta: DocumentStorage["meta"] = {
    read: () => this.#tables.meta,
    write: (change) => this.#write({ meta: { ...NEW_META, ...this.#tables.meta, ...change } }),
  };

  readonly tasks: DocumentStorage["tasks"] = {
    ensureBy: (name, dueMs) => {
      const task = this.tasks.get(name);
      const isRetry = task !== undefined && task.attempts > 0 && name !== "sweep";
      if (isRetry || (task !== undefined && task.dueMs <= dueMs)) return false;
      this.tasks.setDue(name, dueMs, 0);
      return true;
    },
    setDue: (name, dueMs, attempts) =>
      this.#write({ tasks: new Map(this.#tables.tasks).set(name, { name, dueMs, attempts }) }),
    clear: (name) => {
      this.#write({ tasks: new Map([...this.#tables.tasks].filter(([other]) => other !== name)) });
    },
    get: (name) => this.#tables.tasks.get(name),
    due: (nowMs) => {
      const due = [...this.#tables.tasks.values()].filter((task) => task.dueMs <= nowMs);
      return due.sort((a, b) => a.dueMs - b.dueMs || (a.name < b.name ? -1 : 1));
    },
    nextDueMs: () => earliest([...this.#tables.tasks.values()]),
  };

  readonly outbox: DocumentStorage["outbox"] = {
    put: ({ kind, version, body, createdMs }) => {
      const rows = this.#tables.outbox;
      if (!EACH_COUNTS.has(kind) && rows.some((row) => row.kind === kind && row.version > version)) return;
      const key = Math.max(this.#lastOutboxKey, ...rows.map((row) => row.key)) + 1;
      const event = { key, kind, version, body, createdMs, dueMs: createdMs, attempts: 0 };
      this.#write({ outbox: [...rows.filter((row) => !isCovered(row, kind, version)), event] });
    },
    due: (nowMs) => {
      const due = this.#tables.outbox.filter((row) => row.dueMs <= nowMs);
      this.#lastOutboxKey = Math.max(this.#lastOutboxKey, ...due.map((row) => row.key));
      return due.sort((a, b) => a.dueMs - b.dueMs || a.key - b.key);
    },
    postpone: (key, dueMs) => {
      const postponed = (row: OutboxEvent) => (row.key === key ? { ...row, dueMs, attempts: row.attempts + 1 } : row);
      this.#write({ outbox: this.#tables.outbox.map(postponed) });
    },
    confirm: (kind, version) =>
      this.#write({ outbox: this.#tables.outbox.filter((row) => !isCovered(row, kind, version)) }),
    nextDueMs: () => earliest(this.#tables.outbox),
    stats: () => {
      const times = this.#tables.outbox.map((row) => row.createdMs);
      return { rows: times.length, oldestMs: times.length === 0 ? 0 : Math.min(...times) };
    },
  };

  readonly #people: PeopleTables = {
    read: () => this.#tables,
    write: (change) => this.#write(change),
    meet: (user) => void this.#senderIndex(user),
  };
  readonly forgotten = new ForgottenUsers();
  readonly authors = memoryAuthors(this.#people);
  readonly attribution = memoryAttribution(this.#people);

  readonly quarantine: DocumentStorage["quarantine"] = {
    put: (seq, { user, update }, reason) => {
      const row = { seq, update: { user, update: update.slice() }, reason };
      this.#write({ quarantine: [...this.#tables.quarantine, row] });
    },
    count: () => this.#tables.quarantine.length,
  };

  *#readSince(afterSeq: number): Generator<LogRow> {
    for (const { seq, firstSeq, atMs, payload } of this.#tables.rows) {
      if (seq <= afterSeq) continue;
      // A copy: SQLite hands out fresh bytes at every read.
      const updates = decodeLogRow(payload.slice(), (index) => this.#tables.senders[index] ?? "");
      yield { seq, firstSeq, atMs, updates };
    }
  }

  #encode({ seq, firstSeq, atMs, updates }: LogRow): StoredRow {
    return { seq, firstSeq, atMs, payload: encodeLogRow(updates, (user) => this.#senderIndex(user)) };
  }

  #senderIndex(user: string): number {
    const { senders } = this.#tables;
    const known = senders.indexOf(user);
    if (known >= 0) return known;
    this.#write({ senders: [...senders, user] });
    return senders.length;
  }

  #write(change: Partial<Tables>): void {
    this.#tables = { ...this.#tables, ...change };
  }
}

function earliest(rows: readonly { readonly dueMs: number }[]): number | undefined {
  return rows.length === 0 ? undefined : Math.min(...rows.map((row) => row.dueMs));
}

function isCovered(row: OutboxEvent, kind: OutboxEvent["kind"], version: string): boolean {
  return row.kind === kind && (EACH_COUNTS.has(kind) ? row.version === version : row.version <= version);
}
