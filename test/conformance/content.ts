/**
 * What a document of the conformance tests holds, and ways to edit it at random. Text is ASCII: Yjs breaks what is split inside a surrogate
 * pair, and replicas differ for good with equal state vectors.
 * @module
 */
import * as Y from "yjs";
import type { Random } from "../support/random.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz ";
const MAX_TYPED = 12;
const KEYS = ["title", "color", "size", "owner"] as const;

/** Equal in two documents when they show the same and know of the same edits and deletions. */
export type Content = {
  readonly text: string;
  readonly list: unknown;
  readonly map: unknown;
  readonly stateVector: readonly (readonly [number, number])[];
  readonly deletions: readonly (readonly [number, string])[];
  /** Something is missing that other edits build on. */
  readonly isPending: boolean;
};

export function contentOf(doc: Y.Doc): Content {
  const { ds, sv } = Y.snapshot(doc);
  return {
    text: doc.getText("text").toString(),
    list: doc.getArray("list").toJSON(),
    map: Object.entries(doc.getMap("map").toJSON()).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    stateVector: [...sv].toSorted(([a], [b]) => a - b),
    deletions: [...ds.clients]
      .map(([client, ranges]) => [client, rangesOf(ranges)] as const)
      .toSorted(([a], [b]) => a - b),
    isPending: doc.store.pendingStructs !== null || doc.store.pendingDs !== null,
  };
}

/** `from-to` of what is deleted; touching ranges are one, however they came. */
function rangesOf(items: readonly { readonly clock: number; readonly len: number }[]): string {
  const joined: { from: number; to: number }[] = [];
  for (const { clock, len } of items.toSorted((a, b) => a.clock - b.clock)) {
    const last = joined.at(-1);
    if (last !== undefined && last.to >= clock) last.to = Math.max(last.to, clock + len);
    else joined.push({ from: clock, to: clock + len });
  }
  return joined.map(({ from, to }) => `${from}-${to}`).join(" ");
}

export function type(doc: Y.Doc, typed: string): void {
  const text = doc.getText("text");
  text.insert(text.length, typed);
}

export function textOf(doc: Y.Doc): string {
  return doc.getText("text").toString();
}

/** One edit of a text, a list or a map. */
export function editAtRandom(doc: Y.Doc, random: Random): void {
  const text = doc.getText("text");
  const list = doc.getArray<number>("list");
  switch (random.below(8)) {
    case 0:
      if (text.length > 0) return deleteSome(text, random);
      return;
    case 1:
      return list.insert(random.below(list.length + 1), [random.below(1_000)]);
    case 2:
      if (list.length > 0) list.delete(random.below(list.length), 1);
      return;
    case 3:
      doc.getMap("map").set(random.pick(KEYS), random.below(1_000));
      return;
    case 4:
      return doc.getMap("map").delete(random.pick(KEYS));
    default:
      return text.insert(random.below(text.length + 1), wordOf(random));
  }
}

function deleteSome(text: Y.Text, random: Random): void {
  const at = random.below(text.length);
  text.delete(at, Math.min(1 + random.below(6), text.length - at));
}

function wordOf(random: Random): string {
  return Array.from({ length: 1 + random.below(MAX_TYPED) }, () => LETTERS[random.below(LETTERS.length)]).join("");
}

/** About this many bytes as a team leaves them: several writers, paragraphs, items, a few deletions. Made once, for all who ask. */
export function largeDocument(bytes: number, random: Random): Y.Doc {
  const doc = new Y.Doc();
  const writers = Array.from({ length: 8 }, () => new Y.Doc());
  const paragraph = Array.from({ length: 600 }, () => wordOf(random)).join(" ");
  for (let made = 0; made < bytes; made += paragraph.length) {
    const author = writers[random.below(writers.length)] ?? doc;
    const text = author.getText("text");
    text.insert(random.below(text.length + 1), paragraph);
    author.getArray("list").push([random.below(1_000)]);
    if (random.below(10) === 0) deleteSome(text, random);
  }
  for (const author of writers) Y.applyUpdate(doc, Y.encodeStateAsUpdate(author));
  return doc;
}
