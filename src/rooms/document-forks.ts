/**
 * A document's content on its way to another document, and back: forks and merges. Rules RV21–RV25 of SPEC.md.
 * @module
 */
import { bringsNothing } from "../core/document/brings-nothing.ts";
import { ClockTable } from "../core/document/clock-table.ts";
import { trimUpdate } from "../core/document/concat-updates.ts";
import { DeleteRanges } from "../core/document/delete-ranges.ts";
import { readDocument } from "../core/document/read-document.ts";
import { fromV2, updateSince } from "../core/document/stored-update.ts";
import { readUpdate } from "../core/document/update-reader.ts";
import { diffDocuments } from "../core/versions/diff.ts";
import type { DocumentDiff, Stamp } from "../core/versions/shapes.ts";
import { MAX_FRAME_BYTES } from "../protocol/limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { tooFast } from "./caller-rates.ts";
import { carryText, readCarried } from "./carried.ts";
import { type DocumentContext, currentVersion } from "./document-context.ts";
import type { DocumentAttribution } from "./document-attribution.ts";
import type { DocumentDesk } from "./document-desk.ts";
import { enterUpdate } from "./enter-update.ts";
import type { Caller, Reader, RoomProblem } from "./room-api.ts";
import type { ForkedFrom, MergeBase, Seed, VersionRef, Written } from "./room-api-history.ts";
import { creditsOf, presentOf, presentStamps, readStored, tooLargeToBuild } from "./stored-versions.ts";

export class DocumentForks {
  readonly #desk: DocumentDesk;
  readonly #attribution: Pick<DocumentAttribution, "credits">;

  constructor(desk: DocumentDesk, attribution: Pick<DocumentAttribution, "credits">) {
    this.#desk = desk;
    this.#attribution = attribution;
  }

  async readMergeBase(reader: Reader): Promise<Result<MergeBase, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    if (!found.ok) return found;
    const { context, behaviour } = this.#desk;
    return ok({ stateVector: behaviour.room.document.stateVector(), forkOf: forkOf(context) });
  }

  async readSeed(from: VersionRef, since: Uint8Array | null, reader: Reader): Promise<Result<Seed, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    if (!found.ok) return found;
    const { context, behaviour, rates } = this.#desk;
    if (!rates.mayRead(reader, Date.now())) return err(tooFast("answers"));
    const stored = from === "current" ? undefined : await readStored(context, from);
    if (stored !== undefined && !stored.ok) return stored;
    const credited = await this.#attribution.credits();
    if (!credited.ok) return credited;
    // What waits for its row is content too.
    if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
    const whole = stored === undefined ? readDocument(presentOf(context), "update") : fromV2(stored.value);
    rates.noteAnswered(reader, whole.length, Date.now());
    const known = since === null ? ok(new ClockTable()) : ClockTable.decode(since);
    if (!known.ok) return err({ tag: "malformed-update", reason: known.error.reason });
    const update = since === null ? whole : updateSince(whole, since);
    if (update.length > MAX_FRAME_BYTES) return err({ tag: "too-large", limitBytes: MAX_FRAME_BYTES });
    const version = from === "current" ? currentVersion(context.storage) : from;
    const isShared = sharesClient(behaviour.room.document.stateVector(), known.value);
    const stamps = stampsSince(presentStamps(context), known.value);
    return ok({ version, update, stamps, isShared, forkOf: forkOf(context) });
  }

  /** Of two that plant at once one comes second. The same request again, which was not answered, finds what it planted. */
  async plantSeed({ update, stamps }: Seed, from: ForkedFrom, caller: Caller): Promise<Result<Written, RoomProblem>> {
    const { context, behaviour } = this.#desk;
    const { storage } = context;
    const tooMuch = this.#tooMuch(update, caller);
    if (tooMuch !== undefined) return err(tooMuch);
    const found = await this.#desk.find();
    if (found.ok) return this.#planted(from);
    if (found.error.tag !== "not-found") return found;
    const admitted = await behaviour.admission.admitCaller(caller);
    if (!admitted.ok) return admitted;
    // No await from here on.
    const isEmpty = storage.log.lastSeq() === 0 && behaviour.room.pending.isEmpty;
    if (!isEmpty || readCarried(storage).fork !== undefined) return this.#planted(from);
    const { user, limits } = caller;
    const entered = enterUpdate(this.#desk, { update, stamps, user, maxBytes: limits.documentBytes });
    if (entered.ok) storage.meta.write({ summary: carryText(storage, { fork: from }) });
    return entered;
  }

  /** What the fork has and this document lacks, by the names of who wrote it there. Limits are those of an update. */
  async mergeSeed({ update, stamps }: Seed, caller: Caller): Promise<Result<Written, RoomProblem>> {
    const found = await this.#desk.findFor(caller);
    if (!found.ok) return found;
    const admitted = await this.#desk.behaviour.admission.admitCaller(caller);
    if (!admitted.ok) return admitted;
    const tooMuch = this.#tooMuch(update, caller);
    if (tooMuch !== undefined) return err(tooMuch);
    if (this.#bringsNothing(update)) return ok({ version: currentVersion(this.#desk.context.storage), changed: false });
    const { user, limits } = caller;
    return enterUpdate(this.#desk, { update, stamps, user, maxBytes: limits.documentBytes });
  }

  /** What a merge would change. Changes nothing. */
  async preview({ update, stamps }: Seed, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    if (!found.ok) return found;
    const { context, behaviour, rates } = this.#desk;
    const tooLarge = tooLargeToBuild(this.#desk);
    if (tooLarge !== undefined) return err(tooLarge);
    if (!rates.mayRead(reader, Date.now())) return err(tooFast("answers"));
    const credited = await this.#attribution.credits();
    if (!credited.ok) return credited;
    if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
    const stateVector = behaviour.room.document.stateVector();
    const clocks = ClockTable.decode(stateVector);
    const read = clocks.ok ? readUpdate(update, clocks.value) : clocks;
    if (!read.ok) return err({ tag: "malformed-update", reason: read.error.reason });
    if (read.value.kind === "gap") return err({ tag: "missing-dependencies", stateVector });
    const fresh = trimUpdate(update, read.value, new DeleteRanges());
    rates.noteAnswered(reader, 2 * behaviour.room.document.bytes(), Date.now());
    const { parts, rows } = presentOf(context);
    const brought = {
      seq: Infinity,
      firstSeq: Infinity,
      atMs: 0,
      updates: fresh === null ? [] : [{ user: "", update: fresh }],
    };
    return ok(diffDocuments({ parts, rows }, { parts, rows: [...rows, brought] }, creditsOf(context, stamps)));
  }

  #bringsNothing(update: Uint8Array): boolean {
    const { context, behaviour } = this.#desk;
    // What waits for its row is content too.
    if (tooLargeToBuild(this.#desk) !== undefined || !behaviour.flushNow()) return false;
    return bringsNothing(presentOf(context), behaviour.room.document.stateVector(), update);
  }

  #planted(from: ForkedFrom): Result<Written, RoomProblem> {
    const { storage } = this.#desk.context;
    const version = currentVersion(storage);
    const isOwn = readCarried(storage).fork?.request === from.request;
    return isOwn ? ok({ version, changed: true }) : err({ tag: "precondition-failed", version });
  }

  #tooMuch(update: Uint8Array, caller: Caller): RoomProblem | undefined {
    const { context, rates } = this.#desk;
    if (update.length > caller.limits.documentBytes) {
      context.refusals.add("documentBytes");
      return { tag: "too-large", limitBytes: caller.limits.documentBytes };
    }
    if (!rates.maySend(caller, update.length, Date.now())) {
      context.refusals.add("syncBytesPerSecond");
      return tooFast("syncBytesPerSecond");
    }
    if (rates.mayBring(caller, update.length, Date.now())) return undefined;
    context.refusals.add("roomBytesPerSecond");
    return tooFast("roomBytesPerSecond");
  }
}

function forkOf({ storage }: Pick<DocumentContext, "storage">): string | null {
  return readCarried(storage).fork?.id ?? null;
}

/** Yjs draws its client ids at random, so two documents have one in common where one was made of the other, or both of a third. */
function sharesClient(stateVector: Uint8Array, known: ClockTable): boolean {
  const own = ClockTable.decode(stateVector);
  return own.ok && [...own.value].some(([client]) => known.get(client) > 0);
}

/** Of structs that `known` lacks. */
function stampsSince(stamps: readonly Stamp[], known: ClockTable): readonly Stamp[] {
  return stamps.filter(({ client, clock, length }) => clock + length > known.get(client));
}
