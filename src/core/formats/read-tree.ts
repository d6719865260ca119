/**
 * The tree of a root: of XML as y-prosemirror keeps it, of a text as Quill's binding does.
 * @module
 */
import { XmlElement } from "yjs";
import { type Json, jsonOf } from "../document/content-json.ts";
import { type SharedType, entriesOf, kindOf, listOf } from "../document/shared-type.ts";
import { readLines } from "./quill-lines.ts";
import { linesToTree } from "./quill-tree.ts";
import { type Run, runsOf } from "./text-runs.ts";
import { type Attributes, MAX_TREE_DEPTH, type Mark, type TreeNode, element, joinRuns } from "./tree.ts";

/** Marks that may lie on each other are kept under a name with a hash: `comment--a1B2c3D4`. */
const HASHED_MARK = /^(.*)--[a-zA-Z0-9+/=]{8}$/;

/** Nodes of a root, or of any type below it; empty for what is no prose. What lies deeper than {@link MAX_TREE_DEPTH} is left out. */
export function readTree(root: SharedType): readonly TreeNode[] {
  const kind = kindOf(root);
  if (kind === "text") return linesToTree(readLines(runsOf(root)));
  return kind === "xml" || kind === "element" ? readChildren(root, 0) : [];
}

/** One child of an XML type. */
export function readChild(type: SharedType, depth: number): readonly TreeNode[] {
  if (depth > MAX_TREE_DEPTH) return [];
  if (kindOf(type) === "text") return readRuns(runsOf(type));
  if (!(type instanceof XmlElement)) return [];
  return [element(type.nodeName, readAttributes(type), readChildren(type, depth + 1))];
}

function readChildren(parent: SharedType, depth: number): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  for (const content of listOf(parent)) {
    if (content.kind === "type") for (const node of readChild(content.type, depth)) nodes.push(node);
  }
  return joinRuns(nodes);
}

/** Attributes that are not null. */
export function readAttributes(type: SharedType): Attributes {
  const attrs: Record<string, Json> = {};
  for (const [key, content] of entriesOf(type)) {
    const value = content.kind === "values" ? jsonOf(content.values.at(-1)) : null;
    if (value !== null) attrs[key] = value;
  }
  return attrs;
}

/** Text nodes of runs; embeds are nodes of the type `embed`, but that of an editor's own element. */
export function readRuns(runs: readonly Run[]): readonly TreeNode[] {
  return joinRuns(
    runs.flatMap(({ insert, attributes }): readonly TreeNode[] => {
      const marks = readMarks(attributes);
      if (typeof insert === "string") return [{ text: insert.toWellFormed(), marks }];
      return insert.kind === "type" ? readChild(insert.type, 1) : [element("embed", objectOf(insert.value), [])];
    }),
  );
}

/** The mark that an attribute of text stands for. */
export function readMark(key: string, value: Json): Mark {
  return { type: HASHED_MARK.exec(key)?.[1] ?? key, attrs: withoutNulls(objectOf(value)) };
}

function readMarks(attributes: Attributes): readonly Mark[] {
  return Object.entries(attributes).map(([key, value]) => readMark(key, value));
}

/** `true` says that a mark is there; any other plain value is kept as `value`. */
function objectOf(value: Json): Attributes {
  if (value === true || value === null) return {};
  return isObject(value) ? value : { value };
}

function isObject(value: Json): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutNulls(attrs: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== null));
}
