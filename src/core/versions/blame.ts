/**
 * Who wrote what is there now: every character, item, key and attribute once. Rules HA5–HA8.
 * @module
 */
import type { Doc, Item } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { DocumentBytes } from "../document/compaction.ts";
import { hydrate } from "../document/hydrate.ts";
import { type Content, type SharedType, contentOf, rootsOf } from "../document/shared-type.ts";
import { creditRuns } from "./credit-runs.ts";
import type { BlameRange, ContentPath, Credit, Credits, DocumentBlame } from "./shapes.ts";

/** Of the text of a range. */
const MAX_EXCERPT_CHARS = 80;
/** What a range takes in an answer besides its path and its text. */
const RANGE_BYTES = 100;

/** Everybody's work lies so close together that the answer would be larger than was asked for. */
export type TooManyRanges = { readonly tag: "too-many-ranges" };

type Growing = { readonly at: number; readonly credit: Credit; length: number; text: string };

/** A type on the way from its root, and how far it is read: its keys first. */
type Frame = {
  readonly path: ContentPath;
  readonly entries: readonly (readonly [key: string, item: Item])[];
  nextEntry: number;
  item: Item | null;
  at: number;
  run: Growing | undefined;
};

/**
 * Root by root, in reading order; what is inside an item follows the range that ends with it. `maxBytes` is about what the answer may
 * take. Builds the document.
 * @throws Error when a stored part does not apply (see hydrate).
 */
export function blameDocument(
  document: DocumentBytes,
  credits: Credits,
  maxBytes = Infinity,
): Result<DocumentBlame, TooManyRanges> {
  const { doc } = hydrate(document.parts, document.rows);
  try {
    const ranges: BlameRange[] = [];
    let bytes = 0;
    for (const range of rangesOf(doc, credits)) {
      bytes += RANGE_BYTES + range.excerpt.length + sizeOf(range.path);
      if (bytes > maxBytes) return err({ tag: "too-many-ranges" });
      ranges.push(range);
    }
    return ok({ ranges });
  } finally {
    doc.destroy();
  }
}

function* rangesOf(doc: Doc, credits: Credits): Generator<BlameRange> {
  for (const [name, type] of rootsOf(doc)) {
    // Not by recursion: types may be nested deeper than the stack.
    const frames = [enter(type, [name])];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const inner = yield* step(frame, credits);
      if (inner === "done") frames.pop();
      else if (inner !== undefined) frames.push(inner);
    }
  }
}

function enter(type: SharedType, path: ContentPath): Frame {
  const entries = [...type._map].filter(([, item]) => !item.deleted).sort(([one], [other]) => (one < other ? -1 : 1));
  return { path, entries, nextEntry: 0, item: type._start, at: 0, run: undefined };
}

/** One entry or item. Returns what is inside it. */
function* step(frame: Frame, credits: Credits): Generator<BlameRange, Frame | "done" | undefined> {
  const entry = frame.entries[frame.nextEntry];
  if (entry !== undefined) {
    frame.nextEntry += 1;
    return yield* readEntry(frame, entry, credits);
  }
  const { item } = frame;
  if (item === null) {
    yield* endRun(frame);
    return "done";
  }
  frame.item = item.right;
  const content = item.deleted ? undefined : contentOf(item);
  if (content === undefined || content.kind === "format") return undefined;
  yield* readItem(frame, item, content, credits);
  if (content.kind !== "type") return undefined;
  yield* endRun(frame);
  return enter(content.type, [...frame.path, frame.at - 1]);
}

function* readEntry(
  { path }: Frame,
  [key, item]: readonly [string, Item],
  credits: Credits,
): Generator<BlameRange, Frame | undefined> {
  const content = contentOf(item);
  if (content === undefined) return undefined;
  // Of several values the last one is the entry's.
  const credit = credits.of(item.id.client, item.id.clock + item.length - 1);
  const excerpt = content.kind === "string" ? cut(content.text) : "";
  yield { ...credit, path, at: key, length: 1, excerpt };
  return content.kind === "type" ? enter(content.type, [...path, key]) : undefined;
}

function* readItem(frame: Frame, { id, length }: Item, content: Content, credits: Credits): Generator<BlameRange> {
  const text = content.kind === "string" ? content.text : "";
  for (const part of creditRuns(credits, { ...id, length })) {
    if (frame.run === undefined || !isSame(frame.run.credit, part.credit)) {
      yield* endRun(frame);
      frame.run = { at: frame.at, credit: part.credit, length: 0, text: "" };
    }
    const { run } = frame;
    run.length += part.length;
    frame.at += part.length;
    const missing = MAX_EXCERPT_CHARS + 1 - run.text.length;
    if (missing > 0) run.text += text.slice(part.offset, part.offset + Math.min(part.length, missing));
  }
}

function* endRun(frame: Frame): Generator<BlameRange> {
  const { run, path } = frame;
  frame.run = undefined;
  if (run !== undefined) yield { ...run.credit, path, at: run.at, length: run.length, excerpt: cut(run.text) };
}

function isSame(one: Credit, other: Credit): boolean {
  return one === other || (one.user === other.user && one.atMs === other.atMs);
}

/** Never half of a surrogate pair at its ends, and no lone ones. */
function cut(text: string): string {
  const isPairCut = text.length > MAX_EXCERPT_CHARS && /[\uD800-\uDBFF]/.test(text.charAt(MAX_EXCERPT_CHARS - 1));
  return text.slice(0, isPairCut ? MAX_EXCERPT_CHARS - 1 : MAX_EXCERPT_CHARS).toWellFormed();
}

function sizeOf(path: ContentPath): number {
  return path.reduce<number>((bytes, step) => bytes + (typeof step === "string" ? step.length : 6) + 3, 0);
}
