/**
 * Values out of JSON: plain as they are, shared types where the JSON has the shape in which content is read.
 * @module
 */
import { Array as YArray, Map as YMap, Text, XmlElement, XmlText } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import { type Json, MAX_JSON_DEPTH } from "../document/content-json.ts";
import { isList } from "../formats/tree.ts";
import { isListItem } from "./copy-type.ts";
import { insertAll } from "./insert-all.ts";
import { setAttribute } from "./make-xml.ts";

const ELEMENT_KEYS = new Set(["type", "name", "attributes", "children"]);

type Shape = { readonly [key: string]: Json };

/** `{type: "map", entries}`, `{type: "array", items}` and `{type: "text", delta}` are shared types, anything else is plain. */
export function makeValue(json: Json, depth = 1): unknown {
  if (!isShape(json) || depth > MAX_JSON_DEPTH) return json;
  const { type, entries, items, delta } = json;
  const size = Object.keys(json).length;
  if (size !== 2) return json;
  if (type === "map" && isShape(entries)) {
    return new YMap(Object.entries(entries).map(([key, value]) => [key, makeValue(value, depth + 1)]));
  }
  if (type === "array" && isListOrNone(items) && items.every(isListItem)) return listOf(items, depth);
  return type === "text" && isListOrNone(delta) ? fill(new Text(), delta) : json;
}

/** A child of XML: a string or text, or `{type: "element", name, attributes?, children?}`. */
export function makeChild(json: Json): Result<XmlElement | XmlText, { readonly reason: string }> {
  if (typeof json === "string") return ok(new XmlText(json));
  if (!isShape(json)) return err({ reason: "the value is no element and no text" });
  const { type, name, delta, attributes = {}, children = [] } = json;
  if (type === "text" && isListOrNone(delta)) return ok(fill(new XmlText(), delta));
  if (type !== "element" || typeof name !== "string" || name === "" || !isShape(attributes) || !isList(children)) {
    return err({ reason: "the value is no element and no text" });
  }
  const element = new XmlElement(name);
  for (const [key, value] of Object.entries(attributes)) setAttribute(element, key, value);
  const made: (XmlElement | XmlText)[] = [];
  for (const child of children) {
    const one = makeChild(child);
    if (!one.ok) return one;
    made.push(one.value);
  }
  insertAll(element, made);
  return ok(element);
}

/** What alone makes XML of a list without a kind: texts and strings stand in any list. */
export function isElementShape(json: Json): boolean {
  if (!isShape(json) || json["type"] !== "element" || typeof json["name"] !== "string") return false;
  return Object.keys(json).every((key) => ELEMENT_KEYS.has(key));
}

function listOf(items: readonly Json[], depth: number): YArray<unknown> {
  const list = new YArray<unknown>();
  insertAll(
    list,
    items.map((item) => makeValue(item, depth + 1)),
  );
  return list;
}

function fill<T extends Text>(text: T, delta: readonly Json[]): T {
  const inserts = delta.filter((op) => isShape(op) && op["insert"] !== undefined);
  text.applyDelta(inserts);
  return text;
}

export function isShape(json: Json | undefined): json is Shape {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function isListOrNone(json: Json | undefined): json is readonly Json[] {
  return json !== undefined && isList(json);
}
