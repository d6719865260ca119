/**
 * Reads Yjs types of a hydrated document that nobody has given a kind: roots come untyped, only nested types say what they are.
 * @module
 */
import {
  type AbstractType,
  Array as YArray,
  ContentAny,
  ContentBinary,
  ContentDoc,
  ContentEmbed,
  ContentFormat,
  ContentJSON,
  ContentString,
  ContentType,
  type Doc,
  type Item,
  Map as YMap,
  Text,
  XmlElement,
  XmlFragment,
  XmlHook,
  XmlText,
} from "yjs";

/** What every shared type keeps: a list and keyed content. Either may be empty. */
export type SharedType = Pick<AbstractType<unknown>, "_start" | "_map">;

/** `empty`: a root without live content, whatever it once was. */
export type SharedKind = "text" | "element" | "xml" | "array" | "hook" | "map" | "empty";

/** Content of one live item. */
export type Content =
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "format"; readonly key: string; readonly value: unknown }
  | { readonly kind: "embed"; readonly value: unknown }
  | { readonly kind: "type"; readonly type: SharedType }
  | { readonly kind: "values"; readonly values: readonly unknown[] }
  | { readonly kind: "document"; readonly guid: string };

/**
 * A nested type's own kind, or for a root what its live content shows: strings, formats
 * and embeds make a text, nothing but XML types a fragment, any other list an array, keys alone a map.
 */
export function kindOf(type: SharedType): SharedKind {
  if (type instanceof Text) return "text";
  if (type instanceof XmlElement) return "element";
  if (type instanceof XmlFragment) return "xml";
  if (type instanceof YArray) return "array";
  if (type instanceof XmlHook) return "hook";
  if (type instanceof YMap) return "map";
  let found: "xml" | "array" | undefined;
  for (const content of listOf(type)) {
    if (content.kind === "string" || content.kind === "format" || content.kind === "embed") return "text";
    found = found !== "array" && content.kind === "type" && isXml(content.type) ? "xml" : "array";
  }
  return found ?? (entriesOf(type).length > 0 ? "map" : "empty");
}

function isXml(type: SharedType): boolean {
  return type instanceof XmlFragment || type instanceof XmlText || type instanceof XmlHook;
}

/** Live content of the list, in order. */
export function* listOf(type: SharedType): Generator<Content> {
  for (let item = type._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    const content = contentOf(item);
    if (content !== undefined) yield content;
  }
}

/** Live keyed content (attributes of an element or a text), sorted by key, the same for every order of arrival. */
export function entriesOf(type: SharedType): (readonly [key: string, content: Content])[] {
  const entries: (readonly [string, Content])[] = [];
  for (const [key, item] of type._map) {
    const content = item.deleted ? undefined : contentOf(item);
    if (content !== undefined) entries.push([key, content]);
  }
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Undefined for what is deleted. */
export function contentOf({ content }: Item): Content | undefined {
  if (content instanceof ContentString) return { kind: "string", text: content.str };
  if (content instanceof ContentFormat) return { kind: "format", key: content.key, value: content.value };
  if (content instanceof ContentEmbed) return { kind: "embed", value: content.embed };
  if (content instanceof ContentType) return { kind: "type", type: content.type };
  if (content instanceof ContentAny || content instanceof ContentJSON) return { kind: "values", values: content.arr };
  if (content instanceof ContentBinary) return { kind: "values", values: [content.content] };
  if (content instanceof ContentDoc) return { kind: "document", guid: content.doc.guid };
  return undefined;
}

/** Prose first (a root called `title` before the others), then arrays, then maps; by name within each. */
export function rootsOf(doc: Doc): (readonly [name: string, type: SharedType])[] {
  const rank = ([name, type]: readonly [string, SharedType]): number => {
    const kind = kindOf(type);
    if (kind === "text" || kind === "xml") return name === "title" ? 0 : 1;
    return kind === "array" ? 2 : 3;
  };
  return [...doc.share]
    .map((root) => ({ root, rank: rank(root) }))
    .sort((a, b) => a.rank - b.rank || (a.root[0] < b.root[0] ? -1 : 1))
    .map(({ root }) => root);
}
