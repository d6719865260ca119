/**
 * What is live in a hydrated document, with the ids of its structs: what versions are compared by, and blame and edits read.
 * @module
 */
import { ContentDoc, ContentFormat, type Doc, type Item, XmlElement, XmlHook } from "yjs";
import { type Content, type SharedKind, type SharedType, contentOf, kindOf } from "../document/shared-type.ts";
import { ContentIds, valueKey } from "./content-ids.ts";

/** A format in force, and the struct that began it. */
export type Format = { readonly value: unknown; readonly client: number; readonly clock: number };

/** By their keys; what is null is not in force. */
export type Formats = ReadonlyMap<string, Format>;

/** Content of one live item: units `clock … clock + length - 1` of `client`, in UTF-16 code units or items. */
export type Run = {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
  /** Never a format. */
  readonly content: Content;
  /** Of what `content` is, when it is a type. */
  readonly node: TypeNode | undefined;
  /** Of text; empty elsewhere. */
  readonly formats: Formats;
  /** Of {@link ContentIds}: the formats. */
  readonly formatsId: number;
  /** For each unit but those of strings, which are their code points. */
  readonly unitIds: readonly number[];
  /** Live until the document changes. */
  readonly item: Item;
};

/** A shared type. All that is live of it, whatever its kind shows: a text may have keys, a map of a hostile client a list. */
export type TypeNode = {
  readonly type: SharedType;
  /** Of a root what its live content shows. */
  readonly kind: SharedKind;
  /** Node name of an element, hook name of a hook, else empty. */
  readonly name: string;
  readonly isRoot: boolean;
  /** In order. */
  readonly runs: readonly Run[];
  /** Map entries or attributes, sorted by key. The last value of a run is the entry's. */
  readonly entries: ReadonlyMap<string, Run>;
  /** In force behind the last run. */
  readonly endFormats: Formats;
  /** Formats are in the list, in force or not. */
  readonly hasFormats: boolean;
  /** Of {@link ContentIds}: the same for the same content (of roots whatever their kind). Formats around no text do not count. */
  readonly contentId: number;
};

export type DocumentTree = ReadonlyMap<string, TypeNode>;

type Growing = {
  -readonly [Key in keyof TypeNode]: Key extends "runs"
    ? GrowingRun[]
    : Key extends "entries"
      ? Map<string, GrowingRun>
      : TypeNode[Key];
};
type GrowingRun = Omit<Run, "node" | "unitIds"> & { readonly node: Growing | undefined; unitIds: readonly number[] };

const NO_FORMATS: Formats = new Map();

/** Every root of `doc` by its name, sorted. Nesting of any depth is safe. Trees that are compared share their `ids`. */
export function readTree(doc: Doc, ids: ContentIds = new ContentIds()): DocumentTree {
  const names = [...doc.share.keys()].sort();
  const found: Growing[] = [];
  const roots = new Map<string, Growing>();
  for (const name of names) {
    const type = doc.share.get(name);
    if (type !== undefined) roots.set(name, grow(type, true, found));
  }
  // What is inside another is found behind it.
  for (let at = 0; at < found.length; at += 1) {
    const node = found[at];
    if (node !== undefined) readNode(node, found, ids);
  }
  for (const node of found.reverse()) identify(node, ids);
  return roots;
}

function grow(type: SharedType, isRoot: boolean, found: Growing[]): Growing {
  const kind = kindOf(type);
  const name = type instanceof XmlElement ? type.nodeName : type instanceof XmlHook ? (type.hookName ?? "") : "";
  const node: Growing = {
    ...{ type, kind, name, isRoot, runs: [], entries: new Map<string, GrowingRun>() },
    ...{ endFormats: NO_FORMATS, hasFormats: false, contentId: 0 },
  };
  found.push(node);
  return node;
}

function readNode(node: Growing, found: Growing[], ids: ContentIds): void {
  let formats = NO_FORMATS;
  let formatsId = ids.of("formats:{}");
  for (let item = node.type._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    if (item.content instanceof ContentFormat) {
      formats = withFormat(formats, item, item.content);
      formatsId = ids.of(`formats:${formatsKey(formats)}`);
      node.hasFormats = true;
      continue;
    }
    const run = readRun(item, formats, formatsId, found);
    if (run !== undefined) node.runs.push(run);
  }
  node.endFormats = formats;
  for (const [key, item] of [...node.type._map].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const run = item.deleted ? undefined : readRun(item, NO_FORMATS, 0, found);
    if (run !== undefined) node.entries.set(key, run);
  }
}

function withFormat(formats: Formats, { id }: Item, { key, value }: ContentFormat): Formats {
  const changed = new Map(formats);
  if (value === null) changed.delete(key);
  else changed.set(key, { value, client: id.client, clock: id.clock });
  return changed;
}

function formatsKey(formats: Formats): string {
  return valueKey(Object.fromEntries([...formats].map(([key, { value }]) => [key, value])));
}

function readRun(item: Item, formats: Formats, formatsId: number, found: Growing[]): GrowingRun | undefined {
  const content = contentOf(item);
  if (content === undefined) return undefined;
  const node = content.kind === "type" ? grow(content.type, false, found) : undefined;
  const { client, clock } = item.id;
  return { client, clock, length: item.length, content, node, formats, formatsId, unitIds: [], item };
}

function identify(node: Growing, ids: ContentIds): void {
  const units: string[] = [];
  let text = "";
  for (const [at, run] of node.runs.entries()) {
    run.unitIds = unitIdsOf(run, ids);
    if (run.content.kind === "string") {
      text += run.content.text;
      const next = node.runs[at + 1];
      if (next?.content.kind === "string" && next.formatsId === run.formatsId) continue;
      units.push(`${run.formatsId}:${JSON.stringify(text)}`);
      text = "";
    } else {
      units.push(`${run.formatsId}:${run.unitIds.join(",")}`);
    }
  }
  const entries: string[] = [];
  for (const [key, run] of node.entries) {
    run.unitIds = unitIdsOf(run, ids);
    const value = run.content.kind === "string" ? JSON.stringify(run.content.text) : run.unitIds.at(-1);
    entries.push(`${JSON.stringify(key)}:${value ?? ""}`);
  }
  const kind = node.isRoot ? "root" : `${node.kind}:${JSON.stringify(node.name)}`;
  node.contentId = ids.of(`${kind};${units.join(";")};${entries.join(";")}`);
}

function unitIdsOf({ content, node, item }: GrowingRun, ids: ContentIds): readonly number[] {
  switch (content.kind) {
    case "string":
    case "format":
      return [];
    case "values":
      return content.values.map((value) => ids.of(`value:${valueKey(value)}`));
    case "embed":
      return [ids.of(`embed:${valueKey(content.value)}`)];
    case "type":
      return [node?.contentId ?? 0];
    case "document": {
      const options: unknown = item.content instanceof ContentDoc ? item.content.opts : {};
      return [ids.of(`document:${JSON.stringify(content.guid)}:${valueKey(options)}`)];
    }
  }
}
