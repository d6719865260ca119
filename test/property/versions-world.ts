/**
 * Random lives of documents with every kind of shared type, by 3–5 people with stock Yjs, and what they see of them.
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import * as Y from "yjs";
import type { DocumentBytes } from "../../src/core/document/compaction.ts";
import { compactDocument } from "../../src/core/document/compaction.ts";
import type { LogRow } from "../../src/core/ports.ts";
import type { Credit, Credits, Stamp } from "../../src/core/versions/shapes.ts";
import { Random } from "../support/random.ts";
import { editOddly } from "./odd-edits.ts";
import { editRandomly } from "./random-edits.ts";

const NAMES = ["alice", "bob", "carol", "dave", "erin"];
const SERVER = "server";
const OFFLINE_TOGGLES = 16;

export type Person = { readonly name: string; readonly doc: Y.Doc; readonly outbox: Uint8Array[]; isOnline: boolean };

/** A server's log and the replicas of those who edit. Everything depends on the seed. */
export class VersionsWorld {
  readonly random: Random;
  readonly people: readonly Person[];
  readonly rows: LogRow[] = [];
  readonly #server = new Y.Doc();
  #clients = 0;

  /** `start`: what the document holds before anybody edits. */
  constructor(seed: number, start?: Uint8Array) {
    this.random = new Random(seed);
    this.people = NAMES.slice(0, 3 + this.random.below(3)).map((name) => this.#person(name));
    if (start === undefined) return;
    this.submit(SERVER, start);
    this.#settle();
  }

  /** An id nobody has, smaller or larger than those of people: ids decide what comes first. */
  readonly newClientId = (): number => {
    this.#clients += 1;
    return this.random.below(2) === 0 ? this.#clients : 2 ** 31 + this.#clients;
  };

  /** Random edits of random people, some of them offline. */
  edit(count: number): void {
    for (let edit = 0; edit < count; edit += 1) {
      const who = this.random.pick(this.people);
      if (this.random.below(OFFLINE_TOGGLES) === 0) {
        if (who.isOnline) who.isOnline = false;
        else this.comeBack(who);
      } else {
        this.editAs(who);
      }
    }
  }

  editAs(who: Person): void {
    editRandomly(who.doc, this.random);
    if (this.random.below(3) === 0) who.doc.transact(() => editOddly(who.doc, this.random));
    if (who.isOnline) this.#settle();
  }

  comeBack(who: Person): void {
    who.isOnline = true;
    Y.applyUpdate(who.doc, Y.encodeStateAsUpdate(this.#server, Y.encodeStateVector(who.doc)), SERVER);
    this.#settle();
  }

  comeBackAll(): void {
    for (const each of this.people) if (!each.isOnline) this.comeBack(each);
  }

  /** What anybody may do with an update: one row, then everybody online. */
  submit(user: string, update: Uint8Array): void {
    const seq = this.rows.length + 1;
    this.rows.push({ seq, firstSeq: seq, atMs: seq * 1_000, updates: [{ user, update }] });
    this.#server.transact((transaction) => {
      Y.applyUpdate(this.#server, update);
      transaction.changed.clear();
    });
    if (this.#server.store.pendingStructs !== null) throw new Error("an update waits");
    for (const each of this.people) if (each.isOnline && each.name !== user) Y.applyUpdate(each.doc, update, SERVER);
  }

  /** Nobody has anything to say. */
  isQuiet(): boolean {
    return this.people.every(({ outbox }) => outbox.length === 0);
  }

  live(): DocumentBytes {
    return { parts: [], rows: this.rows };
  }

  /** As a version of now is stored. */
  snapshotV2(): Uint8Array {
    return compactDocument(this.live()).snapshotV2;
  }

  /** The same as a document. */
  snapshot(): DocumentBytes {
    return { parts: [Y.convertUpdateFormatV2ToV1(this.snapshotV2())], rows: [] };
  }

  #settle(): void {
    for (let rounds = 0; rounds < 100; rounds += 1) {
      const who = this.people.find(({ isOnline, outbox }) => isOnline && outbox.length > 0);
      const update = who?.outbox.shift();
      if (who === undefined || update === undefined) return;
      this.submit(who.name, update);
    }
    throw new Error("people answer each other for ever");
  }

  #person(name: string): Person {
    const doc = new Y.Doc();
    doc.clientID = 1_000_000 + this.random.below(2 ** 30);
    // Editors know their roots from the start.
    viewOf(doc);
    const outbox: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== SERVER) outbox.push(update);
    });
    return { name, doc, outbox, isOnline: true };
  }
}

/** Content as people with the right types see it, by Yjs' own reading. */
export function viewOf(doc: Y.Doc): unknown {
  return {
    text: see(doc.getText("text")),
    map: see(doc.getMap("map")),
    array: see(doc.getArray("array")),
    xml: see(doc.getXmlFragment("xml")),
    rich: see(doc.get("rich", Y.XmlText)),
  };
}

/** {@link viewOf} a document made of its bytes. */
export function viewOfBytes({ parts, rows }: DocumentBytes): unknown {
  const doc = new Y.Doc();
  doc.transact((transaction) => {
    for (const part of parts) Y.applyUpdate(doc, part);
    for (const row of rows) for (const { update } of row.updates) Y.applyUpdate(doc, update);
    transaction.changed.clear();
  });
  return viewOf(doc);
}

function see(value: unknown): unknown {
  if (value instanceof Y.Text) return { attributes: seeAll(value.getAttributes()), delta: seeDelta(value) };
  if (value instanceof Y.XmlHook) return { hook: value.hookName, entries: seeAll(Object.fromEntries(value.entries())) };
  if (value instanceof Y.XmlElement) {
    return { name: value.nodeName, attributes: seeAll(value.getAttributes()), children: value.toArray().map(see) };
  }
  if (value instanceof Y.XmlFragment || value instanceof Y.Array) return value.toArray().map(see);
  if (value instanceof Y.Map) return { map: seeAll(Object.fromEntries(value.entries())) };
  if (value instanceof Y.Doc) return { guid: value.guid };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  return seeAll(value);
}

/** Yjs leaves apart what a format that changes nothing stands between. */
function seeDelta(text: Y.Text): readonly unknown[] {
  const ops: { insert: unknown; attributes: unknown }[] = [];
  // SAFETY: `toDelta` is typed `any`.
  for (const op of text.toDelta() as readonly { readonly insert: unknown; readonly attributes?: unknown }[]) {
    const last = ops.at(-1);
    const attributes = seeAll(op.attributes ?? {});
    const goesOn =
      typeof op.insert === "string" &&
      typeof last?.insert === "string" &&
      isDeepStrictEqual(last.attributes, attributes);
    if (goesOn && last !== undefined) last.insert = `${String(last.insert)}${String(op.insert)}`;
    else ops.push({ insert: see(op.insert), attributes });
  }
  return ops;
}

function seeAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(see);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, see(each)]));
}

/** Who sent each struct, by the log, and what restorations said since. */
export class TestCredits implements Credits {
  readonly #ranges = new Map<number, (Credit & { readonly clock: number; readonly end: number })[]>();

  constructor(rows: readonly LogRow[], stamps: readonly Stamp[] = []) {
    for (const { client, clock, length, user, atMs } of stamps)
      this.#add(client, { clock, end: clock + length, user, atMs });
    for (const { atMs, updates } of rows) {
      for (const { user, update } of updates) {
        for (const { id, length } of Y.decodeUpdate(update).structs) {
          this.#add(id.client, { clock: id.clock, end: id.clock + length, user, atMs });
        }
      }
    }
  }

  of(client: number, clock: number): Credit {
    const found = this.#ranges.get(client)?.find((range) => range.clock <= clock && clock < range.end);
    return found === undefined ? { user: "", atMs: null } : { user: found.user, atMs: found.atMs };
  }

  #add(client: number, range: Credit & { readonly clock: number; readonly end: number }): void {
    const ranges = this.#ranges.get(client) ?? [];
    this.#ranges.set(client, ranges);
    ranges.push(range);
  }
}
