/**
 * Compaction, history and snapshots of one document (DESIGN §3, An alarm). What leaves SQLite is in R2 before; what changes
 * in SQLite changes in one transaction; the run may end at any await and start over.
 * @module
 */
import { authorsOf } from "../core/authors.ts";
import {
  type Compacted,
  type Merged,
  type NewParts,
  compactDocument,
  mergeDocument,
} from "../core/document/compaction.ts";
import { mergeRows } from "../core/document/merge-rows.ts";
import { encodeHistory } from "../core/history.ts";
import type { LogRow } from "../core/ports.ts";
import type { Room } from "../core/room.ts";
import { compactionUrgency } from "../core/schedule.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import { formatVersion } from "../protocol/version.ts";
import type { SummaryMessage } from "../queue/messages.ts";
import { type DocumentContext, isErased } from "./document-context.ts";
import { logRoomError } from "./log.ts";
import { carrySaved, carryUnsaved, updatedMs } from "./unsaved.ts";

/** Editors named in a summary. */
const MAX_EDITORS = 50;
/** Merged rows may grow to 1/48 of the parts, and to this at least, before the whole is compacted again. */
const MERGED_SHARE = 48;
const MIN_MERGED_BYTES = 6 * 1024;

type Whole = { readonly seq: number; readonly rows: readonly LogRow[]; readonly newParts: Compacted | Merged };

export class DocumentSaver {
  readonly #context: DocumentContext;
  readonly #room: Room;

  constructor(context: DocumentContext, room: Room) {
    this.#context = context;
    this.#room = room;
  }

  /** Everything up to now into parts, history and an R2 snapshot, and its summary into the outbox. Returns the seq saved. */
  async save(): Promise<number> {
    const { storage } = this.#context;
    const meta = storage.meta.read();
    const seq = storage.log.lastSeq();
    if (meta === undefined || isErased(storage) || seq === 0 || seq === meta.snapshotSeq) return seq;
    const whole = this.#read(seq);
    if (!(await this.#keep(whole))) return seq;
    await this.#snapshot(whole);
    return seq;
  }

  /** The tail is too long while people type: raw rows go to history and become one, or the whole is compacted. */
  async shrinkTail(): Promise<void> {
    const { storage, config } = this.#context;
    const info = storage.parts.info();
    const partsBytes = info?.bytes ?? 0;
    const meta = storage.meta.read();
    if (meta === undefined || isErased(storage)) return;
    if (compactionUrgency(storage.log.stats(), partsBytes, config) !== "now") return;
    const rows = [...storage.log.readSince(info?.seq ?? 0)];
    const raw = rows.filter(({ seq }) => seq > meta.historySeq);
    const mergedBytes = sizeOf(rows) - sizeOf(raw);
    const isDueWhole = mergedBytes > Math.max(MIN_MERGED_BYTES, partsBytes / MERGED_SHARE);
    const mayHydrate = partsBytes + storage.log.stats().bytes <= MAX_HYDRATE_BYTES;
    const first = raw[0];
    if ((isDueWhole || first === undefined) && mayHydrate) {
      await this.#keep(this.#read(storage.log.lastSeq()));
    } else if (first !== undefined) {
      const merged = mergeRows(raw);
      if (!(await this.#archive(raw))) return;
      storage.transaction(() => {
        const summary = carryUnsaved(storage);
        storage.authors.record(authorsOf(raw));
        storage.log.replace(first.seq, merged);
        storage.meta.write({ historySeq: merged.seq, summary });
      });
    }
  }

  #read(seq: number): Whole {
    const { storage } = this.#context;
    const info = storage.parts.info();
    const rows = [...storage.log.readSince(info?.seq ?? 0)];
    const input = { parts: storage.parts.read(), rows };
    const bytes = (info?.bytes ?? 0) + storage.log.stats().bytes;
    if (bytes > MAX_HYDRATE_BYTES) return { seq, rows, newParts: mergeDocument(input) };
    try {
      return { seq, rows, newParts: compactDocument(input) };
    } catch (error) {
      // A document that breaks Yjs (nested past the stack) still keeps its bytes.
      logRoomError("hydrate-failed", this.#context.roomName, error);
      return { seq, rows, newParts: mergeDocument({ ...input, parts: storage.parts.read() }) };
    }
  }

  /** History first, then parts for rows in one transaction. False when the document was erased meanwhile. */
  async #keep({ seq, rows, newParts }: Whole): Promise<boolean> {
    const { storage } = this.#context;
    if (!(await this.#archive(rows))) return false;
    storage.transaction(() => {
      const summary = carryUnsaved(storage);
      storage.authors.record(authorsOf(rows));
      for (const { seq: rowSeq, update, reason } of newParts.quarantined)
        storage.quarantine.put(rowSeq, update, reason);
      const { stateVector, deleteSet } = newParts;
      // Deleting first: the new parts take the pages the old ones leave, and the file does not grow.
      storage.log.deleteThrough(seq);
      storage.parts.replace(newParts.parts, { seq, stateVector, deleteSet });
      storage.meta.write({ historySeq: seq, summary });
    });
    if (newParts.quarantined.length > 0) this.#room.document.forget();
    else this.#room.document.rebased(sumBytes(newParts));
    return true;
  }

  /** Rows that no history segment holds yet. False when the document was erased meanwhile. */
  async #archive(rows: readonly LogRow[]): Promise<boolean> {
    const { storage, snapshots, address } = this.#context;
    const { epoch, historySeq } = storage.meta.read() ?? { epoch: 1, historySeq: 0 };
    const raw = rows.filter(({ seq }) => seq > historySeq);
    const first = raw[0];
    const last = raw.at(-1);
    if (first === undefined || last === undefined) return !isErased(storage);
    const range = { epoch, firstSeq: first.firstSeq, lastSeq: last.seq };
    const put = await snapshots.putHistory(address, range, encodeHistory(raw));
    if (isErased(storage)) return await this.#eraseAgain();
    if (!put.ok) throw new Error(put.error.reason);
    return true;
  }

  async #snapshot({ seq, newParts }: Whole): Promise<void> {
    const { storage, snapshots, address, roomName } = this.#context;
    const meta = storage.meta.read();
    if (meta === undefined) return;
    const version = formatVersion({ epoch: meta.epoch, seq });
    const whole = "snapshotV2" in newParts ? newParts : undefined;
    const bytes = "snapshotV2" in newParts ? newParts.snapshotV2 : newParts.update;
    const facts = {
      title: whole?.summary.title ?? "",
      excerpt: whole?.summary.excerpt ?? "",
      words: whole?.summary.words ?? 0,
      characters: whole?.summary.characters ?? 0,
      bytes: sumBytes(newParts),
      editors: storage.authors.users(MAX_EDITORS),
      createdMs: meta.createdMs,
      updatedMs: updatedMs(storage) ?? meta.createdMs,
    };
    const put = await snapshots.putSnapshot({
      address,
      version,
      bytes,
      encoding: whole === undefined ? "v1" : "v2",
      text: whole?.text ?? null,
      metadata: { stateVector: newParts.stateVector, ...facts },
    });
    if (isErased(storage)) return void (await this.#eraseAgain());
    if (!put.ok) throw new Error(put.error.reason);
    const message: SummaryMessage = {
      v: 1,
      kind: "summary",
      project: address.project,
      id: address.id,
      room: roomName,
      version,
      snapshotKey: put.value.snapshotKey,
      textKey: put.value.textKey,
      ...facts,
    };
    storage.transaction(() => {
      storage.meta.write({ snapshotSeq: seq, summary: carrySaved(storage) });
      storage.outbox.put({ kind: "summary", version, body: JSON.stringify(message), createdMs: Date.now() });
    });
  }

  /** Something may have reached R2 after the erase listed what is there. */
  async #eraseAgain(): Promise<false> {
    this.#context.storage.tasks.ensureBy("erase", Date.now());
    return false;
  }
}

function sizeOf(rows: readonly LogRow[]): number {
  let bytes = 0;
  for (const row of rows) for (const { update } of row.updates) bytes += update.length;
  return bytes;
}

function sumBytes({ parts }: NewParts): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
