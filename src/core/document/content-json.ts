/**
 * A document as JSON, for people and programs that do not speak Yjs.
 * @module
 */
import { toBase64 } from "lib0/buffer";
import { type Doc, XmlElement, XmlHook } from "yjs";
import { type Content, type SharedType, entriesOf, kindOf, listOf, rootsOf } from "./shared-type.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What lies deeper is `{"type": "too-deep"}`: writing JSON recurses, and nesting is the writer's choice. */
export const MAX_JSON_DEPTH = 200;

const TOO_DEEP: Json = { type: "too-deep" };

/**
 * Every root by name:
 * - text: `{type: "text", delta: [{insert, attributes?}], attributes?}`, where `insert` is a string, an embed or a nested type;
 * - XML: `{type: "xml", children, attributes?}`; a child is a text as above or `{type: "element", name, attributes, children}`;
 * - array and map: `{type: "array", items, attributes?}`, `{type: "map", entries}`; nested ones are plain arrays and objects;
 * - no live content: `{type: "empty"}`.
 * Bytes are `{type: "binary", base64}`, subdocuments `{type: "document", guid}`; what JSON lacks (undefined, NaN) is null.
 */
export function toJson(doc: Doc): { readonly [root: string]: Json } {
  return Object.fromEntries(rootsOf(doc).map(([name, type]) => [name, rootJson(type)]));
}

function rootJson(type: SharedType): Json {
  const kind = kindOf(type);
  if (kind === "array") return { type: "array", items: itemsJson(type, 1), ...attributesJson(type, 1) };
  if (kind === "map") return { type: "map", entries: entriesJson(type, 1) };
  return kind === "empty" ? { type: "empty" } : typeJson(type, 1);
}

function typeJson(type: SharedType, depth: number): Json {
  if (depth > MAX_JSON_DEPTH) return TOO_DEEP;
  const kind = kindOf(type);
  switch (kind) {
    case "text":
      return { type: "text", delta: deltaJson(type, depth + 1), ...attributesJson(type, depth + 1) };
    case "element": {
      const name = type instanceof XmlElement ? type.nodeName : "";
      return { type: "element", name, attributes: entriesJson(type, depth + 1), children: itemsJson(type, depth + 1) };
    }
    case "xml":
      return { type: "xml", children: itemsJson(type, depth + 1), ...attributesJson(type, depth + 1) };
    case "hook": {
      const name = type instanceof XmlHook ? type.hookName : "";
      return { type: "hook", name: name ?? "", entries: entriesJson(type, depth + 1) };
    }
    case "array":
      return itemsJson(type, depth + 1);
    case "map":
    case "empty":
      return entriesJson(type, depth + 1);
  }
}

function itemsJson(type: SharedType, depth: number): Json[] {
  const items: Json[] = [];
  // No spread into push: one item can hold more values than a call can have arguments.
  for (const content of listOf(type)) for (const item of contentJson(content, depth)) items.push(item);
  return items;
}

function entriesJson(type: SharedType, depth: number): { readonly [key: string]: Json } {
  return Object.fromEntries(entriesOf(type).map(([key, content]) => [key, contentJson(content, depth).at(-1) ?? null]));
}

function attributesJson(type: SharedType, depth: number): { readonly attributes?: Json } {
  const attributes = entriesJson(type, depth);
  return Object.keys(attributes).length === 0 ? {} : { attributes };
}

/** One item: a value for each that it holds. `depth` counts from 1, the content of a root. */
export function contentJson(content: Content, depth: number): Json[] {
  switch (content.kind) {
    case "type":
      return [typeJson(content.type, depth)];
    case "values":
      return content.values.map((value) => valueJson(value, depth));
    case "embed":
      return [valueJson(content.value, depth)];
    case "string":
      return [content.text.toWellFormed()];
    case "document":
      return [{ type: "document", guid: content.guid }];
    case "format":
      return [];
  }
}

function deltaJson(type: SharedType, depth: number): Json[] {
  const delta: Json[] = [];
  const attributes = new Map<string, unknown>();
  let text = "";
  const push = (insert: Json): void => {
    const formats = [...attributes].map(([key, value]) => [key, valueJson(value, depth)] as const);
    delta.push(formats.length === 0 ? { insert } : { insert, attributes: Object.fromEntries(formats) });
  };
  const flush = (): void => {
    if (text !== "") push(text.toWellFormed());
    text = "";
  };
  for (const content of listOf(type)) {
    if (content.kind === "string") {
      text += content.text;
    } else if (content.kind === "format") {
      flush();
      if (content.value === null) attributes.delete(content.key);
      else attributes.set(content.key, content.value);
    } else {
      flush();
      for (const insert of contentJson(content, depth)) push(insert);
    }
  }
  flush();
  return delta;
}

/** A plain value of an array, a map or an attribute, as in {@link toJson}. */
export function jsonOf(value: unknown): Json {
  return valueJson(value, 1);
}

/**
 * A nested type as it stands in {@link toJson}; `to make` it anew, arrays and maps say so too: `{type: "array", items}`,
 * `{type: "map", entries}`, at every level.
 */
export function typeJsonOf(type: SharedType, use: "as read" | "to make", depth = 1): Json {
  if (use === "as read" || depth > MAX_JSON_DEPTH) return typeJson(type, depth);
  const made = (content: Content): Json[] =>
    content.kind === "type" ? [typeJsonOf(content.type, use, depth + 1)] : contentJson(content, depth);
  const kind = kindOf(type);
  if (kind === "array") return { type: "array", items: [...listOf(type)].flatMap(made) };
  if (kind !== "map" && kind !== "empty") return typeJson(type, 1);
  const entries = entriesOf(type).map(([key, content]) => [key, made(content).at(-1) ?? null] as const);
  return { type: "map", entries: Object.fromEntries(entries) };
}

/** A value inside a shared type, as {@link toJson} shows it. */
export function valueJson(value: unknown, depth: number): Json {
  if (depth > MAX_JSON_DEPTH) return TOO_DEEP;
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return { type: "binary", base64: toBase64(value) };
  if (Array.isArray(value)) return value.map((each: unknown) => valueJson(each, depth + 1));
  if (typeof value !== "object" || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, valueJson(each, depth + 1)]));
}
