/**
 * Brings a document back to what it was, as an edit like anybody's. Rules HV1–HV4, HV7 and HV8.
 * @module
 */
import { ContentType, type Doc, type Item } from "yjs";
import type { DocumentBytes } from "../document/compaction.ts";
import { hydrate } from "../document/hydrate.ts";
import type { SharedType } from "../document/shared-type.ts";
import { Units, alignRuns } from "./align-runs.ts";
import { ContentIds } from "./content-ids.ts";
import { setFormats } from "./list-formats.ts";
import type { Match } from "./least-edit.ts";
import type { Credits, Stamp } from "./shapes.ts";
import { StructWriter } from "./struct-writer.ts";
import { type TypeNode, readTree } from "./typed-tree.ts";

export type Restoration = {
  /** One V1 update on top of the live document; undefined when it has the target's content already. */
  readonly update: Uint8Array | undefined;
  /** Exactly the structs of the update: copies, stamped with the author and time of their originals. */
  readonly stamps: readonly Stamp[];
};

/**
 * An edit of `live` that gives it the content of `target`. What is equal stays as it is, with its structs; what was deleted since
 * comes back as copies, under one id of `newClientId` for each original author. `credits` know both documents. Roots of `live` that
 * the target lacks become empty; trailing formats around no text are not restored.
 * @throws Error when a stored part does not apply (see hydrate), or `newClientId` gives no fresh id.
 */
export function restoreContent(
  live: DocumentBytes,
  target: DocumentBytes,
  credits: Credits,
  newClientId: () => number,
): Restoration {
  const { doc } = hydrate(live.parts, live.rows);
  try {
    const { doc: wanted } = hydrate(target.parts, target.rows);
    try {
      return rewrite(doc, wanted, { credits, newClientId });
    } finally {
      wanted.destroy();
    }
  } finally {
    doc.destroy();
  }
}

type Authors = { readonly credits: Credits; readonly newClientId: () => number };

function rewrite(doc: Doc, wanted: Doc, authors: Authors): Restoration {
  const ids = new ContentIds();
  const live = readTree(doc, ids);
  const target = readTree(wanted, ids);
  const work: Work[] = [];
  for (const name of new Set([...live.keys(), ...target.keys()])) {
    const [from, to] = [live.get(name) ?? NOTHING, target.get(name) ?? NOTHING];
    // A root is what its structs are: it needs no kind, and so gets none that its users would not expect.
    if (from !== to) work.push({ type: () => doc.get(name), from, to });
  }
  let update: Uint8Array | undefined;
  let stamps: readonly Stamp[] = [];
  doc.on("update", (made: Uint8Array) => (update = made));
  doc.transact((transaction) => {
    const isTaken = (client: number): boolean => wanted.store.clients.has(client);
    const writer = new StructWriter(transaction, { ...authors, isTaken });
    // No recursion: types nest as deep as somebody liked.
    for (let next = work.pop(); next !== undefined; next = work.pop()) rewriteType(writer, next, work);
    stamps = writer.stamps;
    // Nobody listens, and Yjs would go on to tidy formats (see hydrate).
    transaction.changed.clear();
  });
  return { update, stamps };
}

/** What is to be made of a type. */
type Work = { readonly type: () => SharedType; readonly from: State; readonly to: State };
type State = Pick<TypeNode, "runs" | "entries" | "endFormats" | "hasFormats" | "contentId">;

const NOTHING: State = { runs: [], entries: new Map(), endFormats: new Map(), hasFormats: false, contentId: 0 };

function rewriteType(writer: StructWriter, { type: find, from, to }: Work, work: Work[]): void {
  if (from.contentId === to.contentId) return;
  const type = find();
  rewriteList(writer, type, { from, to, work });
  if (from.hasFormats || to.hasFormats) setFormats(writer, type, to);
  rewriteEntries(writer, type, { from, to, work });
}

type Change = { readonly from: State; readonly to: State; readonly work: Work[] };

function rewriteList(writer: StructWriter, type: SharedType, { from, to, work }: Change): void {
  const ours = new Units(from.runs);
  const theirs = new Units(to.runs);
  const matches = alignRuns(from.runs, to.runs);
  const end = { from: ours.length, to: theirs.length, length: 0 };
  let at = START;
  for (const match of [...matches, end]) {
    for (const { run, offset, length } of ours.between(at.from + at.length, match.from)) {
      writer.delete(run.client, run.clock + offset, length);
    }
    fillGap(writer, { type, ours, theirs, work }, at, match);
    for (const piece of theirs.between(match.to, match.to + match.length)) {
      const our = ours.at(match.from + piece.at - match.to)?.run.node;
      if (our !== undefined && piece.run.node !== undefined) enqueue(work, our.type, our, piece.run.node);
    }
    at = match;
  }
}

const START: Match = { from: 0, to: 0, length: 0 };

type Lists = {
  readonly type: SharedType;
  readonly ours: Units;
  readonly theirs: Units;
  readonly work: Work[];
};

/** Copies what the target has between two matches. */
function fillGap(writer: StructWriter, { type, ours, theirs, work }: Lists, before: Match, after: Match): void {
  const start = before.to + before.length;
  if (start === after.to) return;
  const nextFormats = theirs.at(after.to)?.run.formatsId;
  let lastFormats = theirs.at(start - 1)?.run.formatsId;
  let left = before.length === 0 ? null : endAt(writer, ours, before.from + before.length - 1);
  for (const piece of theirs.between(start, after.to)) {
    const { formatsId, node } = piece.run;
    // What looks like the text behind the gap goes behind the formats in it.
    if (after.length > 0 && formatsId === nextFormats && formatsId !== lastFormats) {
      left = startAt(writer, ours, after.from)?.left ?? null;
    }
    left = writer.insert({ type, left }, piece);
    lastFormats = formatsId;
    if (node !== undefined && left?.content instanceof ContentType) enqueue(work, left.content.type, NOTHING, node);
  }
}

function startAt(writer: StructWriter, units: Units, unit: number): Item | undefined {
  const piece = units.at(unit);
  return piece === undefined ? undefined : writer.startOf(piece.run.client, piece.run.clock + piece.offset);
}

function endAt(writer: StructWriter, units: Units, unit: number): Item | null {
  const piece = units.at(unit);
  return piece === undefined ? null : writer.endOf(piece.run.client, piece.run.clock + piece.offset);
}

function rewriteEntries(writer: StructWriter, type: SharedType, { from, to, work }: Change): void {
  for (const [key, { client, clock, length }] of from.entries) {
    if (!to.entries.has(key)) writer.delete(client, clock, length);
  }
  for (const [key, run] of to.entries) {
    const our = from.entries.get(key);
    const unitId = run.unitIds.at(-1);
    if (unitId !== undefined && our?.unitIds.at(-1) === unitId) continue;
    if (our?.node !== undefined && our.node.kind === run.node?.kind && our.node.name === run.node.name) {
      enqueue(work, our.node.type, our.node, run.node);
      continue;
    }
    const { content } = writer.setKey(type, key, run);
    if (run.node !== undefined && content instanceof ContentType) enqueue(work, content.type, NOTHING, run.node);
  }
}

function enqueue(work: Work[], type: SharedType, from: State, to: State): void {
  work.push({ type: () => type, from, to });
}
