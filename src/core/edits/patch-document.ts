/**
 * Operations in the manner of JSON Patch (RFC 6902), and two for text. Rules FE12 and FE18 of SPEC.md.
 * @module
 */
import { AbstractType, type Doc, Text } from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import { type Json, jsonOf, typeJsonOf } from "../document/content-json.ts";
import { runsOf } from "../formats/text-runs.ts";
import { canonical } from "../formats/tree.ts";
import { embeddedCheck } from "./embedded-operations.ts";
import { isShape } from "./make-values.ts";
import { type Material, copyOf, fromJson } from "./material.ts";
import { retypeText } from "./retype-text.ts";
import { type Misfit, misfit } from "./misfit.ts";
import { type Step, parsePath, slotAt, valueAt } from "./slots.ts";
import { spliceText } from "./splice-text.ts";

/** In one request. */
export const MAX_OPERATIONS = 1_000;

/** In a transaction of the caller's, one after the other. The first that does not fit is the error, and its caller drops all. */
export function patchDocument(doc: Doc, operations: readonly unknown[]): Result<void, Misfit> {
  if (operations.length > MAX_OPERATIONS) return misfit(`more than ${MAX_OPERATIONS} operations`);
  const isBeside = embeddedCheck(doc, operations);
  for (const [index, operation] of operations.entries()) {
    const done = operate(doc, operation, isBeside);
    if (!done.ok) return misfit(`operation ${index}: ${done.error.reason}`);
  }
  return ok(undefined);
}

function operate(doc: Doc, operation: unknown, isBeside: ReturnType<typeof embeddedCheck>): Result<void, Misfit> {
  // SAFETY: operations come out of JSON.
  const json = operation as Json;
  if (!isShape(json)) return misfit("it is no object");
  const fits = isBeside(json);
  if (!fits.ok) return fits;
  switch (json["op"]) {
    case "splice":
    case "format":
      return spliceText(doc, json);
    case "test":
      return test(doc, json);
    case "replace":
      return replace(doc, json);
    case "add":
      return json["value"] === undefined
        ? misfit("it has no value")
        : put(doc, json, fromJson(json["value"] ?? null), "add");
    case "remove":
      return remove(doc, json);
    case "move":
      return move(doc, json);
    default:
      return misfit("op is none of add, remove, replace, move, test, splice, format");
  }
}

type Operation = { readonly [key: string]: Json };

function remove(doc: Doc, { path }: Operation): Result<void, Misfit> {
  const steps = parsePath(path);
  if (!steps.ok) return steps;
  const slot = slotAt(doc, steps.value);
  if (!slot.ok) return slot;
  return slot.value.read() === undefined ? misfit("nothing is there") : slot.value.remove();
}

function put(doc: Doc, { path }: Operation, value: Material, how: "add" | "write"): Result<void, Misfit> {
  const steps = parsePath(path);
  if (!steps.ok) return steps;
  const slot = slotAt(doc, steps.value, value);
  return slot.ok ? slot.value[how](value) : slot;
}

/** A text is edited to what it is to be, and keeps its structs where it says the same. */
function replace(doc: Doc, operation: Operation): Result<void, Misfit> {
  const { path, value } = operation;
  if (value === undefined) return misfit("it has no value");
  const steps = parsePath(path);
  if (!steps.ok) return steps;
  const held = valueAt(doc, steps.value);
  if (!held.ok) return held;
  if (held.value === undefined) return misfit("nothing is there");
  if (!(held.value instanceof Text) || typeof value !== "string") return put(doc, operation, fromJson(value), "write");
  return retypeText(held.value, value);
}

/** A copy: who is in it is not moved with it. */
function move(doc: Doc, operation: Operation): Result<void, Misfit> {
  const from = parsePath(operation["from"]);
  const to = parsePath(operation["path"]);
  if (!from.ok) return from;
  if (!to.ok) return to;
  if (isInside(from.value, to.value)) return misfit("nothing moves into itself");
  const source = slotAt(doc, from.value);
  if (!source.ok) return source;
  const held = source.value.read();
  if (held === undefined) return misfit("nothing is there");
  const value = copyOf(held);
  const removed = source.value.remove();
  return removed.ok ? put(doc, operation, value, "add") : removed;
}

function isInside(outer: readonly Step[], path: readonly Step[]): boolean {
  return outer.length <= path.length && outer.every((step, index) => String(step) === String(path[index]));
}

function test(doc: Doc, { path, value = null }: Operation): Result<void, Misfit> {
  const steps = parsePath(path);
  if (!steps.ok) return steps;
  const held = valueAt(doc, steps.value);
  if (!held.ok) return held;
  if (held.value === undefined) return misfit("nothing is there");
  if (held.value instanceof Text && typeof value === "string") {
    const said = runsOf(held.value).map(({ insert }) => (typeof insert === "string" ? insert : "\ufffc"));
    return said.join("") === value ? ok(undefined) : misfit("the text is another one");
  }
  const plain = held.value instanceof AbstractType ? typeJsonOf(held.value, "as read") : jsonOf(held.value);
  return canonical(plain) === canonical(value) ? ok(undefined) : misfit("the value is another one");
}
