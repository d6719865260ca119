/**
 * Places of a document by their paths: a root's name, then keys and indexes. Rule FE12 of SPEC.md.
 * @module
 */
import { Array as YArray, type Doc, Map as YMap, Text, XmlElement, XmlFragment } from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import { kindOf } from "../document/shared-type.ts";
import { setAttribute } from "./make-xml.ts";
import { isListItem } from "./copy-type.ts";
import { type Material, fromPlain } from "./material.ts";
import { type Misfit, misfit } from "./misfit.ts";

export type Step = string | number;

/** One place. What it holds is a shared type or plain; a place in what is plain writes all of that anew. */
export type Slot = {
  /** Undefined where nothing is. */
  readonly read: () => unknown;
  readonly write: (value: Material) => Result<void, Misfit>;
  /** In a list before what is there, elsewhere in its place. */
  readonly add: (value: Material) => Result<void, Misfit>;
  readonly remove: () => Result<void, Misfit>;
};

const MAX_STEPS = 100;

/** A JSON pointer (RFC 6901) or its steps. */
export function parsePath(path: unknown): Result<readonly Step[], Misfit> {
  if (isSteps(path)) return path.length > 0 && path.length <= MAX_STEPS ? ok(path) : misfit("the path names no place");
  if (typeof path !== "string" || !path.startsWith("/"))
    return misfit('the path is no pointer such as "/content/0/text"');
  const steps = path.slice(1).split("/", MAX_STEPS + 1);
  if (steps.length > MAX_STEPS) return misfit("the path is too long");
  return ok(steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")));
}

function isSteps(path: unknown): path is readonly Step[] {
  return Array.isArray(path) && path.every((step) => typeof step === "string" || Number.isSafeInteger(step));
}

/** The place of a path below a root. A root without a kind becomes what takes the path, and what is to come there. */
export function slotAt(doc: Doc, path: readonly Step[], coming?: Material): Result<Slot, Misfit> {
  const [name, ...steps] = path;
  const isXml = steps.length === 1 && coming?.isElement === true;
  let held: unknown = rootAt(doc, String(name), steps[0], isXml);
  let slot: Slot | undefined;
  for (const step of steps) {
    const next = slotIn(held, step, slot);
    if (!next.ok) return next;
    slot = next.value;
    held = slot.read();
  }
  return slot === undefined ? misfit("a root itself is not replaced") : ok(slot);
}

/** What a path names; undefined where nothing is. */
export function valueAt(doc: Doc, path: readonly Step[]): Result<unknown, Misfit> {
  if (path.length === 1) return ok(rootAt(doc, String(path[0]), undefined));
  const slot = slotAt(doc, path);
  return slot.ok ? ok(slot.value.read()) : slot;
}

/** By the kind that it shows; an empty one is what the next step needs. */
export function rootAt(doc: Doc, name: string, next: Step | undefined, isXml = false): unknown {
  const root = doc.share.get(name);
  switch (root === undefined ? "empty" : kindOf(root)) {
    case "text":
      return doc.get(name, Text);
    case "xml":
    case "element":
      return doc.get(name, XmlFragment);
    case "array":
      return doc.get(name, YArray);
    case "map":
    case "hook":
      return doc.get(name, YMap);
    case "empty":
      if (next === undefined) return undefined;
      if (!isIndex(next) && next !== "-") return doc.get(name, YMap);
      return isXml ? doc.get(name, XmlFragment) : doc.get(name, YArray);
  }
}

function isIndex(step: Step): boolean {
  return typeof step === "number" ? step >= 0 : /^(?:0|[1-9]\d{0,9})$/.test(step);
}

function slotIn(holder: unknown, step: Step, parent: Slot | undefined): Result<Slot, Misfit> {
  if (holder instanceof YMap) return ok(keySlot(holder, String(step)));
  if (holder instanceof XmlElement && !isIndex(step) && step !== "-") return ok(attributeSlot(holder, String(step)));
  if (holder instanceof YArray || holder instanceof XmlFragment) {
    if (!isIndex(step) && step !== "-") return misfit(`${JSON.stringify(step)} is no index`);
    const index = step === "-" ? holder.length : Number(step);
    return index > holder.length ? misfit(`there is no index ${index}`) : ok(indexSlot(holder, index));
  }
  return parent === undefined || !isPlainHolder(holder)
    ? misfit(`nothing is at ${JSON.stringify(step)}`)
    : plainSlot(holder, step, parent);
}

function keySlot(map: YMap<unknown>, key: string): Slot {
  const write = ({ inValue }: Material) => made(inValue(), (value) => map.set(key, value));
  return { read: () => map.get(key), write, add: write, remove: () => done(() => map.delete(key)) };
}

function attributeSlot(element: XmlElement, key: string): Slot {
  const write = ({ inPlain }: Material) => made(inPlain(), (value) => setAttribute(element, key, value));
  return {
    read: () => element.getAttribute(key),
    write,
    add: write,
    remove: () => done(() => element.removeAttribute(key)),
  };
}

function indexSlot(list: YArray<unknown> | XmlFragment, index: number): Slot {
  const add = (value: Material): Result<void, Misfit> => {
    if (list instanceof XmlFragment) return made(value.inXml(), (child) => list.insert(index, [child]));
    const item = value.inValue();
    if (item.ok && !isListItem(item.value)) return misfit("a list takes no such value");
    return made(item, (each) => list.insert(index, [each]));
  };
  const remove = (): Result<void, Misfit> => done(() => list.delete(index, 1));
  return {
    read: () => (index < list.length ? list.get(index) : undefined),
    write: (value) => {
      const added = add(value);
      return added.ok ? done(() => list.delete(index + 1, 1)) : added;
    },
    add,
    remove,
  };
}

type PlainHolder = readonly unknown[] | { readonly [key: string]: unknown };

/** Neither a shared type nor bytes nor a subdocument. */
function isPlainHolder(value: unknown): value is PlainHolder {
  return Array.isArray(value) || (typeof value === "object" && value !== null && value.constructor === Object);
}

/**
 * In a value that is kept whole: who changes two parts of it at once changes it one after the other. What is beside the path
 * goes on as it is kept, which JSON may not be able to say.
 */
function plainSlot(holder: PlainHolder, step: Step, parent: Slot): Result<Slot, Misfit> {
  if (isListHolder(holder)) {
    if (!isIndex(step) && step !== "-") return misfit(`${JSON.stringify(step)} is no index`);
    const index = step === "-" ? holder.length : Number(step);
    if (index > holder.length) return misfit(`there is no index ${index}`);
    const put = (gone: number) => (value: Material) => {
      const item = value.inPlain();
      return item.ok ? parent.write(fromPlain(holder.toSpliced(index, gone, item.value))) : item;
    };
    return ok({
      read: () => (index < holder.length ? (holder[index] ?? null) : undefined),
      write: put(1),
      add: put(0),
      remove: () => parent.write(fromPlain(holder.toSpliced(index, 1))),
    });
  }
  const key = String(step);
  const others = Object.entries(holder).filter(([each]) => each !== key);
  const write = (value: Material) => {
    const item = value.inPlain();
    return item.ok ? parent.write(fromPlain(Object.fromEntries([...others, [key, item.value]]))) : item;
  };
  return ok({
    read: () => (Object.hasOwn(holder, key) ? (holder[key] ?? null) : undefined),
    write,
    add: write,
    remove: () => parent.write(fromPlain(Object.fromEntries(others))),
  });
}

function isListHolder(holder: PlainHolder): holder is readonly unknown[] {
  return Array.isArray(holder);
}

function done(act: () => unknown): Result<void, Misfit> {
  act();
  return ok(undefined);
}

/** `act` with what could be made. */
function made<T>(material: Result<T, Misfit>, act: (value: T) => unknown): Result<void, Misfit> {
  if (!material.ok) return material;
  act(material.value);
  return ok(undefined);
}
