/**
 * A document's versions: made, read, compared, restored. Rules RV1–RV20 of SPEC.md.
 * @module
 */
import { type Restoration, restoreContent } from "../core/versions/restore.ts";
import type { DocumentBytes } from "../core/document/compaction.ts";
import { ClockTable } from "../core/document/clock-table.ts";
import { diffDocuments } from "../core/versions/diff.ts";
import type { DocumentDiff } from "../core/versions/shapes.ts";
import { DEFAULT_LIMITS } from "../protocol/room-limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { Version } from "../protocol/version.ts";
import { tooFast } from "./caller-rates.ts";
import { currentVersion } from "./document-context.ts";
import type { DocumentAttribution } from "./document-attribution.ts";
import type { DocumentDesk } from "./document-desk.ts";
import { enterUpdate } from "./enter-update.ts";
import { errorText } from "./log.ts";
import type { Caller, DocumentContent, Reader, RoomProblem } from "./room-api.ts";
import type { KeptVersion, Restored, VersionFormat, VersionOrder, VersionRef, Written } from "./room-api-history.ts";
import { bytesOf, creditsOf, formatVersion, presentOf, readStored, tooLargeToBuild } from "./stored-versions.ts";
import { VersionMaker } from "./version-maker.ts";

export class DocumentVersions {
  readonly #desk: DocumentDesk;
  readonly #maker: VersionMaker;
  readonly #attribution: Pick<DocumentAttribution, "credits">;

  constructor(desk: DocumentDesk, attribution: Pick<DocumentAttribution, "credits">) {
    this.#desk = desk;
    this.#attribution = attribution;
    this.#maker = new VersionMaker(desk);
  }

  async create(order: VersionOrder, caller: Caller): Promise<Result<KeptVersion, RoomProblem>> {
    const allowed = await this.#mayWrite(caller);
    return allowed.ok ? await this.#maker.make({ ...order, user: caller.user }, caller) : allowed;
  }

  async read(version: Version, format: VersionFormat, reader: Reader): Promise<Result<DocumentContent, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    if (!found.ok) return found;
    const { context, rates } = this.#desk;
    if (!rates.mayRead(reader, Date.now())) return err(tooFast("answers"));
    const stored = await readStored(context, version);
    if (!stored.ok) return stored;
    const body = format === "snapshot" ? ok(stored.value) : formatVersion(stored.value, format);
    if (!body.ok) return body;
    rates.noteAnswered(reader, Math.max(stored.value.length, body.value.length), Date.now());
    return ok({ version, body: body.value });
  }

  async diff(from: VersionRef, to: VersionRef, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    if (!found.ok) return found;
    const { context, rates } = this.#desk;
    if (!rates.mayRead(reader, Date.now())) return err(tooFast("answers"));
    const isLive = from === "current" || to === "current";
    const tooLarge = isLive ? tooLargeToBuild(this.#desk) : undefined;
    if (tooLarge !== undefined) return err(tooLarge);
    const known = await this.#attribution.credits();
    if (!known.ok) return known;
    // The present last: it must not change between its reading and the comparison.
    const [older, newer] = from === "current" ? [to, from] : [from, to];
    const one = await bytesOf(context, older);
    if (!one.ok) return one;
    const other = older === newer ? one : await bytesOf(context, newer);
    if (!other.ok) return other;
    rates.noteAnswered(reader, sizeOf(one.value) + sizeOf(other.value), Date.now());
    const [before, after] = from === "current" ? [other.value, one.value] : [one.value, other.value];
    return ok(diffDocuments(before, after, creditsOf(context)));
  }

  /**
   * A forward edit. What is there is kept as a version before, where anything changes; where people typed while that went into R2,
   * what was there at the very moment is kept too, once everybody has the restored content.
   */
  async restore(version: Version, caller: Caller): Promise<Result<Restored, RoomProblem>> {
    const allowed = await this.#mayWrite(caller);
    if (!allowed.ok) return allowed;
    const { context, behaviour, rates } = this.#desk;
    const tooLarge = tooLargeToBuild(this.#desk);
    if (tooLarge !== undefined) return err(tooLarge);
    if (!rates.mayRead(caller, Date.now())) return err(tooFast("answers"));
    rates.noteAnswered(caller, behaviour.room.document.bytes(), Date.now());
    const target = await bytesOf(context, version);
    if (!target.ok) return target;
    // What is restored keeps its authors for good: after a loss of the file they are read back first.
    const known = await this.#attribution.credits();
    if (!known.ok) return known;
    if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
    const plan = this.#plan(target.value);
    if (!plan.ok) return plan;
    if (plan.value.update === undefined) {
      return ok({ version: currentVersion(context.storage), changed: false, before: version, kept: [] });
    }
    const order = { kind: "restored", name: "", user: caller.user } as const;
    const kept = await this.#maker.make(order, caller);
    if (!kept.ok) return kept;
    // No await from here to the row. Asked again: it may have been locked or erased while the version was kept.
    const stillAllowed = this.#mayStillWrite(caller);
    if (!stillAllowed.ok) return stillAllowed;
    if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
    const held = this.#maker.hold();
    const planned = this.#isOfNow(plan.value) ? plan : this.#plan(target.value);
    const written = planned.ok ? this.#enter(planned.value, caller) : planned;
    if (!written.ok) return written;
    const first = kept.value;
    if (!written.value.changed || held.version === first.version) {
      return ok({ ...written.value, before: first.version, kept: [first] });
    }
    const last = await this.#maker.keep(held, order);
    const before = last.ok ? last.value : first;
    return ok({ ...written.value, before: before.version, kept: last.ok ? [first, before] : [first] });
  }

  /** What it takes to give the present the content of `target`. */
  #plan(target: DocumentBytes): Result<Plan, RoomProblem> {
    const { context, behaviour } = this.#desk;
    const clocks = ClockTable.decode(behaviour.room.document.stateVector());
    if (!clocks.ok) return err({ tag: "unavailable", reason: clocks.error.reason });
    const taken = new Set<number>();
    const newClientId = (): number => freshId(clocks.value, taken);
    const [version, forgotten] = [currentVersion(context.storage), context.storage.forgotten.count];
    try {
      return ok({ ...restoreContent(presentOf(context), target, creditsOf(context), newClientId), version, forgotten });
    } catch (error) {
      return err({ tag: "unavailable", reason: `the version cannot be restored: ${errorText(error)}` });
    }
  }

  /** Nobody wrote since, and nobody whose name it may bear was erased. */
  #isOfNow({ version, forgotten }: Plan): boolean {
    const { storage } = this.#desk.context;
    return version === currentVersion(storage) && forgotten === storage.forgotten.count;
  }

  #enter({ update, stamps }: Restoration, { user }: Caller): Result<Written, RoomProblem> {
    const { context } = this.#desk;
    if (update === undefined) return ok({ version: currentVersion(context.storage), changed: false });
    // The limits of a body are not those of a restore: it brings nothing from outside.
    return enterUpdate(this.#desk, { update, stamps, user, maxBytes: DEFAULT_LIMITS.documentBytes });
  }

  /** Creates nothing. */
  async #mayWrite(caller: Caller): Promise<Result<void, RoomProblem>> {
    const found = await this.#desk.findFor(caller);
    return found.ok ? this.#mayStillWrite(caller) : found;
  }

  #mayStillWrite({ isAdmin }: Caller): Result<void, RoomProblem> {
    const { context, behaviour } = this.#desk;
    if (context.storage.meta.read()?.deletedMs !== null) return err({ tag: "deleted" });
    return behaviour.room.rights.lock === "open" || isAdmin ? ok(undefined) : err({ tag: "locked" });
  }
}

/** `forgotten`: how many users had been erased by then. */
type Plan = Restoration & { readonly version: Version; readonly forgotten: number };

function sizeOf({ parts, rows }: DocumentBytes): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  for (const row of rows) for (const { update } of row.updates) bytes += update.length;
  return bytes;
}

/** Yjs ids are 32 bits; one that was ever used here would clash with what it wrote. */
function freshId(known: ClockTable, taken: Set<number>): number {
  for (;;) {
    const [id = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (known.get(id) > 0 || taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}
