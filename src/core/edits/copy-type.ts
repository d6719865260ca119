/**
 * A shared type made anew with all that it holds, also what JSON lacks. Rule FE25 of SPEC.md.
 * @module
 */
import { Array as YArray, Map as YMap, Text, XmlElement, XmlFragment, XmlHook, XmlText } from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import { MAX_JSON_DEPTH } from "../document/content-json.ts";
import { type Content, type SharedType, entriesOf, listOf } from "../document/shared-type.ts";
import { insertAll } from "./insert-all.ts";
import { setAttribute } from "./make-xml.ts";
import { type Misfit, misfit } from "./misfit.ts";

/** A text is another type in XML than elsewhere. */
type Where = "in a value" | "in XML";
type Copy = Result<Text | XmlFragment | YArray<unknown> | YMap<unknown>, Misfit>;

/** Refused where it holds what has no copy, such as a subdocument. */
export function copyType(type: SharedType, where: Where, depth = 1): Copy {
  if (depth > MAX_JSON_DEPTH) return misfit("what moves is nested too deep");
  if (type instanceof Text) return copyText(type, where === "in XML" ? new XmlText() : new Text(), depth);
  if (type instanceof XmlElement || type instanceof XmlFragment) return copyXml(type, depth);
  if (type instanceof XmlHook) return misfit("a hook does not move");
  if (type instanceof YArray) {
    const items = valuesOf(listOf(type), "in a value", depth);
    if (!items.ok) return items;
    if (!items.value.every(isListItem)) return misfit("what moves has no copy");
    const list = new YArray<unknown>();
    insertAll(list, items.value);
    return ok(list);
  }
  const map = new YMap<unknown>();
  const entries = entriesIn(type, depth);
  if (!entries.ok) return entries;
  for (const [key, value] of entries.value) map.set(key, value);
  return ok(map);
}

function copyXml(type: XmlFragment, depth: number): Copy {
  const made = type instanceof XmlElement ? new XmlElement(type.nodeName) : new XmlFragment();
  const entries = entriesIn(type, depth);
  if (!entries.ok) return entries;
  if (made instanceof XmlElement) for (const [key, value] of entries.value) setAttribute(made, key, value);
  const children = valuesOf(listOf(type), "in XML", depth);
  if (!children.ok) return children;
  const nodes: (XmlElement | XmlText)[] = [];
  for (const child of children.value) {
    if (!(child instanceof XmlElement || child instanceof XmlText)) return misfit("what moves holds what is no XML");
    nodes.push(child);
  }
  insertAll(made, nodes);
  return ok(made);
}

function copyText(type: Text, made: Text, depth: number): Copy {
  const delta: object[] = [];
  const attributes: Record<string, unknown> = {};
  for (const content of listOf(type)) {
    if (content.kind === "format") {
      if (content.value === null) delete attributes[content.key];
      else attributes[content.key] = content.value;
    } else if (content.kind === "string") {
      delta.push({ insert: content.text, attributes: { ...attributes } });
    } else {
      const embeds = content.kind === "embed" ? ok([content.value]) : valuesOf([content], "in a value", depth);
      if (!embeds.ok) return embeds;
      for (const insert of embeds.value) delta.push({ insert, attributes: { ...attributes } });
    }
  }
  made.applyDelta(delta);
  const entries = entriesIn(type, depth);
  if (!entries.ok) return entries;
  for (const [key, value] of entries.value) made.setAttribute(key, value);
  return ok(made);
}

function entriesIn(type: SharedType, depth: number): Result<readonly (readonly [string, unknown])[], Misfit> {
  const entries: (readonly [string, unknown])[] = [];
  for (const [key, content] of entriesOf(type)) {
    const values = valuesOf([content], "in a value", depth);
    if (!values.ok) return values;
    entries.push([key, values.value.at(-1)]);
  }
  return ok(entries);
}

function valuesOf(contents: Iterable<Content>, where: Where, depth: number): Result<readonly unknown[], Misfit> {
  const values: unknown[] = [];
  for (const content of contents) {
    if (content.kind === "values") for (const value of content.values) values.push(value);
    else if (content.kind === "type") {
      const copy = copyType(content.type, where, depth + 1);
      if (!copy.ok) return copy;
      values.push(copy.value);
    } else return misfit(content.kind === "document" ? "a subdocument does not move" : "what moves has no copy");
  }
  return ok(values);
}

/** What Yjs takes into a list; maps and plain values may hold more. */
export function isListItem(value: unknown): boolean {
  return value !== undefined && typeof value !== "bigint";
}
