/**
 * What the core asks of the world: storage and peers, all synchronous. Adapters: storage/room (Durable Object SQLite) and
 * test/support/memory-storage.ts; one contract suite runs both.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import type { RoomMessage, SessionId } from "./events.ts";
import type { Stamp } from "./versions/shapes.ts";

export type { Stamp } from "./versions/shapes.ts";

/** One accepted update and the person who sent it. */
export type StampedUpdate = { readonly user: string; readonly update: Uint8Array };

/** One row of the log: what one flush accepted, in causal order. */
export type LogRow = {
  readonly seq: number;
  /** Smaller than `seq` when tier merging put several rows into this one. */
  readonly firstSeq: number;
  readonly atMs: number;
  readonly updates: readonly StampedUpdate[];
};

export type TailStats = {
  readonly rows: number;
  /** Sum of the rows' payloads. */
  readonly bytes: number;
  /** Time of the oldest and of the newest row; 0 without rows. */
  readonly oldestMs: number;
  readonly newestMs: number;
};

export interface UpdateLog {
  /** Stores one row durably before the runtime lets any later frame out; returns its seq. Rows above MAX_ROW_BYTES span several physical rows. Throws when storage does. */
  append(updates: readonly StampedUpdate[], atMs: number): number;
  /** Rows with seq > `afterSeq` in order. Read to the end before the next await. */
  readSince(afterSeq: number): Iterable<LogRow>;
  /** Highest seq ever given, also when compaction has deleted every row; 0 in a new document. */
  lastSeq(): number;
  stats(): TailStats;
  /** Tier merge: the rows `fromSeq..row.seq` become this one. Throws unless both ends exist. */
  replace(fromSeq: number, row: LogRow): void;
  /** Deletes rows with seq ≤ `seq`. */
  deleteThrough(seq: number): void;
}

export type PartsInfo = {
  /** The parts hold every update up to and including this seq. */
  readonly seq: number;
  /** Sum over the parts. */
  readonly bytes: number;
  readonly count: number;
  readonly stateVector: Uint8Array;
  /** V1 delete set of the parts. */
  readonly deleteSet: Uint8Array;
  /** Some part brings formats (bold begins, bold ends). Absent when nobody said, as in rooms stored before it was noted. */
  readonly hasFormats?: boolean;
};

export interface PartStore {
  info(): PartsInfo | undefined;
  /** Causally ordered V1 updates, from the `first` on (0). May be read across awaits while nobody replaces them. */
  read(first?: number): Iterable<Uint8Array>;
  /** The first `kept` parts (0) stay as they are and are not written again. */
  replace(parts: readonly Uint8Array[], info: Omit<PartsInfo, "bytes" | "count">, kept?: number): void;
}

/** `read`: nobody without `admin` writes. `closed`: nobody without `admin` is let in, and who is in is closed with 4403. */
export type LockMode = "open" | "read" | "closed";

/** One row per document. Absent: never used here, or its storage was lost. */
export type DocumentMeta = {
  readonly epoch: number;
  readonly createdMs: number;
  /** Newest seq whose snapshot is in R2; 0 when none. */
  readonly snapshotSeq: number;
  /** Newest seq that is in an R2 history segment; 0 when none. */
  readonly historySeq: number;
  /** Set when the document was erased; a tombstone keeps nothing else. */
  readonly deletedMs: number | null;
  /** Sum of editors etc. as JSON, kept for the next summary; empty object when none. */
  readonly summary: string;
  readonly lock: LockMode;
};

export interface MetaStore {
  read(): DocumentMeta | undefined;
  write(change: Partial<DocumentMeta>): void;
}

export type TaskName = "compact" | "snapshot" | "outbox" | "sweep" | "tokens" | "joined" | "erase";
export type Task = { readonly name: TaskName; readonly dueMs: number; readonly attempts: number };

export interface TaskStore {
  /**
   * Writes only when the task is absent or due later than `dueMs`, and then resets its attempts; one that waits for its next try keeps
   * its time, but for the sweep, which counts quiet sweeps instead. Returns true when it wrote.
   */
  ensureBy(name: TaskName, dueMs: number): boolean;
  /** Moves the task whatever it was. */
  setDue(name: TaskName, dueMs: number, attempts: number): void;
  clear(name: TaskName): void;
  get(name: TaskName): Task | undefined;
  /** Due tasks, earliest first. */
  due(nowMs: number): readonly Task[];
  nextDueMs(): number | undefined;
}

export type OutboxEvent = {
  readonly key: number;
  readonly kind: "summary" | "deleted" | "version";
  /** Names the event among those of its kind. */
  readonly version: string;
  /** JSON of the queue message. */
  readonly body: string;
  readonly createdMs: number;
  readonly dueMs: number;
  /** Sends so far, failed or unconfirmed. */
  readonly attempts: number;
};

/** Kinds of which every event counts, and not only the newest. */
export const EACH_COUNTS: ReadonlySet<OutboxEvent["kind"]> = new Set<OutboxEvent["kind"]>(["version"]);

export interface OutboxStore {
  /** Newest of its kind wins: rows of the same kind and an older version go. Where each counts, one of the same version goes. */
  put(event: Pick<OutboxEvent, "kind" | "version" | "body" | "createdMs">): void;
  due(nowMs: number): readonly OutboxEvent[];
  /** After a send, kept until confirmed, or after a failure. */
  postpone(key: number, dueMs: number): void;
  /** Deletes rows of `kind` with version ≤ `version`; where each counts, the one with this version. */
  confirm(kind: OutboxEvent["kind"], version: string): void;
  nextDueMs(): number | undefined;
  stats(): { readonly rows: number; readonly oldestMs: number };
}

export interface AuthorStore {
  /** First sender of each Yjs client id; ids already known are left alone. */
  record(pairs: Iterable<readonly [client: number, user: string]>): void;
  /** Users by most recent first appearance, at most `limit`. */
  users(limit: number): readonly string[];
  /** All of them. Read to the end before the next await. */
  read(): Iterable<readonly [client: number, user: string]>;
}

/** How far the stamps of an earlier life of this document have been read back from its history in R2. */
export type AttributionRebuild = {
  /** Of this life of the document: segments of the ones before it are read. */
  readonly epoch: number;
  /** Key of the last segment that is in; null when all are. */
  readonly through: string | null;
};

export interface AttributionStore {
  /** Who wrote which structs. What is recorded of a struct first stays; a struct is recorded in parts where parts of it are known. */
  record(stamps: Iterable<Stamp>): void;
  /** By client and clock, each struct once, neighbours of the same user and time as one. Read to the end before the next await. */
  read(): Iterable<Stamp>;
  /** Undefined when nothing was ever read back. */
  rebuild(): AttributionRebuild | undefined;
  noteRebuild(rebuild: AttributionRebuild): void;
}

export interface QuarantineStore {
  put(seq: number, update: StampedUpdate, reason: string): void;
  count(): number;
}

/** Users whose names were taken out of all that is stored. What read them before must not write them back: it counts before it reads. */
export interface Forgotten {
  /** So many since this object started. */
  readonly count: number;
  /** Those who were forgotten since the count was this. */
  since(count: number): ReadonlySet<string>;
}

/** Everything a document room keeps. */
export interface DocumentStorage {
  readonly log: UpdateLog;
  readonly parts: PartStore;
  readonly meta: MetaStore;
  readonly tasks: TaskStore;
  readonly outbox: OutboxStore;
  readonly authors: AuthorStore;
  readonly attribution: AttributionStore;
  readonly quarantine: QuarantineStore;
  readonly forgotten: Forgotten;
  /** All or nothing: a throw inside rolls every write of `body` back. Not reentrant. */
  transaction<T>(body: () => T): T;
  /** Deletes every row of every table but meta; used by erase inside a transaction. */
  clear(): void;
}

/** What single sessions hear beside what all hear. */
export type OwnMessages = ReadonlyMap<SessionId, readonly RoomMessage[]>;

/** The sockets of a room. Nothing here waits: the runtime holds frames until earlier writes are durable. */
export interface Peers {
  send(session: SessionId, messages: readonly RoomMessage[]): void;
  /** One encoding per dialect serves every socket; what `own` has for a session follows in the same frame. */
  sendToAll(sessions: Iterable<SessionId>, messages: readonly RoomMessage[], own: OwnMessages): void;
  close(session: SessionId, reason: CloseReason, detail: string): void;
}
