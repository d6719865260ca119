/**
 * Writes new structs into a hydrated document, each under a fresh client id of whoever wrote the original. Yjs' own types could do
 * it only under one id and for roots whose kind is known; a struct is what it is whatever the kind.
 * @module
 */
import {
  type AbstractType,
  ContentAny,
  ContentFormat,
  ContentJSON,
  ContentString,
  Item,
  type Transaction,
  createID,
  getItemCleanEnd,
  getItemCleanStart,
  getState,
} from "yjs";
import type { SharedType } from "../document/shared-type.ts";
import { type CreditRun, creditRuns } from "./credit-runs.ts";
import type { Credit, Credits, Stamp } from "./shapes.ts";
import type { Format, Run } from "./typed-tree.ts";

type ItemContent = Item["content"];

/** Of a fresh id that is in use; more in a row mean that `newClientId` is broken. */
const MAX_TRIES = 100;

export type StructSource = {
  readonly credits: Credits;
  readonly newClientId: () => number;
  /** Ids that are no longer fresh, besides those of the document. */
  readonly isTaken: (client: number) => boolean;
};

/** Where in a list: between two neighbours. */
export type Gap = { readonly type: SharedType; readonly left: Item | null };

/** Part of a run that is copied. */
export type Original = { readonly run: Run; readonly offset: number; readonly length: number };

export class StructWriter {
  readonly transaction: Transaction;
  readonly #source: StructSource;
  readonly #clients = new Map<string, number>();
  readonly #stamps: Stamp[] = [];

  constructor(transaction: Transaction, source: StructSource) {
    this.transaction = transaction;
    this.#source = source;
  }

  /** Of everything written so far. */
  get stamps(): readonly Stamp[] {
    return this.#stamps;
  }

  /** Behind `left`; returns the last of the copies. Types are copied empty. */
  insert({ type, left }: Gap, { run, offset, length }: Original): Item | null {
    let last = left;
    for (const person of this.#people({ client: run.client, clock: run.clock + offset, length })) {
      const content = copyOf(run.item.content, offset + person.offset, person.length);
      last = this.#place({ type, left: last }, content, person.credits);
    }
    return last;
  }

  /** Behind `left`. The end of a format is stamped as whoever began it. */
  insertFormat({ type, left }: Gap, key: string, value: unknown, { client, clock }: Format): Item {
    const credit = this.#source.credits.of(client, clock);
    // SAFETY: Yjs' type leaves out what JSON has besides objects: null ends a format, true is bold.
    const content = new ContentFormat(key, value as object);
    return this.#place({ type, left }, content, [{ offset: 0, length: 1, credit }]);
  }

  /** The last value of `run`, in the place of what the key held. */
  setKey(type: SharedType, key: string, run: Run): Item {
    const offset = run.length - 1;
    const credit = this.#source.credits.of(run.client, run.clock + offset);
    const content = copyOf(run.item.content, offset, 1);
    const left = type._map.get(key) ?? null;
    const item = this.#make({ left, right: null, type, key, content }, credit.user);
    this.#stamp(item, [{ offset: 0, length: 1, credit }]);
    return item;
  }

  /** Units `clock … clock + length - 1` of `client`, which are live. */
  delete(client: number, clock: number, length: number): void {
    for (let at = clock; at < clock + length;) {
      const item = getItemCleanStart(this.transaction, createID(client, at));
      if (at + item.length > clock + length) this.endOf(client, clock + length - 1);
      at += item.length;
      item.delete(this.transaction);
    }
  }

  /** The item that begins with this unit, cut off if it has to be. */
  startOf(client: number, clock: number): Item {
    return getItemCleanStart(this.transaction, createID(client, clock));
  }

  /** The item that ends with this unit, cut off if it has to be. */
  endOf(client: number, clock: number): Item {
    return getItemCleanEnd(this.transaction, this.transaction.doc.store, createID(client, clock));
  }

  /** Pieces of one person each, with the times of what is in them. */
  *#people(range: { readonly client: number; readonly clock: number; readonly length: number }): Generator<Person> {
    let open: CreditRun[] = [];
    for (const run of creditRuns(this.#source.credits, range)) {
      if (open[0] !== undefined && open[0].credit.user !== run.credit.user) {
        yield personOf(open);
        open = [];
      }
      open.push(run);
    }
    if (open.length > 0) yield personOf(open);
  }

  #place({ type, left }: Gap, content: ItemContent, credits: readonly CreditRun[]): Item {
    const right = left === null ? type._start : left.right;
    const item = this.#make({ type, left, right, key: null, content }, credits[0]?.credit.user ?? "");
    this.#stamp(item, credits);
    return item;
  }

  #make({ type, left, right, key, content }: Place, user: string): Item {
    const { store } = this.transaction.doc;
    const client = this.#clientOf(user);
    const id = createID(client, getState(store, client));
    const rightId = right === null ? null : right.id;
    // SAFETY: shared types are all AbstractType; SharedType names what of it may be read.
    const parent = type as AbstractType<unknown>;
    const item = new Item(id, left, left === null ? null : left.lastId, right, rightId, parent, key, content);
    item.integrate(this.transaction, 0);
    return item;
  }

  #clientOf(user: string): number {
    const known = this.#clients.get(user);
    if (known !== undefined) return known;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const client = this.#source.newClientId();
      const isKnown = this.transaction.doc.store.clients.has(client) || [...this.#clients.values()].includes(client);
      if (isKnown || this.#source.isTaken(client)) continue;
      this.#clients.set(user, client);
      return client;
    }
    throw new Error("no fresh client id");
  }

  #stamp({ id: { client, clock } }: Item, credits: readonly CreditRun[]): void {
    for (const { offset, length, credit } of credits) this.#addStamp(client, clock + offset, length, credit);
  }

  #addStamp(client: number, clock: number, length: number, { user, atMs }: Credit): void {
    const last = this.#stamps.at(-1);
    const goesOn =
      last !== undefined && last.client === client && last.clock + last.length === clock && last.atMs === (atMs ?? 0);
    if (goesOn) this.#stamps[this.#stamps.length - 1] = { ...last, length: last.length + length };
    else this.#stamps.push({ client, clock, length, user, atMs: atMs ?? 0 });
  }
}

type Person = { readonly offset: number; readonly length: number; readonly credits: readonly CreditRun[] };

function personOf(runs: readonly CreditRun[]): Person {
  const offset = runs[0]?.offset ?? 0;
  const credits = runs.map((run) => ({ ...run, offset: run.offset - offset }));
  return { offset, length: credits.reduce((sum, { length }) => sum + length, 0), credits };
}

type Place = {
  readonly type: SharedType;
  readonly left: Item | null;
  readonly right: Item | null;
  readonly key: string | null;
  readonly content: ItemContent;
};

function copyOf(content: ItemContent, offset: number, length: number): ItemContent {
  if (content instanceof ContentString) return new ContentString(content.str.slice(offset, offset + length));
  if (content instanceof ContentAny) return new ContentAny(content.arr.slice(offset, offset + length));
  if (content instanceof ContentJSON) return new ContentJSON(content.arr.slice(offset, offset + length));
  return content.copy();
}
