/**
 * Places of a document by their paths: a root's name, then keys and indexes. Rule FE12 of SPEC.md.
 * @module
 */
import { Array as YArray, type Doc, Map as YMap, Text, XmlElement, XmlFragment } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import { type Json, jsonOf } from "../document/content-json.ts";
import { kindOf } from "../document/shared-type.ts";
import { isList } from "../formats/tree.ts";
import { makeChild, makeValue } from "./make-values.ts";
import { setAttribute } from "./make-xml.ts";

export type Step = string | number;

/** Shown to whoever sent the operation. */
export type Misfit = { readonly reason: string };

/** One place. What it holds is a shared type or plain; a place in what is plain writes all of that anew. */
export type Slot = {
  /** Undefined where nothing is. */
  readonly read: () => unknown;
  readonly write: (value: Json) => Result<void, Misfit>;
  /** In a list before what is there, elsewhere in its place. */
  readonly add: (value: Json) => Result<void, Misfit>;
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

/** The place of a path below a root. */
export function slotAt(doc: Doc, path: readonly Step[]): Result<Slot, Misfit> {
  const [name, ...steps] = path;
  let held: unknown = rootAt(doc, String(name), steps[0]);
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
export function rootAt(doc: Doc, name: string, next: Step | undefined): unknown {
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
      return isIndex(next) || next === "-" ? doc.get(name, YArray) : doc.get(name, YMap);
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
  if (typeof holder !== "object" || holder === null || holder instanceof Text || parent === undefined) {
    return misfit(`nothing is at ${JSON.stringify(step)}`);
  }
  return plainSlot(jsonOf(holder), step, parent);
}

function keySlot(map: YMap<unknown>, key: string): Slot {
  const write = (value: Json) => done(() => map.set(key, makeValue(value)));
  return { read: () => map.get(key), write, add: write, remove: () => done(() => map.delete(key)) };
}

function attributeSlot(element: XmlElement, key: string): Slot {
  const write = (value: Json) => done(() => setAttribute(element, key, value));
  return {
    read: () => element.getAttribute(key),
    write,
    add: write,
    remove: () => done(() => element.removeAttribute(key)),
  };
}

function indexSlot(list: YArray<unknown> | XmlFragment, index: number): Slot {
  const add = (value: Json): Result<void, Misfit> => {
    if (list instanceof YArray) return done(() => list.insert(index, [makeValue(value)]));
    const child = makeChild(value);
    return child.ok ? done(() => list.insert(index, [child.value])) : child;
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

/** In a value that is kept whole: who changes two parts of it at once changes it one after the other. */
function plainSlot(holder: Json, step: Step, parent: Slot): Result<Slot, Misfit> {
  if (isList(holder)) {
    if (!isIndex(step) && step !== "-") return misfit(`${JSON.stringify(step)} is no index`);
    const index = step === "-" ? holder.length : Number(step);
    if (index > holder.length) return misfit(`there is no index ${index}`);
    return ok({
      read: () => holder[index],
      write: (value) => parent.write(holder.with(index, value)),
      add: (value) => parent.write(holder.toSpliced(index, 0, value)),
      remove: () => parent.write(holder.toSpliced(index, 1)),
    });
  }
  const entries = new Map(Object.entries(holder ?? {}));
  const key = String(step);
  const write = (value: Json) => parent.write(Object.fromEntries([...entries, [key, value]]));
  const without = () => Object.fromEntries([...entries].filter(([each]) => each !== key));
  return ok({ read: () => entries.get(key), write, add: write, remove: () => parent.write(without()) });
}

function done(act: () => unknown): Result<void, Misfit> {
  act();
  return ok(undefined);
}

export function misfit(reason: string): Result<never, Misfit> {
  return err({ reason });
}
