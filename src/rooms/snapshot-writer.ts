/**
 * A snapshot into R2, as a version too where one is due or asked for, and the events of both into the outbox.
 * @module
 */
import type { Compacted } from "../core/document/compaction.ts";
import type { DocumentMeta, DocumentStorage } from "../core/ports.ts";
import { entryWithout } from "../core/without-users.ts";
import { type Version, formatVersion } from "../protocol/version.ts";
import type { SummaryMessage } from "../queue/messages.ts";
import { type Carried, NOTHING_SHOWN, type Shown, carryText, readCarried } from "./carried.ts";
import type { CompactionContext, DocumentCompactor } from "./document-compactor.ts";
import { isErased } from "./document-context.ts";
import type { KeptVersion } from "./room-api-history.ts";
import { updatedMs } from "./unsaved.ts";
import { type OrderedVersion, VersionKeeper } from "./version-keeper.ts";

/** Editors named in a summary. */
const MAX_EDITORS = 50;

export type FreshSnapshot = {
  readonly seq: number;
  /** V2 of a hydrated document, else V1. */
  readonly bytes: Uint8Array;
  readonly stateVector: Uint8Array;
  /** Undefined for a document that is not hydrated: it shows what it showed before. */
  readonly hydrated: Pick<Compacted, "text" | "summary"> | undefined;
};

export class SnapshotWriter {
  readonly #context: CompactionContext;
  readonly #compactor: Pick<DocumentCompactor, "eraseAgain">;
  readonly #keeper: VersionKeeper;

  constructor(context: CompactionContext, compactor: Pick<DocumentCompactor, "eraseAgain">) {
    this.#context = context;
    this.#compactor = compactor;
    this.#keeper = new VersionKeeper(context);
  }

  /**
   * The snapshot, unless one of `seq` is there, and then the version: whoever is cut off in between finds the snapshot, and makes a version
   * of a later one. Returns the version, if there is one. Writes nothing into SQLite when the document was erased meanwhile.
   */
  async put(snapshot: FreshSnapshot, order?: OrderedVersion): Promise<KeptVersion | undefined> {
    const { storage } = this.#context;
    const forgotten = storage.forgotten.count;
    const meta = storage.meta.read();
    if (meta === undefined) return undefined;
    const { seq, bytes, hydrated } = snapshot;
    const version = formatVersion({ epoch: meta.epoch, seq });
    const saved = seq > meta.snapshotSeq ? await this.#putSnapshot(snapshot, version, meta) : undefined;
    if (isErased(storage)) return this.#eraseAgain();
    // What is not hydrated could not be shown or compared.
    const stored = hydrated === undefined ? undefined : await this.#keeper.store({ seq, version, bytes }, order);
    if (isErased(storage)) return this.#eraseAgain();
    // What is beside the snapshot in R2 is looked through again at the end of an erasure.
    const gone = storage.forgotten.since(forgotten);
    let kept: KeptVersion | undefined;
    storage.transaction(() => {
      const noted = stored === undefined ? undefined : this.#keeper.note(entryWithout(stored, gone));
      kept = noted?.kept;
      const carried: Carried = {
        ...(saved !== undefined && { unsavedSinceMs: undefined, shown: saved.shown }),
        ...noted?.carried,
      };
      const snapshotSeq = Math.max(seq, storage.meta.read()?.snapshotSeq ?? 0);
      storage.meta.write({ snapshotSeq, summary: carryText(storage, carried) });
      if (saved === undefined) return;
      const editors = saved.message.editors.filter((editor) => !gone.has(editor));
      const body = JSON.stringify({ ...saved.message, editors });
      storage.outbox.put({ kind: "summary", version, body, createdMs: Date.now() });
    });
    return kept;
  }

  async #putSnapshot(
    { seq, bytes, stateVector, hydrated }: FreshSnapshot,
    version: Version,
    { createdMs }: DocumentMeta,
  ): Promise<{ readonly message: SummaryMessage; readonly shown: Shown }> {
    const { storage, snapshots, address, roomName } = this.#context;
    const carried = readCarried(storage);
    const shown: Shown =
      hydrated === undefined ? (carried.shown ?? NOTHING_SHOWN) : { ...hydrated.summary, textVersion: version };
    const { textVersion, ...summary } = shown;
    const facts = {
      ...summary,
      bytes: sizeOf(storage, seq),
      editors: [...new Set([...storage.authors.users(MAX_EDITORS), ...(carried.editors ?? [])])].slice(0, MAX_EDITORS),
      createdMs,
      updatedMs: updatedMs(storage) ?? createdMs,
    };
    const put = await snapshots.putSnapshot({
      address,
      version,
      bytes,
      encoding: hydrated === undefined ? "v1" : "v2",
      text: hydrated?.text ?? null,
      olderText: textVersion,
      metadata: { stateVector, ...facts },
    });
    if (!put.ok && !isErased(storage)) throw new Error(put.error.reason);
    const keys = put.ok ? put.value : { snapshotKey: "", textKey: null };
    const head = { v: 1, kind: "summary", project: address.project, id: address.id, room: roomName } as const;
    return { shown, message: { ...head, version, ...keys, ...facts } };
  }

  #eraseAgain(): undefined {
    this.#compactor.eraseAgain();
  }
}

/** Of the document as V1: a version is made of parts and a tail. */
function sizeOf({ parts, log }: DocumentStorage, seq: number): number {
  const info = parts.info();
  return (info?.bytes ?? 0) + ((info?.seq ?? 0) < seq ? log.stats().bytes : 0);
}
