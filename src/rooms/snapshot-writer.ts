/**
 * A snapshot into R2 and its summary into the outbox.
 * @module
 */
import type { Compacted } from "../core/document/compaction.ts";
import { formatVersion } from "../protocol/version.ts";
import type { SummaryMessage } from "../queue/messages.ts";
import { NOTHING_SHOWN, type Shown, carryText, readCarried } from "./carried.ts";
import type { CompactionContext, DocumentCompactor } from "./document-compactor.ts";
import { isErased } from "./document-context.ts";
import { updatedMs } from "./unsaved.ts";

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

  constructor(context: CompactionContext, compactor: Pick<DocumentCompactor, "eraseAgain">) {
    this.#context = context;
    this.#compactor = compactor;
  }

  /** Writes nothing into SQLite when the document was erased meanwhile. */
  async put({ seq, bytes, stateVector, hydrated }: FreshSnapshot): Promise<void> {
    const { storage, snapshots, address, roomName } = this.#context;
    const meta = storage.meta.read();
    if (meta === undefined) return;
    const version = formatVersion({ epoch: meta.epoch, seq });
    const carried = readCarried(storage);
    const shown: Shown =
      hydrated === undefined ? (carried.shown ?? NOTHING_SHOWN) : { ...hydrated.summary, textVersion: version };
    const { textVersion, ...summary } = shown;
    const facts = {
      ...summary,
      bytes: storage.parts.info()?.bytes ?? 0,
      editors: [...new Set([...storage.authors.users(MAX_EDITORS), ...(carried.editors ?? [])])].slice(0, MAX_EDITORS),
      createdMs: meta.createdMs,
      updatedMs: updatedMs(storage) ?? meta.createdMs,
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
    if (isErased(storage)) return void this.#compactor.eraseAgain();
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
      const snapshotSeq = Math.max(seq, storage.meta.read()?.snapshotSeq ?? 0);
      storage.meta.write({ snapshotSeq, summary: carryText(storage, { unsavedSinceMs: undefined, shown }) });
      storage.outbox.put({ kind: "summary", version, body: JSON.stringify(message), createdMs: Date.now() });
    });
  }
}
