/**
 * When a document is hydrated, folded or merged, and its snapshots (DESIGN §3, An alarm).
 * @module
 */
import { authorsOf } from "../core/authors.ts";
import { SEVERAL_USERS, mergeRows } from "../core/document/merge-rows.ts";
import { joinParts } from "../core/document/whole-update.ts";
import type { LogRow } from "../core/ports.ts";
import { type TailBounds, isTailTooLong, tailBounds } from "../core/schedule.ts";
import { stampsOf } from "../core/versions/attribution.ts";
import { rowsWithout } from "../core/without-users.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import { carryText, readCarried } from "./carried.ts";
import { type CompactedRoom, type CompactionContext, DocumentCompactor } from "./document-compactor.ts";
import { isErased } from "./document-context.ts";
import { inSteps } from "./in-steps.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";
import { unsavedTimes } from "./unsaved.ts";

/** While people type a document is hydrated up to here, some 100 ms; a larger one is folded until its next snapshot. */
const MAX_TYPING_HYDRATE_BYTES = 1024 * 1024;
/** A document that cannot be built is tried again this rarely: only a new version of the code changes the outcome. */
const HYDRATE_AGAIN_MS = 60 * 60_000;

export class DocumentSaver {
  readonly #context: CompactionContext;
  readonly #compactor: DocumentCompactor;
  readonly #snapshots: SnapshotWriter;

  constructor(context: CompactionContext, room: CompactedRoom) {
    this.#context = context;
    this.#compactor = new DocumentCompactor(context, room);
    this.#snapshots = new SnapshotWriter(context, this.#compactor);
  }

  /** Everything up to now into parts, history and an R2 snapshot, and its summary into the outbox. Returns the seq saved. */
  async save(): Promise<number> {
    const { storage } = this.#context;
    const meta = storage.meta.read();
    const seq = storage.log.lastSeq();
    if (meta === undefined || isErased(storage) || seq === 0 || seq === meta.snapshotSeq) return seq;
    const compacted = this.#mayHydrate(MAX_HYDRATE_BYTES, Date.now()) ? await this.#compactor.compact() : undefined;
    if (compacted === undefined) return await this.#saveByBytes();
    const { seq: savedSeq, snapshotV2, stateVector } = compacted;
    await this.#snapshots.put({ seq: savedSeq, bytes: snapshotV2, stateVector, hydrated: compacted });
    return savedSeq;
  }

  /** The tail is too long while people type: raw rows become one, or all become parts. */
  async shrinkTail(): Promise<void> {
    const { storage, config } = this.#context;
    if (isErased(storage)) return;
    const info = storage.parts.info();
    const bounds = tailBounds(info?.bytes ?? 0, config);
    if (!isTailTooLong(storage.log.stats(), bounds)) return;
    const rows = [...storage.log.readSince(info?.seq ?? 0)];
    const merged = rows.filter(isMerged);
    const isFull = merged.length === rows.length || sizeOf(merged) > bounds.mergedBytes;
    if (isFull || !(await this.#mergeTail(rows, merged, bounds))) await this.#compactTail();
  }

  /** Raw rows become one merged row, together with the merged ones before them once those are many. False when that is still too much. */
  async #mergeTail(rows: readonly LogRow[], merged: readonly LogRow[], bounds: TailBounds): Promise<boolean> {
    const { storage } = this.#context;
    const left = merged.length < bounds.mergedRows ? merged : [];
    const [first, ...rest] = rows.slice(left.length);
    if (first === undefined) return false;
    const row = mergeRows([first, ...rest]);
    const shrunk = { rows: left.length + 1, bytes: sizeOf(left) + sizeOf([row]) };
    if (isTailTooLong(shrunk, bounds)) return false;
    const { historySeq } = storage.meta.read() ?? { historySeq: 0 };
    // Nothing was awaited since the rows were read.
    const forgotten = storage.forgotten.count;
    // A merged row says who wrote what, and when to within a snapshot's time: history can wait for the next compaction, and R2
    // hears of an hour's typing a few times, not a few hundred. Unless it would say less, or the same twice.
    const mayWait = row.updates.every(({ user }) => user !== SEVERAL_USERS) && first.firstSeq > historySeq;
    // Erased meanwhile: there is no tail any more.
    if (!mayWait && !(await this.#compactor.archive(rows, forgotten))) return true;
    const gone = storage.forgotten.since(forgotten);
    const [kept = row] = rowsWithout([row], gone);
    storage.transaction(() => {
      const summary = carryText(storage, unsavedTimes(storage));
      const raw = rowsWithout(rows.slice(merged.length), gone);
      storage.authors.record(authorsOf(raw));
      // The merged row has one time for all of them.
      storage.attribution.record(stampsOf(raw));
      storage.log.replace(first.firstSeq, kept);
      storage.meta.write(mayWait ? { summary } : { summary, historySeq: Math.max(row.seq, historySeq) });
    });
    return true;
  }

  async #compactTail(): Promise<void> {
    const isBuilt =
      this.#mayHydrate(MAX_TYPING_HYDRATE_BYTES, undefined) && (await this.#compactor.compact()) !== undefined;
    if (!isBuilt && !isErased(this.#context.storage)) await this.#compactor.fold();
  }

  /** `retryMs`: the time now, when a document that could not be built may be tried again. */
  #mayHydrate(maxBytes: number, retryMs: number | undefined): boolean {
    const { storage } = this.#context;
    const bytes = (storage.parts.info()?.bytes ?? 0) + storage.log.stats().bytes;
    const { unhydratable } = readCarried(storage);
    const isBarred = unhydratable !== undefined && (retryMs ?? 0) < unhydratable.sinceMs + HYDRATE_AGAIN_MS;
    return bytes <= maxBytes && !isBarred;
  }

  /** Too large to hydrate, or not to be built: rows into the last part, and the parts' bytes joined. */
  async #saveByBytes(): Promise<number> {
    const { storage } = this.#context;
    const lastSeq = storage.log.lastSeq();
    if (isErased(storage)) return lastSeq;
    const folded = storage.log.stats().rows > 0 ? await this.#compactor.fold() : { seq: lastSeq };
    const info = storage.parts.info();
    if (folded === undefined || info === undefined) return lastSeq;
    const bytes = await inSteps(joinParts(() => storage.parts.read(), info.deleteSet));
    if (isErased(storage)) return lastSeq;
    if (storage.parts.info()?.seq !== info.seq) throw new Error("another run has replaced the parts meanwhile");
    await this.#snapshots.put({ seq: folded.seq, bytes, stateVector: info.stateVector, hydrated: undefined });
    return folded.seq;
  }
}

function isMerged({ firstSeq, seq }: LogRow): boolean {
  return firstSeq < seq;
}

function sizeOf(rows: readonly LogRow[]): number {
  let bytes = 0;
  for (const row of rows) for (const { update } of row.updates) bytes += update.length;
  return bytes;
}
