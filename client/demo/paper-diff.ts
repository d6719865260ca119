/**
 * Marks in rich text what the server says was changed since: what went stays in place beside what came.
 * @module
 */
import { numberOf, textOf } from "./api-request.ts";
import { fieldOf } from "./browser-storage.ts";
import { type By, type PaperNode, type Piece, attributesOf, nodesOf, pieceOf } from "./paper.ts";

/** Applies those of `changes` that are about root `name` to `blocks`. False when they do not fit: then it is not to be shown. */
export function markChanges(blocks: PaperNode[], name: string, changes: readonly unknown[]): boolean {
  return changes
    .filter((change) => rootOf(change) === name)
    .every((change) => applyChange(blocks, change, pathOf(change).slice(1)));
}

function pathOf(change: unknown): readonly unknown[] {
  const path: unknown = fieldOf(change, "path");
  return Array.isArray(path) ? path : [];
}

function rootOf(change: unknown): unknown {
  return pathOf(change)[0];
}

function applyChange(blocks: PaperNode[], change: unknown, path: readonly unknown[]): boolean {
  const kind = fieldOf(change, "kind");
  if (kind === "root") return fieldOf(change, "to") === "xml" || fieldOf(change, "to") === "empty";
  if (path.length === 0) return kind === "list" && markList(blocks, fieldOf(change, "ops"));
  const node = nodeAt(blocks, path);
  if (node === undefined) return false;
  if (kind === "text") return node.kind === "text" && markText(node.pieces, fieldOf(change, "ops"));
  if (node.kind !== "element") return kind === "key";
  if (kind === "list") return markList(node.children, fieldOf(change, "ops"));
  const { [textOf(fieldOf(change, "key"))]: _, ...rest } = node.attributes;
  const to: unknown = fieldOf(change, "to");
  node.before ??= node.attributes;
  node.attributes = to === undefined ? rest : { ...rest, [textOf(fieldOf(change, "key"))]: to };
  const by = byOf(change);
  if (by !== undefined) node.by = by;
  return true;
}

/** Indexes are of the later state: what is gone does not count. */
function nodeAt(blocks: readonly PaperNode[], path: readonly unknown[]): PaperNode | undefined {
  let nodes = blocks;
  let found: PaperNode | undefined;
  for (const step of path) {
    found = typeof step === "number" ? nodes.filter(({ state }) => state !== "gone")[step] : undefined;
    nodes = found?.kind === "element" ? found.children : [];
  }
  return found;
}

function byOf(op: unknown): By | undefined {
  const by = fieldOf(op, "by");
  const atMs = fieldOf(by, "atMs");
  return by === undefined
    ? undefined
    : { user: textOf(fieldOf(by, "user")), atMs: typeof atMs === "number" ? atMs : null };
}

function markList(list: PaperNode[], ops: unknown): boolean {
  if (!Array.isArray(ops)) return false;
  let at = 0;
  const skipGone = () => {
    while (list[at]?.state === "gone") at += 1;
  };
  const pass = (count: number, mark: (node: PaperNode) => void): boolean => {
    for (let rest = count; rest > 0; rest -= 1) {
      skipGone();
      const node = list[at];
      if (node === undefined) return false;
      mark(node);
      at += 1;
    }
    return true;
  };
  return ops.every((op: unknown) => {
    if (fieldOf(op, "insert") !== undefined) {
      const added = nodesOf(fieldOf(op, "insert"), 0);
      for (const node of added) Object.assign(node, addedBy(op));
      list.splice(at, 0, ...added);
      at += added.length;
      return true;
    }
    const gone = numberOf(fieldOf(op, "delete"));
    if (gone > 0) return pass(gone, (node) => (node.state = "gone"));
    return pass(numberOf(fieldOf(op, "retain")), () => undefined);
  });
}

function addedBy(op: unknown): Pick<PaperNode, "state" | "by"> {
  const by = byOf(op);
  return { state: "added", ...(by === undefined ? {} : { by }) };
}

function markText(pieces: Piece[], ops: unknown): boolean {
  if (!Array.isArray(ops)) return false;
  const text = new TextMarker(pieces);
  const fits = ops.every((op: unknown) => {
    const insert = fieldOf(op, "insert");
    if (insert !== undefined) return text.add({ ...pieceOf(insert, fieldOf(op, "attributes")), ...addedBy(op) });
    const gone = numberOf(fieldOf(op, "delete"));
    if (gone > 0) return text.pass(gone, (piece) => (piece.state = "gone"));
    const changed = fieldOf(op, "attributes");
    return text.pass(numberOf(fieldOf(op, "retain")), (piece) => {
      if (changed !== undefined) reformat(piece, attributesOf(changed));
    });
  });
  text.finish();
  return fits;
}

function reformat(piece: Piece, changed: Piece["attributes"]): void {
  piece.before = piece.attributes;
  piece.attributes = Object.fromEntries(
    Object.entries({ ...piece.attributes, ...changed }).filter(([, value]) => value !== null),
  );
}

/** Goes through a text piece by piece, and parts those that are only half of what is meant. */
class TextMarker {
  readonly #pieces: Piece[];
  readonly #left: Piece[];
  readonly #done: Piece[] = [];

  constructor(pieces: Piece[]) {
    this.#pieces = pieces;
    this.#left = pieces.toReversed();
  }

  add(piece: Piece): boolean {
    this.#done.push(piece);
    return true;
  }

  pass(length: number, mark: (piece: Piece) => void): boolean {
    for (let rest = length; rest > 0;) {
      const piece = this.#left.pop();
      if (piece === undefined) return false;
      const { insert } = piece;
      const size = typeof insert === "string" ? insert.length : 1;
      if (typeof insert === "string" && size > rest) {
        this.#left.push({ ...piece, insert: insert.slice(rest) });
        piece.insert = insert.slice(0, rest);
      }
      mark(piece);
      this.#done.push(piece);
      rest -= size;
    }
    return true;
  }

  finish(): void {
    this.#pieces.splice(0, this.#pieces.length, ...this.#done, ...this.#left.toReversed());
  }
}
