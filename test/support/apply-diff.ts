/**
 * Applies a diff to a document's JSON.
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../src/core/document/content-json.ts";
import type { DocumentDiff, ListOp, RootKind, TextOp, TypeChange } from "../../src/core/versions/shapes.ts";

/** As toJson shows a document. */
export type JsonTree = { readonly [root: string]: Json };

/**
 * The JSON of the later document, of that of the earlier one. Texts with the same attributes are joined. Values that look like the JSON
 * of a shared type (`{type: "text", delta}`) are taken for one where a path leads into them.
 * @throws Error when the diff is not one of `tree`.
 */
export function applyDiff(tree: JsonTree, { changes }: Pick<DocumentDiff, "changes">): JsonTree {
  const roots = new Map<string, Json>(Object.entries(tree));
  for (const change of changes) {
    const [name = "", ...path] = change.path;
    if (change.kind === "root") {
      if (change.to === undefined) roots.delete(String(name));
      else roots.set(String(name), withKind(roots.get(String(name)), change.to));
      continue;
    }
    const root = roots.get(String(name));
    if (root === undefined) throw new Error(`no root ${name}`);
    roots.set(String(name), update(root, path, change));
  }
  return Object.fromEntries(roots);
}

type Shape = { readonly list: readonly Json[]; readonly keys: { readonly [key: string]: Json } };
type JsonObject = { readonly [key: string]: Json };

function withKind(root: Json | undefined, kind: RootKind): Json {
  const { list: before, keys } = root === undefined ? { list: [], keys: {} } : shapeOf(root, true);
  const items = root !== undefined && isDelta(root) ? before.map((op) => pieceOf(op).insert) : before;
  const list = kind === "text" ? items.map((insert) => ({ insert })) : items;
  const attributes = Object.keys(keys).length === 0 ? {} : { attributes: keys };
  switch (kind) {
    case "text":
      return { type: "text", delta: list, ...attributes };
    case "xml":
      return { type: "xml", children: list, ...attributes };
    case "array":
      return { type: "array", items: list, ...attributes };
    case "map":
      return { type: "map", entries: keys };
    case "empty":
      return { type: "empty" };
  }
}

function update(node: Json, [step, ...path]: readonly (string | number)[], change: TypeChange, isRoot = true): Json {
  const { list, keys } = shapeOf(node, isRoot);
  if (step === undefined) {
    if (change.kind === "key") return withShape(node, { list, keys: withKey(keys, change) }, isRoot);
    if (change.kind === "list") return withShape(node, { list: applyListOps(list, change.ops), keys }, isRoot);
    if (change.kind === "text") return withShape(node, { list: applyTextOps(list, change.ops), keys }, isRoot);
    return node;
  }
  if (typeof step === "string") {
    const child = keys[step];
    if (child === undefined) throw new Error(`no key ${step}`);
    return withShape(node, { list, keys: setKey(keys, step, update(child, path, change, false)) }, isRoot);
  }
  const index = isDelta(node) ? opAt(list, step) : step;
  const child = list[index];
  if (child === undefined) throw new Error(`no item ${step}`);
  const inner = isDelta(node) && isObject(child) ? (child["insert"] ?? null) : child;
  const updated = update(inner, path, change, false);
  const item = isDelta(node) && isObject(child) ? { ...child, insert: updated } : updated;
  return withShape(node, { list: list.with(index, item), keys }, isRoot);
}

function withKey(keys: JsonObject, { key, to }: TypeChange & { readonly kind: "key" }): JsonObject {
  return to === undefined
    ? Object.fromEntries(Object.entries(keys).filter(([each]) => each !== key))
    : setKey(keys, key, to);
}

/** Keys may be called `__proto__`. */
function setKey(keys: JsonObject, key: string, value: Json): JsonObject {
  return Object.fromEntries([...Object.entries(keys).filter(([each]) => each !== key), [key, value]]);
}

const LISTS = ["delta", "children", "items"] as const;

function shapeOf(node: Json, isRoot: boolean): Shape {
  if (Array.isArray(node)) return { list: node, keys: {} };
  if (!isObject(node)) throw new Error("no shared type");
  const keyed = keysOf(node, isRoot);
  if (keyed === undefined) return { list: [], keys: node };
  const lists = LISTS.map((name) => node[name]).find((list): list is readonly Json[] => Array.isArray(list));
  const keys = node[keyed];
  return { list: lists ?? [], keys: keys !== undefined && isObject(keys) ? keys : {} };
}

/** Where keys stand; undefined for a nested map, which is its entries. */
function keysOf(node: JsonObject, isRoot: boolean): "attributes" | "entries" | undefined {
  const { type } = node;
  if ((type === "map" && isRoot) || (type === "hook" && "entries" in node)) return "entries";
  const isType =
    isRoot || (type === "text" && "delta" in node) || ((type === "element" || type === "xml") && "children" in node);
  return isType ? "attributes" : undefined;
}

function withShape(node: Json, { list, keys }: Shape, isRoot: boolean): Json {
  if (Array.isArray(node)) return list;
  if (!isObject(node)) throw new Error("no shared type");
  const keyed = keysOf(node, isRoot);
  if (keyed === undefined) return keys;
  const { attributes: _, ...rest } = node;
  const name = LISTS.find((each) => each in node);
  const showsKeys = keyed === "entries" || node["type"] === "element" || Object.keys(keys).length > 0;
  return { ...rest, ...(name === undefined ? {} : { [name]: list }), ...(showsKeys ? { [keyed]: keys } : {}) };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDelta(node: Json): boolean {
  return isObject(node) && Array.isArray(node["delta"]);
}

function applyListOps(list: readonly Json[], ops: readonly ListOp[]): readonly Json[] {
  const made: Json[] = [];
  let at = 0;
  for (const op of ops) {
    if ("retain" in op) for (const end = at + op.retain; at < end; at += 1) made.push(list[at] ?? null);
    else if ("delete" in op) at += op.delete;
    else for (const value of op.insert) made.push(value);
  }
  return [...made, ...list.slice(at)];
}

/** One operation of a delta as toJson writes it. */
type Piece = { readonly insert: Json; readonly attributes: JsonObject };

function pieceOf(op: Json): Piece {
  if (!isObject(op)) throw new Error("no delta");
  const { insert = null, attributes = {} } = op;
  return { insert, attributes: isObject(attributes) ? attributes : {} };
}

function lengthOf({ insert }: Piece): number {
  return typeof insert === "string" ? insert.length : 1;
}

function opAt(delta: readonly Json[], unit: number): number {
  let rest = unit;
  for (const [index, op] of delta.entries()) {
    if (rest === 0) return index;
    rest -= lengthOf(pieceOf(op));
  }
  return -1;
}

function applyTextOps(delta: readonly Json[], ops: readonly TextOp[]): readonly Json[] {
  const left = delta.map(pieceOf).reverse();
  const made: Piece[] = [];
  const take = (length: number): Piece[] => {
    const taken: Piece[] = [];
    for (let rest = length; rest > 0;) {
      const next = left.pop();
      if (next === undefined) throw new Error("the text is too short");
      const size = Math.min(rest, lengthOf(next));
      if (typeof next.insert === "string" && size < next.insert.length) {
        left.push({ ...next, insert: next.insert.slice(size) });
        taken.push({ ...next, insert: next.insert.slice(0, size) });
      } else taken.push(next);
      rest -= size;
    }
    return taken;
  };
  for (const op of ops) {
    if ("insert" in op) made.push({ insert: op.insert, attributes: op.attributes ?? {} });
    else if ("delete" in op) take(op.delete);
    else
      for (const piece of take(op.retain))
        made.push({ ...piece, attributes: withAttributes(piece.attributes, op.attributes) });
  }
  return joined([...made, ...left.reverse()]);
}

function withAttributes(attributes: JsonObject, changed: JsonObject = {}): JsonObject {
  return Object.fromEntries(Object.entries({ ...attributes, ...changed }).filter(([key]) => changed[key] !== null));
}

function joined(pieces: readonly Piece[]): readonly Json[] {
  const made: Piece[] = [];
  for (const piece of pieces) {
    const last = made.at(-1);
    const goesOn =
      typeof last?.insert === "string" &&
      typeof piece.insert === "string" &&
      sorted(last.attributes) === sorted(piece.attributes);
    if (goesOn) made[made.length - 1] = { ...piece, insert: `${String(last.insert)}${String(piece.insert)}` };
    else made.push(piece);
  }
  return made.map(({ insert, attributes }) =>
    Object.keys(attributes).length === 0 ? { insert } : { insert, attributes },
  );
}

function sorted(attributes: JsonObject): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As toJson shows a document, with what redundant formats keep apart joined. */
export function joinDeltas(node: Json): Json {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map(joinDeltas);
  const entries = Object.entries(node).map(([key, value]) => [key, joinDeltas(value)] as const);
  const made = Object.fromEntries(entries);
  const { delta } = made;
  return made["type"] === "text" && Array.isArray(delta) ? { ...made, delta: joinOps(delta) } : made;
}

function joinOps(delta: readonly Json[]): readonly Json[] {
  const ops: Json[] = [];
  for (const op of delta) {
    const last = ops.at(-1);
    if (isTextOp(op) && isTextOp(last) && isDeepStrictEqual(last.attributes, op.attributes)) {
      ops[ops.length - 1] = { ...last, insert: last.insert + op.insert };
    } else ops.push(op);
  }
  return ops;
}

function isTextOp(op: Json | undefined): op is { readonly insert: string; readonly attributes: Json } {
  return typeof op === "object" && op !== null && "insert" in op && typeof op.insert === "string";
}
