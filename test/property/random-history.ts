/**
 * Random editing histories of several people, as a server sees them: updates in causal order, some merged offline.
 * @module
 */
import * as Y from "yjs";
import type { LogRow } from "../../src/core/ports.ts";

/** Mulberry32: the same numbers for the same seed, 0 ≤ n < 1. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type HistoryStep = {
  readonly user: string;
  readonly update: Uint8Array;
  /** Whole documents of the people right after this step, offline edits included. */
  readonly replicas: readonly Uint8Array[];
};

export type History = {
  readonly steps: readonly HistoryStep[];
  /** Knows all steps, and nothing else: editors delete formats they find redundant, and say so when they next sync. */
  readonly server: Y.Doc;
};

const WORDS = ["lorem ", "ipsum", "文档", " x", "né", "\n", "0123456789"];
const OFFLINE_TOGGLE_SHARE = 0.06;

type Dice = {
  readonly share: () => number;
  readonly below: (limit: number) => number;
  readonly word: () => string;
  readonly isPlain: boolean;
};

function diceOf(random: () => number, isPlain: boolean): Dice {
  const below = (limit: number): number => Math.floor(random() * limit);
  return { share: random, below, word: () => WORDS[below(WORDS.length)] ?? "", isPlain };
}

type Person = { readonly name: string; readonly doc: Y.Doc; isOnline: boolean };

function person(index: number, clientId: number): Person {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  return { name: ["alice", "bob", "carol", "dave"][index] ?? "eve", doc, isOnline: true };
}

export type HistoryOptions = {
  /** Nobody formats text. */
  readonly isPlain?: boolean;
};

/** Edits by 2–4 people, each on a document of their own, with times offline. Everything depends on the seed. */
export function randomHistory(seed: number, edits: number, options: HistoryOptions = {}): History {
  const dice = diceOf(randomFrom(seed), options.isPlain ?? false);
  const server = new Y.Doc();
  const people = Array.from({ length: 2 + dice.below(3) }, (_, index) => person(index, dice.below(2 ** 31)));
  const steps: HistoryStep[] = [];
  const submit = (user: string, update: Uint8Array): void => {
    applyQuietly(server, update);
    for (const each of people) if (each.isOnline) Y.applyUpdate(each.doc, update);
    steps.push({ user, update, replicas: people.map(({ doc }) => Y.encodeStateAsUpdate(doc)) });
  };
  for (let edit = 0; edit < edits; edit += 1) {
    const who = people[dice.below(people.length)];
    if (who === undefined) continue;
    if (dice.share() < OFFLINE_TOGGLE_SHARE) {
      who.isOnline = !who.isOnline;
      if (who.isOnline) comeBack(who, server, submit);
      continue;
    }
    for (const update of collectUpdates(who.doc, () => randomEdit(who.doc, dice)))
      if (who.isOnline) submit(who.name, update);
  }
  return { steps, server };
}

function comeBack(who: Person, server: Y.Doc, submit: (user: string, update: Uint8Array) => void): void {
  const missed = Y.encodeStateAsUpdate(server, Y.encodeStateVector(who.doc));
  const own = Y.encodeStateAsUpdate(who.doc, Y.encodeStateVector(server));
  Y.applyUpdate(who.doc, missed);
  submit(who.name, own);
}

/** The updates that `edit` makes, one transaction. */
export function collectUpdates(doc: Y.Doc, edit: () => void): Uint8Array[] {
  const made: Uint8Array[] = [];
  const collect = (update: Uint8Array): number => made.push(update);
  doc.on("update", collect);
  doc.transact(edit);
  doc.off("update", collect);
  return made;
}

function randomEdit(doc: Y.Doc, dice: Dice): void {
  const root = dice.below(8);
  if (root < 3) editText(doc.getText("text"), dice);
  else if (root === 3) editMap(doc.getMap("map"), dice);
  else if (root === 4) editArray(doc.getArray("array"), dice);
  else editXml(doc.getXmlFragment("xml"), dice);
}

function editText(text: Y.Text, { below, word, isPlain }: Dice): void {
  const at = below(text.length + 1);
  const kind = below(10);
  const mustInsert = text.length === 0 || (isPlain && (kind === 7 || kind === 8));
  if (kind < 5 || mustInsert) text.insert(at, word());
  else if (kind < 7) text.delete(at, Math.min(1 + below(6), text.length - at));
  else if (kind === 7 && at < text.length) text.format(at, 1 + below(text.length - at), { bold: true });
  else if (kind === 8 && at < text.length) text.format(at, 1 + below(text.length - at), { href: word() });
  else text.insertEmbed(at, { image: word() });
}

function editMap(map: Y.Map<unknown>, dice: Dice): void {
  const { below, word } = dice;
  const key = `k${below(5)}`;
  const value = map.get(key);
  const kind = below(8);
  if (value instanceof Y.Text && kind < 5) editText(value, dice);
  else if (value instanceof Y.Map && kind < 5) editMap(value, dice);
  else if (kind === 0) map.delete(key);
  else if (kind === 1) map.set(key, new Y.Text(word()));
  else if (kind === 2) map.set(key, new Y.Map([[word(), { deep: [word(), 1.5, null, true, 2n ** 40n] }]]));
  else if (kind === 3) map.set(key, new Uint8Array([1, 2, below(256)]));
  else if (kind === 4) map.set(key, new Y.Doc({ guid: `sub-${word()}` }));
  else map.set(key, { a: word(), "😀": below(1000) });
}

function editArray(array: Y.Array<unknown>, dice: Dice): void {
  const { below, word } = dice;
  const at = below(array.length + 1);
  const value = at < array.length ? array.get(at) : undefined;
  const kind = below(8);
  if (value instanceof Y.Array && kind < 4) editArray(value, dice);
  else if (value instanceof Y.Text && kind < 4) editText(value, dice);
  else if (kind < 3 && array.length > 0) array.delete(Math.min(at, array.length - 1), 1);
  else if (kind === 3) array.insert(at, [new Y.Array()]);
  else if (kind === 4) array.insert(at, [new Y.Text(word())]);
  else array.insert(at, [word(), below(99), { x: word() }].slice(0, 1 + below(3)));
}

function editXml(xml: Y.XmlFragment, dice: Dice): void {
  const { below, word } = dice;
  const at = below(xml.length + 1);
  const child = at < xml.length ? xml.get(at) : undefined;
  const kind = below(10);
  if (child instanceof Y.XmlText && kind < 8) editText(child, dice);
  else if (child instanceof Y.XmlElement && kind < 6) editXml(child, dice);
  else if (child instanceof Y.XmlElement && kind === 6) child.setAttribute(`a${below(3)}`, word());
  else if (kind === 7 && xml.length > 0) xml.delete(Math.min(at, xml.length - 1), 1);
  else if (kind === 8 && xml instanceof Y.XmlElement) xml.insert(at, [new Y.XmlText(word())]);
  else xml.insert(at, [new Y.XmlElement(["paragraph", "heading", "listItem"][below(3)] ?? "p")]);
}

/** Rows of 1–5 steps each, from seq 1 on. */
export function rowsOf(steps: readonly Pick<HistoryStep, "user" | "update">[], random: () => number): LogRow[] {
  const rows: LogRow[] = [];
  for (let at = 0; at < steps.length;) {
    const next = at + 1 + Math.floor(random() * 5);
    const seq = rows.length + 1;
    const updates = steps.slice(at, next).map(({ user, update }) => ({ user, update }));
    rows.push({ seq, firstSeq: seq, atMs: seq * 1000, updates });
    at = next;
  }
  return rows;
}

/** A document's content as Yjs itself shows it, and its clocks. */
export function contentOf(doc: Y.Doc): unknown {
  return {
    clocks: new Map([...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b)),
    text: plain(doc.getText("text").toDelta()),
    map: plain(doc.getMap("map").toJSON()),
    array: plain(doc.getArray("array").toJSON()),
    xml: doc.getXmlFragment("xml").toJSON(),
  };
}

function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "bigint") return String(each);
    return each instanceof Y.Doc ? each.guid : each;
  });
  return JSON.parse(text);
}

/**
 * `base` and then these updates, one by one, in a document of its own; throws when one of them has to wait. It adds nothing of its
 * own: Yjs would delete formats it finds redundant after each of them.
 */
export function docOf(updates: Iterable<Uint8Array>, base?: Uint8Array): Y.Doc {
  const doc = new Y.Doc();
  if (base !== undefined) applyQuietly(doc, base);
  for (const update of updates) applyQuietly(doc, update);
  return doc;
}

function applyQuietly(doc: Y.Doc, update: Uint8Array): void {
  doc.transact((transaction) => {
    Y.applyUpdate(doc, update);
    transaction.changed.clear();
  });
  failIfWaiting(doc);
}

function failIfWaiting({ store }: Y.Doc): void {
  if (store.pendingStructs !== null || store.pendingDs !== null) throw new Error("an update waits for a later one");
}

/** What an editor holds after these updates, and what it sends because it tidied formats after each of them. */
export function editorOf(updates: Iterable<Uint8Array>): { readonly doc: Y.Doc; readonly sent: readonly Uint8Array[] } {
  const doc = new Y.Doc();
  doc.getText("text");
  doc.getXmlFragment("xml");
  const sent: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== "network") sent.push(update);
  });
  for (const update of updates) {
    Y.applyUpdate(doc, update, "network");
    failIfWaiting(doc);
  }
  return { doc, sent };
}
