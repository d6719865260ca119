/**
 * Text edited at an index, at an anchor, or where it says something. Rule FE14 of SPEC.md.
 * @module
 */
import { fromBase64, toBase64 } from "lib0/buffer";
import {
  type Doc,
  Text,
  XmlFragment,
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromTypeIndex,
  decodeRelativePosition,
  encodeRelativePosition,
} from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import type { Json } from "../document/content-json.ts";
import { runsOf } from "../formats/text-runs.ts";
import { isShape } from "./make-values.ts";
import { type Misfit, misfit } from "./misfit.ts";
import { type Step, parsePath, rootAt, valueAt } from "./slots.ts";

type Place = { readonly text: Text; readonly index: number; readonly found: number };
type Operation = { readonly [key: string]: unknown };

/** Long ones are of no use, and cost to decode. */
const MAX_ANCHOR_CHARS = 1_000;

/** `splice` and `format`: what is deleted, inserted and formatted at one place. */
export function spliceText(doc: Doc, operation: Operation): Result<void, Misfit> {
  const place = placeOf(doc, operation);
  if (!place.ok) return place;
  const { text, index, found } = place.value;
  const { insert, attributes } = operation;
  const length = operation["op"] === "format" ? operation["length"] : operation["delete"];
  const end = operation["until"] === undefined ? undefined : anchorAt(doc, operation["until"]);
  if (end !== undefined && !end.ok) return end;
  if (end?.ok && end.value.text !== text) return misfit("the anchors stand in two texts");
  const span = end?.ok ? end.value.index - index : (length ?? found);
  if (typeof span !== "number" || !Number.isSafeInteger(span) || span < 0)
    return misfit("the length is no whole number");
  if (index + span > text.length) return misfit("the end lies behind the end of the text");
  if (cutsPair(text, index) || cutsPair(text, index + span)) return misfit("the edge lies inside a character");
  const formats = attributes === undefined ? {} : attributes;
  if (!isJsonObject(formats)) return misfit("the attributes are no object");
  if (operation["op"] === "format") {
    text.format(index, span, { ...formats });
    return ok(undefined);
  }
  if (insert !== undefined && typeof insert !== "string") return misfit("what is inserted is no text");
  // Inserted first: it stands before what it replaces, so that the formats of that go on.
  if (insert !== undefined && insert !== "") {
    if (attributes === undefined) text.insert(index + span, insert.toWellFormed(), formatsFor(text, index, span));
    else text.insert(index + span, insert.toWellFormed(), { ...formats });
  }
  if (span > 0) text.delete(index, span);
  return ok(undefined);
}

/** Base64 of a Yjs relative position in the text at `path`. */
export function makeAnchor(doc: Doc, path: unknown, index: number, assoc: number): Result<string, Misfit> {
  const text = textAt(doc, path);
  if (!text.ok) return text;
  if (index > text.value.length) return misfit(`there is no index ${index}`);
  return ok(toBase64(encodeRelativePosition(createRelativePositionFromTypeIndex(text.value, index, assoc))));
}

/** Of what is replaced, else of the character before. */
function formatsFor(text: Text, index: number, span: number): { [key: string]: Json } {
  let at = 0;
  const wanted = span > 0 ? index : index - 1;
  for (const { insert, attributes } of runsOf(text)) {
    at += typeof insert === "string" ? insert.length : 1;
    if (wanted < at) return { ...attributes };
  }
  return {};
}

function placeOf(doc: Doc, operation: Operation): Result<Place, Misfit> {
  const { path, index, anchor, find, occurrence } = operation;
  if ([index, anchor, find].filter((each) => each !== undefined).length !== 1) {
    return misfit("exactly one of index, anchor and find says where");
  }
  if (anchor !== undefined) return anchorAt(doc, anchor);
  if (find !== undefined) return findText(doc, { path, find, occurrence });
  const text = textAt(doc, path, operation["insert"] !== undefined);
  if (!text.ok) return text;
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0 || index > text.value.length) {
    return misfit("there is no such index");
  }
  return ok({ text: text.value, index, found: 0 });
}

function anchorAt(doc: Doc, anchor: unknown): Result<Place, Misfit> {
  if (typeof anchor !== "string" || anchor.length > MAX_ANCHOR_CHARS) return misfit("the anchor is none");
  try {
    const position = createAbsolutePositionFromRelativePosition(decodeRelativePosition(fromBase64(anchor)), doc);
    if (position === null) return misfit("what the anchor stood in is gone");
    const { type, index } = position;
    if (type instanceof Text) return ok({ text: type, index, found: 0 });
    const root = [...doc.share].find(([, each]) => each === type);
    const text = root === undefined ? undefined : rootAt(doc, root[0], undefined);
    return text instanceof Text ? ok({ text, index, found: 0 }) : misfit("the anchor stands in no text");
  } catch {
    return misfit("the anchor is none");
  }
}

/** In reading order; without a number it must be the only one. */
function findText(doc: Doc, { path, find, occurrence = 0 }: Operation): Result<Place, Misfit> {
  if (typeof find !== "string" || find === "") return misfit("what is to be found is no text");
  if (typeof occurrence !== "number" || !Number.isSafeInteger(occurrence) || occurrence < 0) {
    return misfit("the occurrence is no whole number from 1");
  }
  const below = pathValue(doc, path);
  if (!below.ok) return below;
  const places: Place[] = [];
  for (const text of textsIn(below.value)) {
    const plain = runsOf(text).map(({ insert }) => (typeof insert === "string" ? insert : "\ufffc"));
    const whole = plain.join("");
    for (let at = whole.indexOf(find); at !== -1; at = whole.indexOf(find, at + find.length)) {
      places.push({ text, index: at, found: find.length });
    }
  }
  const place = places[Math.max(0, occurrence - 1)];
  if (place === undefined) return misfit(`${JSON.stringify(find.slice(0, 80))} is not found`);
  return occurrence === 0 && places.length > 1
    ? misfit(`${JSON.stringify(find.slice(0, 80))} is found ${places.length} times: say which occurrence`)
    : ok(place);
}

function textsIn(value: unknown): readonly Text[] {
  if (value instanceof Text) return [value];
  return value instanceof XmlFragment ? value.toArray().flatMap(textsIn) : [];
}

function textAt(doc: Doc, path: unknown, mayMake = false): Result<Text, Misfit> {
  const held = pathValue(doc, path);
  if (!held.ok) return held;
  if (held.value instanceof Text) return ok(held.value);
  const steps = parsePath(path);
  // A root that nobody has written to yet.
  if (mayMake && held.value === undefined && steps.ok && steps.value.length === 1) {
    return ok(doc.get(String(steps.value[0]), Text));
  }
  return misfit("no text is there");
}

function pathValue(doc: Doc, path: unknown): Result<unknown, Misfit> {
  const steps: Result<readonly Step[], Misfit> = parsePath(path);
  return steps.ok ? valueAt(doc, steps.value) : steps;
}

/** Yjs breaks a character that is cut in two. */
function cutsPair(text: Text, index: number): boolean {
  let at = 0;
  for (const { insert } of runsOf(text)) {
    const length = typeof insert === "string" ? insert.length : 1;
    if (index < at + length) {
      return typeof insert === "string" && index > at && (insert.codePointAt(index - at - 1) ?? 0) > 0xffff;
    }
    at += length;
  }
  return false;
}

function isJsonObject(value: unknown): value is { readonly [key: string]: Json } {
  // SAFETY: operations come out of JSON.
  return isShape(value as Json);
}
