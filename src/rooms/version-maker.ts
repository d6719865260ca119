/**
 * Makes a version of what is there now, at once.
 * @module
 */
import { type Compacted, compactInSteps } from "../core/document/compaction.ts";
import type { LogRow } from "../core/ports.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { Version } from "../protocol/version.ts";
import { tooFast } from "./caller-rates.ts";
import { type LastVersion, carryText, readCarried } from "./carried.ts";
import { currentVersion, isErased } from "./document-context.ts";
import type { DocumentDesk } from "./document-desk.ts";
import { inSteps } from "./in-steps.ts";
import { errorText } from "./log.ts";
import type { Reader, RoomProblem } from "./room-api.ts";
import type { KeptVersion } from "./room-api-history.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";
import { presentOf, tooLargeToBuild } from "./stored-versions.ts";
import { MAX_WAITING_VERSIONS, type OrderedVersion, VersionKeeper, orderedAs } from "./version-keeper.ts";

const EMPTY: RoomProblem = { tag: "bad-edit", reason: "The document is empty: there is nothing to keep." };

/** What a version is made of. What is written later is none of it. */
export type Held = {
  readonly seq: number;
  readonly version: Version;
  readonly parts: readonly Uint8Array[];
  readonly rows: readonly LogRow[];
};

export class VersionMaker {
  readonly #desk: DocumentDesk;
  readonly #keeper: VersionKeeper;
  readonly #writer: SnapshotWriter;

  constructor(desk: DocumentDesk) {
    const { context, behaviour } = desk;
    this.#desk = desk;
    this.#keeper = new VersionKeeper(context);
    this.#writer = new SnapshotWriter(context, {
      eraseAgain: () => {
        context.storage.tasks.ensureBy("erase", Date.now());
        behaviour.arm();
        return false;
      },
    });
  }

  /** A version of everything that was accepted, under its snapshot. The same content again is the same version. */
  async make(order: OrderedVersion, reader: Reader): Promise<Result<KeptVersion, RoomProblem>> {
    const { context, behaviour, rates } = this.#desk;
    const { storage } = context;
    const forgotten = storage.forgotten.count;
    if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
    if (storage.log.lastSeq() === 0) return err(EMPTY);
    if (storage.outbox.stats().rows >= MAX_WAITING_VERSIONS) {
      return err({ tag: "unavailable", reason: "too many versions wait to be listed" });
    }
    const again = await this.#makeAgain(order, forgotten);
    if (again !== undefined) return again;
    const tooLarge = tooLargeToBuild(this.#desk);
    if (tooLarge !== undefined) return err(tooLarge);
    if (!rates.mayRead(reader, Date.now())) return err(tooFast("answers"));
    rates.noteAnswered(reader, behaviour.room.document.bytes(), Date.now());
    return await this.keep(this.hold(), this.#asked(order, forgotten));
  }

  /** The present. */
  hold(): Held {
    const { storage } = this.#desk.context;
    const { parts, rows } = presentOf({ storage });
    return { seq: storage.log.lastSeq(), version: currentVersion(storage), parts: [...parts], rows: [...rows] };
  }

  /** A version of what was the present when it was held, whatever came since. */
  async keep(held: Held, order: OrderedVersion): Promise<Result<KeptVersion, RoomProblem>> {
    const { context, behaviour } = this.#desk;
    try {
      const kept = await this.#build(held, order);
      behaviour.arm();
      if (kept !== undefined) return ok(kept);
      const isGone = isErased(context.storage);
      return err(isGone ? { tag: "deleted" } : { tag: "unavailable", reason: "no version was kept" });
    } catch (error) {
      return err({ tag: "unavailable", reason: errorText(error) });
    }
  }

  /** Undefined where the newest version is of other content, or its bytes are gone. */
  async #makeAgain(order: OrderedVersion, forgotten: number): Promise<Result<KeptVersion, RoomProblem> | undefined> {
    const { context, behaviour } = this.#desk;
    const { storage, versions, address } = context;
    const version = currentVersion(storage);
    if (readCarried(storage).lastVersion?.version !== version) return undefined;
    const has = await versions.has(address, version);
    if (!has.ok) return err({ tag: "unavailable", reason: has.error.reason });
    if (isErased(storage)) return err({ tag: "deleted" });
    const { lastVersion } = readCarried(storage);
    if (!has.value || lastVersion?.version !== version) return undefined;
    const asked = { ...orderedAs(lastVersion, this.#asked(order, forgotten)), namedMs: Date.now() };
    if (isSame(asked, lastVersion)) return ok(asked);
    const { kept } = storage.transaction(() => {
      const noted = this.#keeper.note(asked);
      storage.meta.write({ summary: carryText(storage, noted.carried) });
      return noted;
    });
    behaviour.arm();
    // For whoever rebuilds D1 alone: it fails without harm.
    await versions.relabel(address, version, kept);
    return ok(kept);
  }

  async #build({ seq, parts, rows }: Held, order: OrderedVersion): Promise<KeptVersion | undefined> {
    const { storage } = this.#desk.context;
    const forgotten = storage.forgotten.count;
    // Others type meanwhile: their rows are of a later version.
    const built: Compacted = await inSteps(compactInSteps({ parts: () => parts, rows }));
    if (isErased(storage)) return undefined;
    const { snapshotV2, stateVector } = built;
    const asked = this.#asked(order, forgotten);
    return await this.#writer.put({ seq, bytes: snapshotV2, stateVector, hydrated: built }, asked);
  }

  /** By nobody where they were erased since they asked. */
  #asked(order: OrderedVersion, forgotten: number): OrderedVersion {
    const gone = this.#desk.context.storage.forgotten.since(forgotten);
    return gone.has(order.user) ? { ...order, user: "" } : order;
  }
}

function isSame(one: LastVersion, other: LastVersion): boolean {
  return one.kind === other.kind && one.name === other.name && one.user === other.user;
}
