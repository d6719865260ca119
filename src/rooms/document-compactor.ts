/**
 * Rows into parts. What leaves SQLite is in R2 before; what changes in SQLite changes in one transaction; a run may end at any
 * await and start over, and one that was overtaken by another writes nothing.
 * @module
 */
import { authorsOf } from "../core/authors.ts";
import { type Compacted, type NewParts, compactInSteps, foldRows } from "../core/document/compaction.ts";
import { encodeHistory } from "../core/history.ts";
import type { LogRow } from "../core/ports.ts";
import type { Room } from "../core/room.ts";
import { finish } from "../core/steps.ts";
import { stampsOf } from "../core/versions/attribution.ts";
import { rowsWithout, updateWithout } from "../core/without-users.ts";
import { carryText } from "./carried.ts";
import { type DocumentContext, isErased } from "./document-context.ts";
import { inSteps } from "./in-steps.ts";
import { errorText, logRoomError } from "./log.ts";
import { unsavedTimes } from "./unsaved.ts";

/** What compaction needs of its room's shell. */
export type CompactedRoom = {
  readonly room: Pick<Room, "document">;
  /** Writes what waits for the next flush. */
  readonly flushNow: () => boolean;
};

export type CompactionContext = Pick<
  DocumentContext,
  "roomName" | "address" | "config" | "storage" | "snapshots" | "versions"
>;

/** Everything up to `seq` is in the parts; what a snapshot needs besides them. */
export type CompactedThrough = Pick<Compacted, "stateVector" | "snapshotV2" | "text" | "summary"> & {
  readonly seq: number;
};

/** Below it the whole takes some ten milliseconds, and steps would only cost time. */
const MIN_STEPPED_BYTES = 512 * 1024;

const NO_PARTS = { part: undefined, stateVector: Uint8Array.of(0), deleteSet: Uint8Array.of(0), hasFormats: false };

type Change = {
  /** Of the users who were forgotten when its rows were read. */
  readonly forgotten: number;
  /** Covered by the parts when the run began. */
  readonly baseSeq: number | undefined;
  readonly seq: number;
  readonly rows: readonly LogRow[];
  readonly newParts: NewParts;
  /** Leading parts that stay as they are. */
  readonly kept: number;
  readonly isHydrated: boolean;
};

export class DocumentCompactor {
  readonly #context: CompactionContext;
  readonly #room: CompactedRoom;

  constructor(context: CompactionContext, room: CompactedRoom) {
    this.#context = context;
    this.#room = room;
  }

  /** New parts out of a Y.Doc, garbage collected. Undefined when it cannot be built, which is noted, or was erased meanwhile. */
  async compact(): Promise<CompactedThrough | undefined> {
    const { storage } = this.#context;
    const forgotten = storage.forgotten.count;
    const info = storage.parts.info();
    const seq = storage.log.lastSeq();
    const rows = [...storage.log.readSince(info?.seq ?? 0)];
    const newParts = await this.#hydrate(rows);
    if (newParts === undefined || isErased(storage)) return undefined;
    const isKept = await this.#keep({ forgotten, baseSeq: info?.seq, seq, rows, newParts, kept: 0, isHydrated: true });
    const { stateVector, snapshotV2, text, summary } = newParts;
    return isKept ? { seq, stateVector, snapshotV2, text, summary } : undefined;
  }

  /** The rows into the last part by their bytes, whatever the document's size. Undefined when it was erased meanwhile. */
  async fold(): Promise<{ readonly seq: number } | undefined> {
    const { storage } = this.#context;
    const forgotten = storage.forgotten.count;
    const info = storage.parts.info();
    const seq = storage.log.lastSeq();
    const rows = [...storage.log.readSince(info?.seq ?? 0)];
    const kept = Math.max(0, (info?.count ?? 0) - 1);
    const [part] = storage.parts.read(kept);
    const newParts = foldRows(info === undefined ? NO_PARTS : { ...info, part }, rows);
    const isKept = await this.#keep({ forgotten, baseSeq: info?.seq, seq, rows, newParts, kept, isHydrated: false });
    return isKept ? { seq } : undefined;
  }

  /** Rows that no history segment holds yet go to R2. `forgotten`: users who were when they were read. False when the document was erased meanwhile. */
  async archive(read: readonly LogRow[], forgotten: number): Promise<boolean> {
    const { storage, snapshots, address } = this.#context;
    const { epoch, historySeq } = storage.meta.read() ?? { epoch: 1, historySeq: 0 };
    const rows = rowsWithout(read, storage.forgotten.since(forgotten));
    const raw = rows.filter(({ seq }) => seq > historySeq);
    const first = raw[0];
    const last = raw.at(-1);
    if (first === undefined || last === undefined) return !isErased(storage);
    const range = { epoch, firstSeq: first.firstSeq, lastSeq: last.seq };
    const put = await snapshots.putHistory(address, range, encodeHistory(raw));
    if (isErased(storage)) return this.eraseAgain();
    if (!put.ok) throw new Error(put.error.reason);
    return true;
  }

  /** Something may have reached R2 after the erase listed what is there. */
  eraseAgain(): false {
    this.#context.storage.tasks.ensureBy("erase", Date.now());
    return false;
  }

  async #hydrate(rows: readonly LogRow[]): Promise<Compacted | undefined> {
    const { storage, roomName } = this.#context;
    const bytes = (storage.parts.info()?.bytes ?? 0) + storage.log.stats().bytes;
    const steps = compactInSteps({ parts: () => storage.parts.read(), rows });
    try {
      return bytes < MIN_STEPPED_BYTES ? finish(steps) : await inSteps(steps);
    } catch (error) {
      // Erased while it was read: of what is left nothing has to apply.
      if (isErased(storage)) return undefined;
      // A document that breaks Yjs (nested past the stack) still keeps its bytes.
      logRoomError("hydrate-failed", roomName, error);
      const unhydratable = { sinceMs: Date.now(), reason: errorText(error) };
      storage.meta.write({ summary: carryText(storage, { unhydratable }) });
      return undefined;
    }
  }

  /** History first, then parts for rows in one transaction. False when the document was erased meanwhile. */
  async #keep({ forgotten, baseSeq, seq, rows: read, newParts, kept, isHydrated }: Change): Promise<boolean> {
    const { storage } = this.#context;
    if (!(await this.archive(read, forgotten))) return false;
    const { parts, quarantined, ...facts } = newParts;
    const gone = storage.forgotten.since(forgotten);
    const rows = rowsWithout(read, gone);
    storage.transaction(() => {
      if (storage.parts.info()?.seq !== baseSeq) throw new Error("another run has replaced the parts meanwhile");
      const times = unsavedTimes(storage);
      const summary = carryText(storage, isHydrated ? { ...times, unhydratable: undefined } : times);
      storage.authors.record(authorsOf(rows));
      storage.attribution.record(stampsOf(rows));
      for (const { seq: rowSeq, update, reason } of quarantined) {
        storage.quarantine.put(rowSeq, updateWithout(update, gone), reason);
      }
      // Deleting first: the new parts take the pages the old ones leave, and the file does not grow.
      storage.log.deleteThrough(seq);
      storage.parts.replace(parts, { seq, ...facts }, kept);
      storage.meta.write({ historySeq: Math.max(seq, storage.meta.read()?.historySeq ?? 0), summary });
    });
    if (quarantined.length > 0) {
      // What was accepted and is no row yet would be forgotten with the rest.
      this.#room.flushNow();
      this.#room.room.document.forget();
    } else {
      this.#room.room.document.rebased(storage.parts.info()?.bytes ?? 0);
    }
    return true;
  }
}
