/**
 * What changed between two states of a document, as data and as text. Rules HV5 and HV6.
 * @module
 */
import type { DocumentBytes } from "../document/compaction.ts";
import { MAX_JSON_DEPTH, contentJson } from "../document/content-json.ts";
import { hydrate } from "../document/hydrate.ts";
import type { SharedKind } from "../document/shared-type.ts";
import { ContentIds } from "./content-ids.ts";
import { type Nested, listOps, textOps } from "./diff-ops.ts";
import { diffText } from "./diff-text.ts";
import type { ContentPath, Credits, DocumentDiff, RootKind, TypeChange } from "./shapes.ts";
import { type Run, type TypeNode, readTree } from "./typed-tree.ts";

/**
 * The changes that make `from` of `to`'s past: applied in order to the JSON of `from` they give that of `to`. With `credits`,
 * which know both, whoever wrote what is new is named; Yjs does not record who deleted.
 * @throws Error when a stored part does not apply (see hydrate).
 */
export function diffDocuments(from: DocumentBytes, to: DocumentBytes, credits?: Credits): DocumentDiff {
  const { doc: older } = hydrate(from.parts, from.rows);
  try {
    const { doc: newer } = hydrate(to.parts, to.rows);
    try {
      const ids = new ContentIds();
      const trees = { from: readTree(older, ids), to: readTree(newer, ids) };
      const changes: TypeChange[] = [];
      for (const name of [...new Set([...trees.from.keys(), ...trees.to.keys()])].sort()) {
        new RootDiff(name, credits, changes).run(trees.from.get(name), trees.to.get(name));
      }
      return { changes, text: diffText(trees.from, trees.to, credits) };
    } finally {
      newer.destroy();
    }
  } finally {
    older.destroy();
  }
}

/** A type that both have. */
type Pair = {
  readonly from: State;
  readonly to: State;
  readonly kind: SharedKind;
  readonly path: ContentPath;
  readonly depth: number;
};
type State = Pick<TypeNode, "runs" | "entries">;

const NOTHING: State = { runs: [], entries: new Map() };

class RootDiff {
  readonly #name: string;
  readonly #credits: Credits | undefined;
  readonly #changes: TypeChange[];
  readonly #work: Pair[] = [];

  constructor(name: string, credits: Credits | undefined, changes: TypeChange[]) {
    this.#name = name;
    this.#credits = credits;
    this.#changes = changes;
  }

  run(from: TypeNode | undefined, to: TypeNode | undefined): void {
    const before = from === undefined ? undefined : rootKind(from.kind);
    const after = to === undefined ? undefined : rootKind(to.kind);
    const path = [this.#name];
    if (before === after) {
      if (from === undefined || to === undefined || before === undefined || from.contentId === to.contentId) return;
      this.#work.push({ from, to, kind: before, path, depth: depthOf(before) });
    } else {
      this.#changeKind({ from: from ?? NOTHING, to: to ?? NOTHING, before, after });
    }
    // Types inside follow the one that holds them, whose indexes are the new ones by then.
    for (let next = this.#work.shift(); next !== undefined; next = this.#work.shift()) this.#diff(next);
  }

  /** The list changes while it still is, or already is, one that can hold both: a text holds all that other lists do. */
  #changeKind({ from, to, before, after }: RootChange): void {
    const path = [this.#name];
    const isFirst = before === "text" || (isList(before) && !isList(after) && after !== "text");
    if (isFirst && before !== undefined) {
      this.#diff({ from, to: { ...from, runs: to.runs }, kind: before, path, depth: depthOf(before) });
    }
    // What shows no keys holds none.
    const holdsKeys = after !== undefined && after !== "empty";
    if (!holdsKeys && before !== undefined) {
      this.#diffEntries({ from, to: NOTHING, kind: before, path, depth: depthOf(before) });
    }
    this.#changes.push({
      kind: "root",
      path,
      ...(before === undefined ? {} : { from: before }),
      ...(after === undefined ? {} : { to: after }),
    });
    if (after === undefined) return;
    const left = { runs: isFirst ? to.runs : from.runs, entries: holdsKeys ? from.entries : NOTHING.entries };
    const rest = { from: left, to, kind: after, path, depth: depthOf(after) };
    if (isFirst) this.#diffEntries(rest);
    else this.#work.push(rest);
  }

  #diff(pair: Pair): void {
    const { from, to, kind, path, depth } = pair;
    const input = { from: from.runs, to: to.runs, depth, credits: this.#credits };
    if (kind === "text") {
      const { ops, nested } = textOps(input);
      if (ops.length > 0) this.#changes.push({ kind: "text", path, ops });
      this.#descend(nested, pair);
    } else if (isList(kind)) {
      const { ops, nested } = listOps(input);
      if (ops.length > 0) this.#changes.push({ kind: "list", path, ops });
      this.#descend(nested, pair);
    }
    // As JSON shows it: no keys of nested arrays.
    if (kind !== "array" || path.length === 1) this.#diffEntries(pair);
  }

  #descend(nested: readonly Nested[], { path, depth }: Pair): void {
    if (depth > MAX_JSON_DEPTH) return;
    for (const { from, to, at } of nested) {
      this.#work.push({ from, to, kind: to.kind, path: [...path, at], depth: depth + 1 });
    }
  }

  #diffEntries({ from, to, path, depth }: Pair): void {
    for (const [key, run] of from.entries) {
      if (!to.entries.has(key)) this.#changes.push({ kind: "key", path, key, from: valueOf(run, depth) });
    }
    for (const [key, run] of to.entries) {
      const before = from.entries.get(key);
      if (before === undefined) {
        this.#changes.push({ kind: "key", path, key, to: valueOf(run, depth), ...this.#by(run) });
        continue;
      }
      const unitId = run.unitIds.at(-1);
      if (unitId !== undefined && before.unitIds.at(-1) === unitId) continue;
      const [older, newer] = [before.node, run.node];
      if (older !== undefined && newer !== undefined && older.kind === newer.kind && older.name === newer.name) {
        if (depth <= MAX_JSON_DEPTH) {
          this.#work.push({ from: older, to: newer, kind: newer.kind, path: [...path, key], depth: depth + 1 });
        }
        continue;
      }
      const values = { from: valueOf(before, depth), to: valueOf(run, depth) };
      this.#changes.push({ kind: "key", path, key, ...values, ...this.#by(run) });
    }
  }

  #by({ client, clock, length }: Run): Pick<TypeChange & { kind: "key" }, "by"> {
    return this.#credits === undefined ? {} : { by: this.#credits.of(client, clock + length - 1) };
  }
}

type RootChange = {
  readonly from: State;
  readonly to: State;
  readonly before: RootKind | undefined;
  readonly after: RootKind | undefined;
};

/** Roots are never elements or hooks: their kind is what they show. */
function rootKind(kind: SharedKind): RootKind {
  return kind === "element" || kind === "hook" ? "xml" : kind;
}

function isList(kind: SharedKind | undefined): boolean {
  return kind === "xml" || kind === "array" || kind === "element";
}

/** See toJson: what is in a root array or map is one level up. */
function depthOf(kind: RootKind): number {
  return kind === "array" || kind === "map" ? 1 : 2;
}

function valueOf({ content }: Run, depth: number): ReturnType<typeof contentJson>[number] {
  return contentJson(content, depth).at(-1) ?? null;
}
