/**
 * What operations do, on plain values: an independent model of PATCH, and random operations for it.
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import * as Y from "yjs";
import type { Json } from "../../src/core/document/content-json.ts";
import type { Random } from "../support/random.ts";

/** A shared text. */
export class ModelText {
  said: string;

  constructor(said: string) {
    this.said = said;
  }
}

/** Shared types, as against plain values, which are JSON. */
export class ModelMap extends Map<string, Node> {}
export class ModelList extends Array<Node> {}
type Node = ModelText | ModelMap | ModelList | Json;
type Shape = { readonly [key: string]: Json };
export type Roots = { readonly meta: ModelMap; readonly list: ModelList; readonly note: ModelText };
export type Operation = Readonly<Record<string, Json>>;

/** Thrown by what does not fit. */
export class Misfit extends Error {}

/** As content is read; formats of texts, which a model does not have, left out. */
export function shown(node: Node): Json {
  if (node instanceof ModelText) return { type: "text", delta: node.said === "" ? [] : [{ insert: node.said }] };
  if (node instanceof ModelMap) return Object.fromEntries([...node].map(([key, each]) => [key, shown(each)]));
  if (node instanceof ModelList) return Array.from(node, shown);
  return node;
}

export function copyOf<T extends Node>(node: T): T;
export function copyOf(node: Node): Node {
  if (node instanceof ModelText) return new ModelText(node.said);
  if (node instanceof ModelMap) return new ModelMap([...node].map(([key, each]) => [key, copyOf(each)]));
  if (node instanceof ModelList) return listOf(Array.from(node, (each) => copyOf(each)));
  return structuredClone(node);
}

/** The same in Yjs, by its own means. */
export function writeRoots(doc: Y.Doc, { meta, list, note }: Roots): void {
  for (const [key, each] of meta) doc.getMap("meta").set(key, inYjs(each));
  doc.getArray("list").insert(0, Array.from(list, inYjs));
  doc.getText("note").insert(0, note.said);
}

function inYjs(node: Node): unknown {
  if (node instanceof ModelText) return new Y.Text(node.said);
  if (node instanceof ModelMap) return new Y.Map([...node].map(([key, each]) => [key, inYjs(each)]));
  if (!(node instanceof ModelList)) return node;
  const list = new Y.Array<unknown>();
  list.push(Array.from(node, inYjs));
  return list;
}

function listOf(nodes: readonly Node[]): ModelList {
  const list = new ModelList();
  list.push(...nodes);
  return list;
}

/** What a value in an operation makes in a shared type. */
function made(value: Json): Node {
  if (!isShape(value) || Object.keys(value).length !== 2) return structuredClone(value);
  const { type, entries, items, delta } = value;
  if (type === "map" && isShape(entries)) {
    return new ModelMap(Object.entries(entries).map(([key, each]) => [key, made(each)]));
  }
  if (type === "array" && Array.isArray(items)) return listOf(items.map(made));
  if (type !== "text" || !Array.isArray(delta)) return structuredClone(value);
  return new ModelText(delta.map((op: Json) => (isShape(op) ? String(op["insert"]) : "")).join(""));
}

/** The other way. */
function maker(node: Node): Json {
  if (node instanceof ModelMap) {
    return { type: "map", entries: Object.fromEntries([...node].map(([key, each]) => [key, maker(each)])) };
  }
  return node instanceof ModelList ? { type: "array", items: Array.from(node, maker) } : shown(node);
}

/** Makes one operation, or throws {@link Misfit}. */
export function operate(roots: Roots, operation: Operation): void {
  const path = stepsOf(operation["path"]);
  const { op, value } = operation;
  if (op === "move") {
    const from = stepsOf(operation["from"]);
    if (from.every((step, index) => step === path[index])) throw new Misfit("into itself");
    const held = slotOf(roots, from);
    const moved = maker(held.read());
    held.remove();
    return slotOf(roots, path).add(moved);
  }
  if (op === "add") return slotOf(roots, path).add(value ?? null);
  const slot = slotOf(roots, path);
  const held = slot.read();
  if (op === "remove") return slot.remove();
  if (op === "replace") {
    if (held instanceof ModelText && typeof value === "string") held.said = value;
    else slot.write(value ?? null);
    return;
  }
  if (op === "test") {
    const plain = held instanceof ModelText && typeof value === "string" ? held.said : shown(held);
    if (!isDeepStrictEqual(plain, value)) throw new Misfit("another value");
    return;
  }
  if (!(held instanceof ModelText)) throw new Misfit("no text");
  splice(held, operation);
}

function splice(text: ModelText, { op, index, find, occurrence, length, delete: gone, insert }: Operation): void {
  const { said } = text;
  let at = Number(index);
  let count = Number((op === "format" ? length : gone) ?? 0);
  if (typeof find === "string") {
    const places: number[] = [];
    for (let from = said.indexOf(find); from !== -1; from = said.indexOf(find, from + find.length)) places.push(from);
    if (occurrence === undefined && places.length > 1) throw new Misfit("found more than once");
    at = places[Number(occurrence ?? 1) - 1] ?? -1;
    count = find.length;
  }
  const isCut = (edge: number) => edge > 0 && (said.codePointAt(edge - 1) ?? 0) > 0xffff;
  if (at < 0 || at + count > said.length || isCut(at) || isCut(at + count)) throw new Misfit("no such place");
  if (op === "splice") text.said = said.slice(0, at) + String(insert ?? "") + said.slice(at + count);
}

type Slot = {
  readonly read: () => Node;
  readonly write: (value: Json) => void;
  readonly add: (value: Json) => void;
  readonly remove: () => void;
};

function slotOf(roots: Roots, [name = "", ...steps]: readonly string[]): Slot {
  const root: Node | undefined = name === "meta" ? roots.meta : name === "list" ? roots.list : roots.note;
  const fixed = () => {
    throw new Misfit("a root");
  };
  let slot: Slot = { read: () => root, write: fixed, add: fixed, remove: fixed };
  for (const step of steps) slot = slotIn(slot.read(), step);
  return slot;
}

function slotIn(holder: Node, step: string): Slot {
  if (Array.isArray(holder)) {
    if (step !== "-" && !/^(?:0|[1-9]\d*)$/.test(step)) throw new Misfit("no index");
    const at = step === "-" ? holder.length : Number(step);
    if (at > holder.length) throw new Misfit("no such index");
    const make = (value: Json) => (holder instanceof ModelList ? made(value) : structuredClone(value));
    return {
      read: () => there(at < holder.length, holder[at]),
      write: (value) => void holder.splice(at, 1, make(value)),
      add: (value) => void holder.splice(at, 0, make(value)),
      remove: () => void holder.splice(at, 1),
    };
  }
  if (holder instanceof ModelMap) {
    const write = (value: Json) => void holder.set(step, made(value));
    const read = () => there(holder.has(step), holder.get(step));
    return { read, write, add: write, remove: () => void holder.delete(step) };
  }
  if (holder instanceof ModelText || !isShape(holder)) throw new Misfit("nothing inside");
  const plain: { [key: string]: Json } = holder;
  const write = (value: Json) => void (plain[step] = structuredClone(value));
  const read = () => there(Object.hasOwn(plain, step), plain[step]);
  return { read, write, add: write, remove: () => void delete plain[step] };
}

function there(isThere: boolean, node: Node | undefined): Node {
  if (!isThere || node === undefined) throw new Misfit("nothing is there");
  return node;
}

function stepsOf(pointer: Json | undefined): readonly string[] {
  return String(pointer).slice(1).split("/");
}

function isShape(json: Node | undefined): json is Shape {
  return typeof json === "object" && json !== null && !Array.isArray(json) && !(json instanceof ModelText);
}

/** A random document. Its roots always hold something: an empty one is of no kind. */
export function randomRoots(random: Random): Roots {
  const meta = new ModelMap([["keep", 1]]);
  const list = listOf(["keep"]);
  for (let count = random.below(4); count > 0; count -= 1)
    meta.set(`k${random.below(4)}`, made(randomValue(random, 0)));
  for (let count = random.below(4); count > 0; count -= 1) list.push(made(randomValue(random, 0)));
  return { meta, list, note: new ModelText(`§${randomText(random)}`) };
}

export const randomText = (random: Random): string =>
  Array.from({ length: random.below(6) }, () => random.pick(["a", "b", "ab ", "é", "😀", "文"])).join("");

export function randomValue(random: Random, depth: number): Json {
  const some = () => Array.from({ length: random.below(3) }, () => randomValue(random, depth + 1));
  const keyed = () => Object.fromEntries(some().map((each, index) => [`k${index}`, each]));
  switch (random.below(depth > 2 ? 3 : 9)) {
    case 0:
      return random.below(100);
    case 1:
      return randomText(random);
    case 2:
      return random.pick([null, true, 0.5]);
    case 3:
      return some();
    case 4:
      return keyed();
    case 5:
      return { type: "map", entries: keyed() };
    case 6:
      return { type: "array", items: some() };
    default: {
      const insert = randomText(random);
      return { type: "text", delta: insert === "" ? [] : [{ insert }] };
    }
  }
}
