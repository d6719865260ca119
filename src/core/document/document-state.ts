/**
 * What a room knows about its document without building one: clocks and deletions, loaded when first needed. Rules DS1–DS8.
 * @module
 */
import { MAX_ANSWER_FRAME_BYTES } from "../../protocol/limits.ts";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { DocumentStorage, PartsInfo } from "../ports.ts";
import { answerSyncStep1, bringFormats } from "./answer.ts";
import { AnswerCache, MAX_ANSWERS_BYTES } from "./answer-cache.ts";
import type { MalformedBytes } from "./byte-reader.ts";
import type { ClientBlock, StructId } from "./client-block.ts";
import { ClockTable } from "./clock-table.ts";
import { trimUpdate } from "./concat-updates.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import { type UpdateReading, readUpdate } from "./update-reader.ts";

export type Acceptance =
  /** New content: `update` goes into the next row. Clocks count it from now on. */
  | { readonly kind: "accepted"; readonly update: Uint8Array; readonly reading: UpdateReading }
  /** Everything in it is known, deletions included. */
  | { readonly kind: "known" }
  /** It depends on something this document lacks, `missing` among it. */
  | { readonly kind: "gap"; readonly missing: StructId };

export type UpdateRefusal =
  | { readonly tag: "malformed-update"; readonly reason: string }
  /** `reason` is one sentence that may be shown. */
  | { readonly tag: "too-large"; readonly limitBytes: number; readonly reason: string };

type Loaded = { readonly clocks: ClockTable; readonly partsBytes: number };

export class DocumentState {
  readonly #storage: DocumentStorage;
  #loaded: Loaded | undefined;
  #deletes: DeleteRanges | undefined;
  /** The clocks as bytes, until they change. */
  #stateVector: Uint8Array | undefined;
  readonly #answers = new AnswerCache();
  /** What parsing the parts said, where storage has no note of it. */
  #hasFormats: boolean | undefined;
  /** Accepted since the last append. */
  #pendingBytes = 0;

  constructor(storage: DocumentStorage) {
    this.#storage = storage;
  }

  /**
   * Decides about one update. `isAnswer`: a step 2, which repeats what its sender believes we lack: it is trimmed to what is
   * new, since every joiner repeats the whole delete set. `maxBytes`: what the document may have with it.
   */
  accept(update: Uint8Array, isAnswer: boolean, maxBytes: number): Result<Acceptance, UpdateRefusal> {
    const { clocks, partsBytes } = this.#load();
    const read = readUpdate(update, clocks);
    if (!read.ok) return err({ tag: "malformed-update", reason: read.error.reason });
    if (read.value.kind === "gap") return ok({ kind: "gap", missing: read.value.missing });
    // Yjs throws on a struct whose known part is garbage, so what overlaps is cut whoever sends it.
    // So is what repeats known structs beside new ones, as a whole document sent as an update does: an update of a batch goes on
    // exactly where the one before ended.
    const mustTrim = isAnswer || read.value.overlaps || read.value.blocks.some(repeatsKnown);
    if (isCrowded(clocks, read.value)) return err({ tag: "too-large", limitBytes: maxBytes, reason: CROWDED });
    const fresh = mustTrim ? this.#trim(update, read.value) : this.#keepUnlessKnown(update, read.value);
    if (fresh === undefined) return ok({ kind: "known" });
    const bytes = partsBytes + this.#storage.log.stats().bytes + this.#pendingBytes + fresh.update.length;
    if (bytes > maxBytes) {
      return err({
        tag: "too-large",
        limitBytes: maxBytes,
        reason: `the document has reached its limit of ${maxBytes} bytes`,
      });
    }
    for (const { client, end } of fresh.reading.blocks) clocks.advance(client, end);
    if (fresh.reading.hasNewStructs) this.#stateVector = undefined;
    this.#deletes?.merge(fresh.reading.deletes);
    this.#pendingBytes += fresh.update.length;
    return ok({ kind: "accepted", ...fresh });
  }

  /** True when a step 2 brings nothing that is not known; changes nothing. */
  isKnown(update: Uint8Array): boolean {
    const read = readUpdate(update, this.#load().clocks);
    return read.ok && read.value.kind === "complete" && this.#trim(update, read.value) === undefined;
  }

  /** True once everything of a client up to this struct is accepted. */
  hasStruct({ client, clock }: StructId): boolean {
    return clock < this.#load().clocks.get(client);
  }

  /** The batch is a row now. */
  committed(): void {
    this.#pendingBytes = 0;
    this.#answers.clear();
  }

  /** Compaction rewrote the rows without changing what they say. */
  rebased(partsBytes: number): void {
    this.#answers.clear();
    this.#hasFormats = undefined;
    if (this.#loaded !== undefined) this.#loaded = { clocks: this.#loaded.clocks, partsBytes };
  }

  /** Memory and storage may differ (an append failed, compaction or restore rewrote rows): load again when next needed. */
  forget(): void {
    this.#loaded = undefined;
    this.#deletes = undefined;
    this.#stateVector = undefined;
    this.#hasFormats = undefined;
    this.#answers.clear();
    this.#pendingBytes = 0;
  }

  /** Yjs state vector of everything accepted. The same bytes until something changes: not to be written to. */
  stateVector(): Uint8Array {
    this.#stateVector ??= this.#load().clocks.encode();
    return this.#stateVector;
  }

  /**
   * Updates that complete a replica with this state vector, in causal order, from stored rows: what waits for its row is not in
   * them. Each is read when it is asked for, so ask for all before anything is stored. The same question again within a few
   * seconds reads nothing. Never builds a Y.Doc.
   */
  answer(stateVector: Uint8Array, nowMs: number): Result<Iterable<Uint8Array>, MalformedBytes> {
    const { log, parts } = this.#storage;
    const key = { stateVector, seq: log.lastSeq() };
    const given = this.#answers.find(key, nowMs);
    if (given !== undefined) return ok(given);
    const decoded = ClockTable.decode(stateVector);
    if (!decoded.ok) return decoded;
    const info = parts.info();
    const frames = answerSyncStep1({
      info,
      parts: () => parts.read(),
      hasFormats: () => this.#partsHaveFormats(info),
      tail: log.readSince(info?.seq ?? 0),
      clientStateVector: decoded.value,
      maxFrameBytes: MAX_ANSWER_FRAME_BYTES,
    });
    return ok(this.#mayBeKept(info, decoded.value) ? this.#answers.keep(key, nowMs, frames) : frames);
  }

  /** Lets go of answers that are too old to be given again. Cheap: for every flush. */
  dropOldAnswers(nowMs: number): void {
    this.#answers.dropOld(nowMs);
  }

  /** Parts and tail as stored. */
  bytes(): number {
    return this.#load().partsBytes + this.#storage.log.stats().bytes;
  }

  /** What is collected to be kept is held meanwhile, so large parts are not even begun with. */
  #mayBeKept(info: PartsInfo | undefined, replica: ClockTable): boolean {
    if (info === undefined || info.bytes <= MAX_ANSWERS_BYTES) return true;
    return replica.covers(decodeTrusted(info.stateVector));
  }

  #partsHaveFormats(info: PartsInfo | undefined): boolean {
    if (info?.hasFormats !== undefined) return info.hasFormats;
    this.#hasFormats ??= bringFormats(this.#storage.parts.read());
    return this.#hasFormats;
  }

  #keepUnlessKnown(
    update: Uint8Array,
    reading: UpdateReading,
  ): { readonly update: Uint8Array; readonly reading: UpdateReading } | undefined {
    if (reading.hasNewStructs) return { update, reading };
    if (reading.deletes.isEmpty) return undefined;
    const isKnown = this.#deletes !== undefined && reading.deletes.missingFrom(this.#deletes).isEmpty;
    return isKnown ? undefined : { update, reading };
  }

  #trim(
    update: Uint8Array,
    reading: UpdateReading,
  ): { readonly update: Uint8Array; readonly reading: UpdateReading } | undefined {
    if (!reading.hasNewStructs && reading.deletes.isEmpty) return undefined;
    const trimmed = trimUpdate(update, reading, this.#loadDeletes());
    if (trimmed === null) return undefined;
    if (trimmed === update) return { update, reading };
    const again = readUpdate(trimmed, this.#load().clocks);
    if (!again.ok) throw new Error(`a trimmed update became unreadable: ${again.error.reason}`);
    return { update: trimmed, reading: again.value };
  }

  #load(): Loaded {
    if (this.#loaded !== undefined) return this.#loaded;
    const info = this.#storage.parts.info();
    const clocks = decodeTrusted(info?.stateVector);
    for (const row of this.#storage.log.readSince(info?.seq ?? 0)) {
      for (const { update } of row.updates) {
        const read = readUpdate(update, clocks);
        // A row that does not read, and what depends on it, is quarantined by compaction, not fatal here.
        if (!read.ok || read.value.kind === "gap") continue;
        for (const { client, end } of read.value.blocks) clocks.advance(client, end);
      }
    }
    this.#loaded = { clocks, partsBytes: info?.bytes ?? 0 };
    return this.#loaded;
  }

  #loadDeletes(): DeleteRanges {
    if (this.#deletes !== undefined) return this.#deletes;
    const { clocks } = this.#load();
    const info = this.#storage.parts.info();
    const decoded = info === undefined ? undefined : DeleteRanges.decode(info.deleteSet);
    const deletes = decoded?.ok === true ? decoded.value : new DeleteRanges();
    for (const row of this.#storage.log.readSince(info?.seq ?? 0)) {
      for (const { update } of row.updates) {
        const read = readUpdate(update, clocks);
        if (read.ok && read.value.kind === "complete") deletes.merge(read.value.deletes);
      }
    }
    this.#deletes = deletes;
    return deletes;
  }
}

function repeatsKnown({ start, known }: ClientBlock): boolean {
  return start < known;
}

function decodeTrusted(stateVector: Uint8Array | undefined): ClockTable {
  if (stateVector === undefined) return new ClockTable();
  const decoded = ClockTable.decode(stateVector);
  if (!decoded.ok) throw new Error("the stored state vector is unreadable");
  return decoded.value;
}

/**
 * Yjs client ids of one document: every page that types brings one and none ever leaves. Above it neither a step 1 nor the
 * stored state vector could be read again.
 */
const MAX_DOCUMENT_CLIENTS = 100_000;
const CROWDED = "the document has been edited from as many pages as it can take";

function isCrowded(clocks: ClockTable, reading: UpdateReading): boolean {
  if (clocks.size + reading.blocks.length <= MAX_DOCUMENT_CLIENTS) return false;
  const fresh = reading.blocks.filter(({ client }) => clocks.get(client) === 0).length;
  return fresh > 0 && clocks.size + fresh > MAX_DOCUMENT_CLIENTS;
}
