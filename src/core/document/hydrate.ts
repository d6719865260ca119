/**
 * The one place of the Worker that builds a Y.Doc, and counts what it builds: a keystroke, a wake and a join build none (P3).
 * @module
 */
import { Doc, applyUpdate, encodeStateAsUpdate } from "yjs";
import type { LogRow, StampedUpdate } from "../ports.ts";
import { type Steps, finish } from "../steps.ts";
import { partsOf } from "./split-parts.ts";

/** A stored update that Yjs cannot apply. */
export type Quarantined = { readonly seq: number; readonly update: StampedUpdate; readonly reason: string };

export type Hydrated = { readonly doc: Doc; readonly quarantined: readonly Quarantined[] };

type Entry = { readonly seq: number; readonly update: StampedUpdate };

const MAX_REASON_CHARS = 200;
/** Applied in one step, about 5 ms. */
const MAX_STEP_BYTES = 128 * 1024;
/** Tries for updates that wait; each is one apply of all that still do. */
const MAX_ROUNDS = 8;

let built = 0;

/** How many documents this isolate has built. */
export function docsBuilt(): number {
  return built;
}

/**
 * The document of parts and rows, garbage-collected. Destroy it when done. An update that throws is left out and reported, one
 * that waits for structs nobody sent is reported too; what of it could be applied stays, as it does in every client.
 * @throws Error when a part itself does not apply: broken storage is not an emptier document (P10).
 */
export function hydrate(parts: Iterable<Uint8Array>, rows: Iterable<LogRow>): Hydrated {
  const stored = [...parts];
  return finish(hydrateInSteps(() => stored, rows));
}

/** {@link hydrate}, a piece of a part at a time. Parts are read again when one of the updates throws, and never held all at once before. */
export function* hydrateInSteps(parts: () => Iterable<Uint8Array>, rows: Iterable<LogRow>): Steps<Hydrated> {
  const entries: Entry[] = [];
  for (const row of rows) for (const update of row.updates) entries.push({ seq: row.seq, update });
  const doc = build();
  if (yield* applyInSteps(doc, parts(), entries)) return { doc, quarantined: [] };
  doc.destroy();
  yield;
  return salvage([...parts()], entries);
}

function build(): Doc {
  built += 1;
  return new Doc({ gc: true });
}

/** False when something threw or waits for what is not there. */
function* applyInSteps(doc: Doc, parts: Iterable<Uint8Array>, entries: readonly Entry[]): Steps<boolean> {
  try {
    for (const part of parts) {
      for (const piece of partsOf(part, MAX_STEP_BYTES)) {
        applyQuietly(doc, [piece]);
        yield;
      }
    }
    for (const updates of groupsOf(entries)) {
      applyQuietly(doc, updates);
      yield;
    }
    return !isWaiting(doc);
  } catch {
    return false;
  }
}

/** The updates in order, in groups of at most MAX_STEP_BYTES or one. */
function* groupsOf(entries: readonly Entry[]): Generator<readonly Uint8Array[]> {
  let group: Uint8Array[] = [];
  let bytes = 0;
  for (const { update } of entries) {
    if (group.length > 0 && bytes + update.update.length > MAX_STEP_BYTES) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(update.update);
    bytes += update.update.length;
  }
  if (group.length > 0) yield group;
}

/**
 * In one transaction that tells nobody what changed. Nobody listens, the events of types inside each other would take memory by the
 * square of their depth, and Yjs would go on to delete formats it finds redundant: edits nobody made.
 */
function applyQuietly(doc: Doc, updates: Iterable<Uint8Array>): void {
  doc.transact((transaction) => {
    for (const update of updates) applyUpdate(doc, update);
    transaction.changed.clear();
  });
}

function isWaiting(doc: Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
}

function salvage(parts: readonly Uint8Array[], entries: readonly Entry[]): Hydrated {
  const careful = new CarefulHydration(parts);
  let waiting = entries.filter((entry) => careful.apply(entry) === "waits");
  // A later row may have brought what an earlier one lacked.
  for (let round = 0; round < MAX_ROUNDS && waiting.length > 0; round += 1) {
    const left = waiting.filter((entry) => careful.apply(entry) === "waits");
    if (left.length === waiting.length) break;
    waiting = left;
  }
  const late = waiting.map((entry) => ({ ...entry, reason: "depends on an update that never arrived" }));
  return { doc: careful.doc, quarantined: [...careful.thrown, ...late].sort((a, b) => a.seq - b.seq) };
}

/** One transaction for each update, so that what a transaction throws at its end has a cause too. */
class CarefulHydration {
  readonly thrown: Quarantined[] = [];
  doc: Doc;
  #base: readonly Uint8Array[];
  /** On top of `#base`. */
  #applied: Entry[] = [];

  constructor(parts: readonly Uint8Array[]) {
    this.#base = parts;
    this.doc = loadParts(parts);
  }

  apply(entry: Entry): "applied" | "waits" | "thrown" {
    const thrown = tryApply(this.doc, entry.update.update);
    if (thrown !== undefined) {
      this.thrown.push({ ...entry, reason: thrown });
      this.#rebuild();
      return "thrown";
    }
    this.#applied.push(entry);
    return forgetWaiting(this.doc) ? "waits" : "applied";
  }

  /** Yjs stopped halfway, so the document is lost. The new one becomes one update, or many failures would cost n² applies. */
  #rebuild(): void {
    let failed: Entry | undefined;
    do {
      this.doc.destroy();
      this.doc = loadParts(this.#base);
      failed = this.#applied.find((entry) => {
        const thrown = tryApply(this.doc, entry.update.update);
        if (thrown !== undefined) this.thrown.push({ ...entry, reason: thrown });
        forgetWaiting(this.doc);
        return thrown !== undefined;
      });
      this.#applied = this.#applied.filter((entry) => entry !== failed);
    } while (failed !== undefined);
    this.#base = [encodeStateAsUpdate(this.doc)];
    this.#applied = [];
  }
}

function loadParts(parts: readonly Uint8Array[]): Doc {
  const doc = build();
  for (const [index, part] of parts.entries()) {
    const thrown = tryApply(doc, part) ?? (isWaiting(doc) ? "depends on a later one" : undefined);
    if (thrown !== undefined) throw new Error(`stored part ${index} does not apply: ${thrown}`);
  }
  return doc;
}

function tryApply(doc: Doc, update: Uint8Array): string | undefined {
  try {
    applyQuietly(doc, [update]);
    return undefined;
  } catch (thrown) {
    const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "unknown failure";
    return reason.slice(0, MAX_REASON_CHARS);
  }
}

/** Takes what waits out of the document, so that the next update is judged alone. Returns whether anything waited. */
function forgetWaiting(doc: Doc): boolean {
  const waits = isWaiting(doc);
  doc.store.pendingStructs = null;
  doc.store.pendingDs = null;
  return waits;
}
