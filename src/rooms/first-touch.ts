/**
 * The first touch of a document in this object: new, restored from R2, erased, or not known yet. Unknown is an error and
 * writes nothing (P10).
 * @module
 */
import { authorsOf } from "../core/authors.ts";
import { type StoredSnapshot, restoreDocument } from "../core/document/restore.ts";
import { decodeHistory } from "../core/history.ts";
import type { DocumentMeta, LogRow } from "../core/ports.ts";
import { type Result, assertNever, err, ok } from "../protocol/result.ts";
import { type Version, type VersionParts, parseVersion } from "../protocol/version.ts";
import type { HistorySegment, Latest, StoredSnapshot as FoundSnapshot } from "../storage/snapshots.ts";
import { type Carried, carryText } from "./carried.ts";
import type { DocumentContext } from "./document-context.ts";
import { logRoom } from "./log.ts";
import type { RoomProblem } from "./room-api.ts";

type Found = Result<DocumentMeta, RoomProblem>;

/** Rows that no snapshot covers. */
type Later = { readonly epoch: number; readonly rows: readonly LogRow[] };

export class FirstTouch {
  readonly #context: DocumentContext;
  readonly #taskSet: () => void;
  #opening: Promise<Found> | undefined;

  /** `taskSet` is told when a restored document owes a snapshot. */
  constructor(context: DocumentContext, taskSet: () => void) {
    this.#context = context;
    this.#taskSet = taskSet;
  }

  /** The document's meta; one that never existed is created, where another one may be. */
  async open(mayCreate: boolean): Promise<Found> {
    const found = await this.find();
    if (found.ok || found.error.tag !== "not-found") return found;
    if (!mayCreate && this.#context.storage.meta.read() === undefined) return err({ tag: "no-more-rooms" });
    return ok(this.#context.storage.meta.read() ?? this.#write({ epoch: 1, snapshotSeq: 0, deletedMs: null }));
  }

  /** As {@link open}, but creates nothing: `not-found` for a document that never existed. */
  async find(): Promise<Found> {
    const meta = this.#context.storage.meta.read();
    if (meta !== undefined) return ok(meta);
    // Two first requests ask R2 once.
    this.#opening ??= this.#ask().finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  async #ask(): Promise<Found> {
    const { snapshots, address, storage } = this.#context;
    const latest = await snapshots.latest(address);
    if (!latest.ok) return unavailable(latest.error.reason);
    const found = await this.#take(latest.value);
    // Somebody may have been faster while R2 answered.
    const meta = storage.meta.read();
    return meta === undefined ? found : ok(meta);
  }

  async #take(latest: Latest): Promise<Found> {
    const { snapshots } = this.#context;
    switch (latest.kind) {
      case "none":
        return err({ tag: "not-found" });
      case "tombstone":
        return this.#writeUnlessThere(() => this.#tombstone(latest.version, latest.deletedMs));
      case "history-only":
        return await this.#restore(undefined, undefined);
      case "snapshot": {
        const bytes = await snapshots.readSnapshot(latest.key);
        if (!bytes.ok) return unavailable(`the newest snapshot cannot be read: ${bytes.error.tag}`);
        if (bytes.value === null) return unavailable("the newest snapshot vanished while it was read");
        return await this.#restore({ bytes: bytes.value, encoding: latest.encoding }, latest);
      }
      default:
        return assertNever(latest);
    }
  }

  /** From a snapshot and the history after it, or from history alone. */
  async #restore(snapshot: StoredSnapshot | undefined, found: FoundSnapshot | undefined): Promise<Found> {
    const version = parseVersion(found?.version ?? "");
    const history = await this.#readHistory(version);
    if (!history.ok) return history;
    const { epoch, rows } = history.value;
    const restored = restoreDocument(snapshot, rows);
    if (!restored.ok) return unavailable(restored.error.reason);
    const seq = rows.reduce((highest, row) => Math.max(highest, row.seq), version?.seq ?? 0);
    const { parts, quarantined, ...facts } = restored.value;
    const written = this.#writeUnlessThere(() => {
      const { storage, roomName } = this.#context;
      storage.authors.record(authorsOf(rows));
      storage.parts.replace(parts, { seq, ...facts });
      for (const { seq: rowSeq, update, reason } of quarantined) storage.quarantine.put(rowSeq, update, reason);
      if (rows.length > 0) storage.tasks.ensureBy("snapshot", Date.now());
      logRoom("restored", roomName, { epoch, seq, historyRows: rows.length });
      // Above R2's versions: nothing saved from here on can be mistaken for what was saved before.
      const snapshotSeq = rows.length === 0 ? seq : 0;
      const createdMs = found?.metadata.createdMs ?? rows[0]?.atMs ?? Date.now();
      const summary = carryText(storage, carriedOf(found, rows));
      return this.#write({ epoch: epoch + 1, createdMs, snapshotSeq, deletedMs: null, historySeq: seq, summary });
    });
    this.#taskSet();
    return written;
  }

  async #readHistory(version: VersionParts | undefined): Promise<Result<Later, RoomProblem>> {
    const { snapshots, address } = this.#context;
    const segments: HistorySegment[] = [];
    let cursor: string | null = null;
    do {
      const page = await snapshots.listHistory(address, cursor);
      if (!page.ok) return unavailable(page.error.reason);
      segments.push(...page.value.segments);
      cursor = page.value.cursor;
    } while (cursor !== null);
    // Each loss of the file has begun an epoch; their seqs go on from one to the next.
    const firstEpoch = version?.epoch ?? 0;
    const epoch = segments.reduce((newest, segment) => Math.max(newest, segment.epoch), firstEpoch);
    const rows: LogRow[] = [];
    let lastSeq = version?.seq ?? 0;
    for (const { key, ...range } of segments) {
      // What a branch holds is in no snapshot for sure; what is known of it is left out when it is joined.
      const isBranch = range.branch !== undefined;
      if (range.epoch < firstEpoch || (range.lastSeq <= lastSeq && !isBranch)) continue;
      const bytes = await snapshots.readHistory(key);
      if (!bytes.ok) return unavailable(bytes.error.reason);
      const decoded = decodeHistory(bytes.value ?? new Uint8Array());
      if (!decoded.ok) return unavailable(decoded.error.reason);
      // A run that was cut off leaves a segment that a later, longer one repeats.
      for (const row of decoded.value) {
        if (row.seq <= lastSeq && !isBranch) continue;
        rows.push(row);
        lastSeq = Math.max(lastSeq, row.seq);
      }
    }
    return ok({ epoch, rows });
  }

  #tombstone(version: Version, deletedMs: number): DocumentMeta {
    const { epoch, seq } = parseVersion(version) ?? { epoch: 1, seq: 0 };
    return this.#write({ epoch, snapshotSeq: seq, deletedMs });
  }

  /** One transaction, unless another request wrote the document while R2 answered. */
  #writeUnlessThere(write: () => DocumentMeta): Found {
    const { storage } = this.#context;
    return ok(storage.transaction(() => storage.meta.read() ?? write()));
  }

  #write(change: Pick<DocumentMeta, "epoch" | "snapshotSeq" | "deletedMs"> & Partial<DocumentMeta>): DocumentMeta {
    const meta: DocumentMeta = { createdMs: Date.now(), historySeq: 0, summary: "", lock: "open", ...change };
    this.#context.storage.meta.write(meta);
    return meta;
  }
}

function unavailable(reason: string): { readonly ok: false; readonly error: RoomProblem } {
  return err({ tag: "unavailable", reason });
}

function carriedOf(found: FoundSnapshot | undefined, rows: readonly LogRow[]): Carried {
  const times = rows.map(({ atMs }) => atMs);
  const newestMs = times.reduce((newest, atMs) => Math.max(newest, atMs), 0);
  const unsavedSinceMs = times.length === 0 ? undefined : times.reduce((oldest, atMs) => Math.min(oldest, atMs));
  if (found === undefined) return { updatedMs: newestMs, unsavedSinceMs };
  const { title, excerpt, words, characters, editors, updatedMs } = found.metadata;
  return {
    updatedMs: Math.max(updatedMs, newestMs),
    unsavedSinceMs,
    shown: { title, excerpt, words, characters, textVersion: found.textVersion },
    editors,
  };
}
