/**
 * Random operations for a model of a document, most of which fit it.
 * @module
 */
import * as Y from "yjs";
import type { Json } from "../../src/core/document/content-json.ts";
import type { Random } from "../support/random.ts";
import { ModelMap, ModelText, type Operation, type Roots, randomText, randomValue, shown } from "./patch-model.ts";

type Held = ModelMap["get"] extends (key: string) => infer T ? T : never;

/** One of them; now and then one that does not fit. */
export function randomOperation(roots: Roots, random: Random): Operation {
  const texts = placesIn(roots).filter(({ held }) => held instanceof ModelText);
  switch (random.below(9)) {
    case 0:
    case 1:
      return { op: "add", path: slotPath(roots, random), value: randomValue(random, 0) };
    case 2:
      return { op: "remove", path: random.pick(placesIn(roots)).path };
    case 3: {
      const { path } = random.pick(placesIn(roots));
      const value = randomValue(random, 0);
      // An empty root is of no kind.
      return { op: "replace", path, value: path === "/note" && typeof value === "string" ? `§${value}` : value };
    }
    case 4:
      return { op: "move", from: random.pick(placesIn(roots)).path, path: slotPath(roots, random) };
    case 5: {
      // Formats, which a model does not have, are part of a text inside.
      const { path, held } = random.pick(placesIn(roots).filter((each) => !holdsText(each.held)));
      const isTrue = random.below(6) > 0;
      return { op: "test", path, value: isTrue ? valueOf(held) : randomText(random) };
    }
    case 6: {
      const { path, held } = random.pick(texts);
      return held instanceof ModelText ? { op: "replace", path, value: `§${randomText(random)}` } : {};
    }
    default: {
      const { path, held } = random.pick(texts);
      return held instanceof ModelText ? splice(path, held.said, random) : {};
    }
  }
}

function holdsText(held: Held): boolean {
  return childrenOf(held).some(([, child]) => child instanceof ModelText || holdsText(child));
}

function valueOf(held: Held): Json {
  return held instanceof ModelText ? held.said : shown(held ?? null);
}

/** Behind the first character, which stays: an empty root is of no kind. */
function splice(path: string, said: string, random: Random): Operation {
  const insert = random.below(4) === 0 ? {} : { insert: randomText(random) };
  if (random.below(3) === 0) {
    const find = random.pick(["a", "b", "ab", "文", "😀"]);
    return { op: "splice", path, find, ...insert, ...(random.below(2) === 0 && { occurrence: 1 + random.below(2) }) };
  }
  const index = Math.min(1, said.length) + random.below(said.length + 1);
  const length = random.below(4);
  if (random.below(4) === 0) return { op: "format", path, index, length, attributes: { bold: true } };
  return { op: "splice", path, index, delete: length, ...insert };
}

type Place = { readonly path: string; readonly held: Held };

/** Everything but the roots and what keeps them from being empty; the text of the root `note`. */
function placesIn({ meta, list, note }: Roots): readonly [Place, ...Place[]] {
  const inMeta = [...meta].filter(([key]) => key !== "keep").flatMap(([key, held]) => below(`/meta/${key}`, held));
  const inList = Array.from(list).flatMap((held, index) => (index === 0 ? [] : below(`/list/${index}`, held)));
  const only: Place = { path: "/note", held: note };
  // A text that is a root is edited, and neither removed nor moved.
  return [only, ...inMeta, ...inList];
}

function below(path: string, held: Held): readonly Place[] {
  return [{ path, held }, ...childrenOf(held).flatMap(([step, child]) => below(`${path}/${step}`, child))];
}

function childrenOf(held: Held): readonly (readonly [step: string, child: Held])[] {
  if (held instanceof ModelMap) return [...held];
  if (Array.isArray(held)) return Array.from(held, (child: Held, index) => [String(index), child] as const);
  if (typeof held !== "object" || held === null || held instanceof ModelText) return [];
  // What would make a shared type stays whole where it is a plain value.
  return "type" in held ? [] : Object.entries(held);
}

/** Where something may come, or junk. */
function slotPath(roots: Roots, random: Random): string {
  const { path, held } = random.pick([
    { path: "/meta", held: roots.meta },
    { path: "/list", held: roots.list },
    ...placesIn(roots),
  ]);
  const isRoot = path === "/list";
  if (Array.isArray(held)) {
    const index = (isRoot ? 1 : 0) + random.below(held.length + (isRoot ? 0 : 1));
    return `${path}/${random.pick([String(index), String(index), "-", "01", "x"])}`;
  }
  const isHolder = typeof held === "object" && held !== null && !(held instanceof ModelText);
  return isHolder || random.below(8) === 0 ? `${path}/k${random.below(4)}` : `/list/-`;
}

/** One that fits a document of any shared types, and how many characters and items it takes out of what stays. */
export function anyOperation(doc: Y.Doc, random: Random): { readonly operation: Operation; readonly removes: number } {
  const { path, type } = random.pick(typesIn(doc));
  const index = random.below(type.length + 1);
  const isAtEnd = index === type.length;
  if (type instanceof Y.Text) {
    const length = random.below(Math.min(4, type.length - index + 1));
    const operation = { op: "splice", path, index, delete: length, insert: random.pick(["«x»", "", "y"]) };
    if (random.below(4) > 0) return { operation, removes: length };
    return { operation: { op: "format", path, index, length, attributes: { bold: true } }, removes: 0 };
  }
  if (random.below(3) === 0 && !isAtEnd) return { operation: { op: "remove", path: `${path}/${index}` }, removes: 1 };
  if (!(type instanceof Y.XmlFragment)) {
    return { operation: { op: "add", path: `${path}/${index}`, value: randomValue(random, 1) }, removes: 0 };
  }
  if (type instanceof Y.XmlElement && random.below(3) === 0) {
    return { operation: { op: "add", path: `${path}/level`, value: 2 }, removes: 0 };
  }
  const value = random.pick<Json>(["text", { type: "element", name: "paragraph", children: ["more"] }]);
  return { operation: { op: "add", path: `${path}/${index}`, value }, removes: 0 };
}

type Sequence = Y.Text | Y.XmlFragment | Y.Array<unknown>;
type TypeAt = { readonly path: string; readonly type: Sequence };

/** Texts, lists and XML at any depth; of roots those that hold something. */
function typesIn(doc: Y.Doc): readonly TypeAt[] {
  const roots = [...doc.share].flatMap(([name, type]) => typesBelow(`/${name}`, type));
  return roots.filter(({ path, type }) => path.includes("/", 1) || type.length > 0);
}

function typesBelow(path: string, held: unknown): readonly TypeAt[] {
  if (held instanceof Y.Text) return [{ path, type: held }];
  if (held instanceof Y.Map) return [...held].flatMap(([key, each]) => typesBelow(`${path}/${key}`, each));
  if (!(held instanceof Y.Array || held instanceof Y.XmlFragment)) return [];
  const inside = held.toArray().flatMap((each: unknown, index) => typesBelow(`${path}/${index}`, each));
  return [{ path, type: held }, ...inside];
}
