/**
 * Operations that make one list of the other: Quill deltas for texts, items for all else.
 * @module
 */
import { type Json, contentJson, jsonOf } from "../document/content-json.ts";
import { type RunPiece, Units, alignRuns } from "./align-runs.ts";
import { valueKey } from "./content-ids.ts";
import { creditRuns } from "./credit-runs.ts";
import type { Credit, Credits, ListOp, TextOp } from "./shapes.ts";
import type { Formats, Run, TypeNode } from "./typed-tree.ts";

/** A nested type that both have, and that differs inside; `at` is its unit in the later list. */
export type Nested = { readonly from: TypeNode; readonly to: TypeNode; readonly at: number };

export type Ops<Op> = { readonly ops: readonly Op[]; readonly nested: readonly Nested[] };

export type OpsInput = {
  readonly from: readonly Run[];
  readonly to: readonly Run[];
  /** Of the content in JSON; see contentJson. */
  readonly depth: number;
  readonly credits: Credits | undefined;
};

/** Ends with the last change. */
export function textOps({ from, to, depth, credits }: OpsInput): Ops<TextOp> {
  const script = new TextScript(depth, credits);
  const nested = walk(from, to, script);
  return { ops: script.finish(), nested };
}

/** Ends with the last change. */
export function listOps({ from, to, depth, credits }: OpsInput): Ops<ListOp> {
  const script = new ListScript(depth, credits);
  const nested = walk(from, to, script);
  return { ops: script.finish(), nested };
}

interface Script {
  remove(piece: RunPiece): void;
  insert(piece: RunPiece): void;
  /** As long as the shorter of both. */
  keep(from: RunPiece, to: RunPiece): void;
}

function walk(from: readonly Run[], to: readonly Run[], script: Script): readonly Nested[] {
  const ours = new Units(from);
  const theirs = new Units(to);
  const nested: Nested[] = [];
  let at = { from: 0, to: 0 };
  for (const match of [...alignRuns(from, to), { from: ours.length, to: theirs.length, length: 0 }]) {
    for (const piece of ours.between(at.from, match.from)) script.remove(piece);
    for (const piece of theirs.between(at.to, match.to)) script.insert(piece);
    for (const piece of theirs.between(match.to, match.to + match.length)) {
      const start = match.from + piece.at - match.to;
      for (const our of ours.between(start, start + piece.length)) {
        const offset = piece.offset + our.at - start;
        script.keep(our, { ...piece, offset, length: our.length });
        const [before, after] = [our.run.node, piece.run.node];
        if (before === undefined || after === undefined || before.contentId === after.contentId) continue;
        nested.push({ from: before, to: after, at: piece.at });
      }
    }
    at = { from: match.from + match.length, to: match.to + match.length };
  }
  return nested;
}

/** One credit a piece, or undefined where nobody asked. */
function* credited(piece: RunPiece, credits: Credits | undefined): Generator<RunPiece & { readonly by?: Credit }> {
  if (credits === undefined) {
    yield piece;
    return;
  }
  const { client, clock } = piece.run;
  for (const { offset, length, credit } of creditRuns(credits, {
    client,
    clock: clock + piece.offset,
    length: piece.length,
  })) {
    yield { run: piece.run, offset: piece.offset + offset, length, at: piece.at + offset, by: credit };
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return valueKey(one) === valueKey(other);
}

/** A JSON value for each unit but those of text. */
function jsonUnits({ run, offset, length }: RunPiece, depth: number): readonly Json[] {
  return contentJson(run.content, depth).slice(offset, offset + length);
}

function textOf({ run: { content }, offset, length }: RunPiece): string | undefined {
  return content.kind === "string" ? content.text.slice(offset, offset + length).toWellFormed() : undefined;
}

class TextScript implements Script {
  readonly #ops: TextOp[] = [];
  readonly #depth: number;
  readonly #credits: Credits | undefined;

  constructor(depth: number, credits: Credits | undefined) {
    this.#depth = depth;
    this.#credits = credits;
  }

  remove(piece: RunPiece): void {
    const text = textOf(piece);
    if (text === undefined) {
      for (const deleted of jsonUnits(piece, this.#depth)) this.#ops.push({ delete: 1, deleted });
      return;
    }
    const last = this.#ops.at(-1);
    if (
      last !== undefined &&
      "delete" in last &&
      typeof last.deleted === "string" &&
      last.delete === last.deleted.length
    ) {
      this.#replaceLast({ delete: last.delete + text.length, deleted: last.deleted + text });
    } else {
      this.#ops.push({ delete: text.length, deleted: text });
    }
  }

  insert(whole: RunPiece): void {
    const attributes = this.#attributes(new Map(), whole.run.formats);
    const formats = attributes === undefined ? {} : { attributes };
    for (const { by, ...piece } of credited(whole, this.#credits)) {
      const rest = { ...formats, ...(by === undefined ? {} : { by }) };
      const text = textOf(piece);
      if (text === undefined) {
        for (const insert of jsonUnits(piece, this.#depth)) this.#ops.push({ insert, ...rest });
        continue;
      }
      const last = this.#ops.at(-1);
      const goesOn =
        last !== undefined &&
        "insert" in last &&
        typeof last.insert === "string" &&
        isSame({ ...last, insert: 0 }, { ...rest, insert: 0 });
      if (goesOn) this.#replaceLast({ ...last, insert: `${String(last.insert)}${text}` });
      else this.#ops.push({ insert: text, ...rest });
    }
  }

  keep(from: RunPiece, to: RunPiece): void {
    const attributes = this.#attributes(from.run.formats, to.run.formats);
    const rest = attributes === undefined ? {} : { attributes };
    const last = this.#ops.at(-1);
    const goesOn = last !== undefined && "retain" in last && isSame({ ...last, retain: 0 }, { ...rest, retain: 0 });
    if (goesOn) this.#replaceLast({ ...last, retain: last.retain + to.length });
    else this.#ops.push({ retain: to.length, ...rest });
  }

  finish(): readonly TextOp[] {
    const last = this.#ops.at(-1);
    if (last !== undefined && "retain" in last && last.attributes === undefined) this.#ops.pop();
    return this.#ops;
  }

  /** What changes; null for what is no longer. */
  #attributes(from: Formats, to: Formats): { readonly [key: string]: Json } | undefined {
    const changed: [string, Json][] = [];
    for (const key of from.keys()) if (!to.has(key)) changed.push([key, null]);
    for (const [key, { value }] of to) {
      const known = from.get(key);
      if (known === undefined || !isSame(known.value, value)) changed.push([key, jsonOf(value)]);
    }
    return changed.length === 0 ? undefined : Object.fromEntries(changed);
  }

  #replaceLast(op: TextOp): void {
    this.#ops[this.#ops.length - 1] = op;
  }
}

class ListScript implements Script {
  readonly #ops: ListOp[] = [];
  readonly #depth: number;
  readonly #credits: Credits | undefined;

  constructor(depth: number, credits: Credits | undefined) {
    this.#depth = depth;
    this.#credits = credits;
  }

  remove(piece: RunPiece): void {
    const deleted = jsonUnits(piece, this.#depth);
    const last = this.#ops.at(-1);
    if (last !== undefined && "delete" in last) {
      this.#replaceLast({ delete: last.delete + piece.length, deleted: [...last.deleted, ...deleted] });
    } else {
      this.#ops.push({ delete: piece.length, deleted });
    }
  }

  insert(whole: RunPiece): void {
    for (const { by, ...piece } of credited(whole, this.#credits)) {
      const insert = jsonUnits(piece, this.#depth);
      const last = this.#ops.at(-1);
      const goesOn = last !== undefined && "insert" in last && isSame(last.by, by);
      if (goesOn) this.#replaceLast({ ...last, insert: [...last.insert, ...insert] });
      else this.#ops.push({ insert, ...(by === undefined ? {} : { by }) });
    }
  }

  keep(_: RunPiece, to: RunPiece): void {
    const last = this.#ops.at(-1);
    if (last !== undefined && "retain" in last) this.#replaceLast({ retain: last.retain + to.length });
    else this.#ops.push({ retain: to.length });
  }

  finish(): readonly ListOp[] {
    const last = this.#ops.at(-1);
    if (last !== undefined && "retain" in last) this.#ops.pop();
    return this.#ops;
  }

  #replaceLast(op: ListOp): void {
    this.#ops[this.#ops.length - 1] = op;
  }
}
