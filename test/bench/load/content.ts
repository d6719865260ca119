/**
 * What documents hold before somebody joins them, as the updates in which it was typed.
 * @module
 */
import { createHash } from "node:crypto";
import * as Y from "yjs";
import { Random } from "../../support/random.ts";
import { applyTransaction, readTrace } from "../../support/trace.ts";
import { rootOf, typedUpdate } from "./typed-updates.ts";

/** What a replica must hold to count as synced. */
export type Expected = {
  readonly stateVector: Uint8Array;
  /** Root texts, in the order the digest takes them. */
  readonly roots: readonly string[];
  /** Of {@link digestOf}. */
  readonly digest: string;
};

export type Content = {
  /** Of each typist, in order; those of one may depend on those of another only where there is a single one. */
  readonly typists: readonly (readonly Uint8Array[])[];
  /** The document in one V1 update, without garbage. */
  readonly state: Uint8Array;
  readonly expected: Expected;
};

const PAPER_ROOT = "paper";
/** So that typing 260,000 transactions does not take longer than what is measured after it. */
const TRANSACTIONS_PER_FRAME = 50;

/** The automerge-paper trace, typed by one person. */
export function paperContent(): Content {
  const { txns, endContent } = readTrace("automerge-paper");
  const doc = docOf(1_000);
  const text = doc.getText(PAPER_ROOT);
  const updates = updatesOf(doc, () => {
    for (let from = 0; from < txns.length; from += TRANSACTIONS_PER_FRAME) {
      doc.transact(() => {
        for (const { patches } of txns.slice(from, from + TRANSACTIONS_PER_FRAME)) applyTransaction(text, patches);
      });
    }
  });
  if (text.toString() !== endContent) throw new Error("the trace did not end as it says");
  return contentOf(doc, [PAPER_ROOT], [updates]);
}

const LARGE_ROOT = "large";
const LARGE_SEED = 10;
const AUTHORS = 8;
const SENTENCES_PER_FRAME = 1_200;
const MAX_SENTENCE_CHARS = 150;
const MIN_SENTENCE_CHARS = 50;
const WORDS = "the room keeps every word that anyone has seen and sleeps while nobody types".split(" ");

/** At least `bytes` of updates in frames below 256 KB: sentences of several people anywhere in each other's, few of them deleted. */
export function largeContent(bytes: number): Content {
  const random = new Random(LARGE_SEED);
  const doc = docOf(1_000);
  const text = doc.getText(LARGE_ROOT);
  const updates = updatesOf(doc, (had) => {
    for (let frame = 0; had() < bytes; frame += 1) {
      // One replica in whose name they take turns: what depends on what is as if each had their own.
      doc.clientID = 1_000 + (frame % AUTHORS);
      doc.transact(() => {
        for (let count = 0; count < SENTENCES_PER_FRAME; count += 1) writeSentence(text, random);
      });
    }
  });
  return contentOf(doc, [LARGE_ROOT], [updates]);
}

function writeSentence(text: Y.Text, random: Random): void {
  if (text.length > MAX_SENTENCE_CHARS && random.below(50) === 0) {
    text.delete(random.below(text.length - MIN_SENTENCE_CHARS), MIN_SENTENCE_CHARS);
  }
  const wanted = MIN_SENTENCE_CHARS + random.below(MAX_SENTENCE_CHARS - MIN_SENTENCE_CHARS);
  let sentence = "";
  while (sentence.length < wanted) sentence += `${random.pick(WORDS)} `;
  text.insert(random.below(text.length + 1), sentence);
}

const FIRST_TYPIST = 1_000;

/** One update per character, as the load generator sends them, each typist in a root text of their own. */
export function keystrokeContent(typists: number, perTypist: number): Content {
  const clients = Array.from({ length: typists }, (_, index) => FIRST_TYPIST + index);
  const updates = clients.map((client) =>
    Array.from({ length: perTypist }, (_, clock) => typedUpdate(client, clock, String.fromCharCode(97 + (clock % 26)))),
  );
  const doc = new Y.Doc();
  doc.transact(() => {
    for (const update of updates.flat()) Y.applyUpdate(doc, update);
  });
  return contentOf(doc, clients.map(rootOf), updates);
}

/** Tells documents apart by the text in their roots. */
export function digestOf(doc: Y.Doc, roots: readonly string[]): string {
  const hash = createHash("sha256");
  for (const root of roots) hash.update(`${root}\n${doc.getText(root).toString()}\n`);
  return hash.digest("hex");
}

function docOf(clientId: number): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  return doc;
}

function updatesOf(doc: Y.Doc, write: (bytes: () => number) => void): readonly Uint8Array[] {
  const updates: Uint8Array[] = [];
  let bytes = 0;
  doc.on("update", (update) => {
    updates.push(update);
    bytes += update.length;
  });
  write(() => bytes);
  return updates;
}

function contentOf(doc: Y.Doc, roots: readonly string[], typists: readonly (readonly Uint8Array[])[]): Content {
  const expected = { stateVector: Y.encodeStateVector(doc), roots, digest: digestOf(doc, roots) };
  return { typists, state: Y.encodeStateAsUpdate(doc), expected };
}
