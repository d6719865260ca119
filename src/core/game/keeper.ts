/**
 * Writes what changed, in one transaction. Rules GM50, GM22 and GM56 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { GameParts } from "./parts.ts";
import type { Listing, Plain } from "./ports.ts";
import { MAX_DATA_CHARS } from "./seated.ts";

/** What a room's state is stored as. */
export type SavedState = {
  readonly state: Plain;
  readonly inputs: readonly (readonly [string, number])[];
  /** As {@link Shapes} has it; undefined for what was written before there were any. */
  readonly shape: number | undefined;
  readonly outdated: readonly SessionId[];
};

export class Keeper {
  readonly #parts: GameParts;
  /** JSON of what the lobby was told last. */
  #reported = "";
  /** What that was made of, so that it need not be made at each flush. */
  #listing: Listing | undefined;

  constructor(parts: GameParts) {
    this.#parts = parts;
  }

  /** All is as it was stored, so the lobby was told of it. */
  noteStored(): void {
    this.#reported = JSON.stringify(listingOf(this.#parts));
  }

  /** Something is known to differ from what is stored. */
  get isDirty(): boolean {
    const { seats, timers, facts, moment } = this.#parts;
    return moment.isUnsaved || seats.isDirty || timers.isDirty || facts.isDirty;
  }

  /** True when something was written. Throws when storage does, and nothing is written then. */
  write(): boolean {
    const { seats, timers, facts, moment, options } = this.#parts;
    const { store } = options;
    this.#noteData();
    const listing = listingOf(this.#parts);
    if (!this.isDirty && isSame(listing, this.#listing)) return false;
    const text = JSON.stringify(listing);
    if (!this.isDirty && text === this.#reported) {
      this.#listing = listing;
      return false;
    }
    const saved = moment.isUnsaved ? this.#save() : undefined;
    store.transaction(() => {
      if (facts.isDirty) store.writeMeta(facts.meta);
      if (saved !== undefined) store.writeState(saved);
      seats.write(store);
      timers.write(store);
      if (text !== this.#reported) store.report(listing);
    });
    this.#reported = text;
    this.#listing = listing;
    seats.settle();
    timers.settle();
    facts.settle();
    moment.isUnsaved = false;
    return true;
  }

  /** Nothing stays but that it was. */
  writeEnd(): void {
    const { facts, moment, options } = this.#parts;
    const { store } = options;
    store.transaction(() => {
      store.clear();
      store.writeMeta({ ...facts.meta, metadata: null, banned: [], disposedMs: moment.nowMs });
      store.report(null);
    });
  }

  #save(): Plain {
    const { codec, inputs, shapes } = this.#parts;
    return { state: codec.save(), inputs: inputs.saved(), shape: shapes.current, outdated: shapes.outdated() };
  }

  #noteData(): void {
    const { seats, contain } = this.#parts;
    if (!contain.hasRun) return;
    for (const seated of seats.noteData()) {
      contain.count("data", new RangeError(`data of a player is plain and has at most ${MAX_DATA_CHARS} characters`));
      // SAFETY: it was plain when it was stored.
      seated.data = JSON.parse(seated.savedData) as Plain;
    }
    contain.hasRun = false;
  }
}

export function listingOf({ seats, logic, facts }: GameParts): Listing {
  const { isLocked, isPrivate, metadata, createdMs } = facts.meta;
  return { clients: seats.count(false), maxClients: logic.maxClients, isLocked, isPrivate, metadata, createdMs };
}

/** Metadata that was set anew is not the same. */
function isSame(one: Listing, other: Listing | undefined): boolean {
  return (
    one.clients === other?.clients &&
    one.maxClients === other.maxClients &&
    one.isLocked === other.isLocked &&
    one.isPrivate === other.isPrivate &&
    one.metadata === other.metadata &&
    one.createdMs === other.createdMs
  );
}

/** Of what {@link Keeper} wrote. */
export function readSaved(saved: Plain | undefined): SavedState | undefined {
  if (typeof saved !== "object" || saved === null || !("state" in saved) || !("inputs" in saved)) return undefined;
  const { state, inputs } = saved;
  if (!Array.isArray(inputs)) return undefined;
  const shape = "shape" in saved && typeof saved.shape === "number" ? saved.shape : undefined;
  const outdated = "outdated" in saved && Array.isArray(saved.outdated) ? saved.outdated.flatMap(readSession) : [];
  return { state, inputs: inputs.flatMap(readInput), shape, outdated };
}

function readSession(session: Plain): readonly SessionId[] {
  // SAFETY: it was one when it was written.
  return typeof session === "string" ? [session as SessionId] : [];
}

function readInput(pair: Plain): readonly (readonly [SessionId, number])[] {
  if (!Array.isArray(pair)) return [];
  const [session, number] = pair;
  // SAFETY: it was one when it was written.
  return typeof session === "string" && typeof number === "number" ? [[session as SessionId, number]] : [];
}
