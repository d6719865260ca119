/**
 * Rich text as a tree: what editors keep in Yjs, without Yjs. Names of nodes and marks are those of the editor that wrote them.
 * @module
 */
import type { Json } from "../document/content-json.ts";

export type Attributes = { readonly [key: string]: Json };

/** Formatting of a run of text. */
export type Mark = { readonly type: string; readonly attrs: Attributes };

/** Never empty; adjacent ones differ in marks. */
export type TextNode = { readonly text: string; readonly marks: readonly Mark[] };

export type ElementNode = {
  readonly type: string;
  /** Without those that are null. */
  readonly attrs: Attributes;
  readonly content: readonly TreeNode[];
};

export type TreeNode = TextNode | ElementNode;

/** What cannot be read: `reason` says where, and may be shown. */
export type Unreadable = { readonly tag: "unreadable"; readonly reason: string };

/** Nodes inside each other; editors have about ten. Reading and writing recurse. */
export const MAX_TREE_DEPTH = 100;

export function isText(node: TreeNode): node is TextNode {
  return "text" in node;
}

export function isElement(node: TreeNode): node is ElementNode {
  return !("text" in node);
}

export function element(type: string, attrs: Attributes, content: readonly TreeNode[]): ElementNode {
  return { type, attrs, content };
}

/** All text of a node, without separators. */
export function textOf(node: TreeNode): string {
  return isText(node) ? node.text : node.content.map(textOf).join("");
}

/** Runs with the same marks made one, empty ones left out. */
export function joinRuns(nodes: readonly TreeNode[]): readonly TreeNode[] {
  const joined: TreeNode[] = [];
  for (const node of nodes) {
    const before = joined.at(-1);
    if (!isText(node)) joined.push(node);
    else if (node.text === "") continue;
    else if (before !== undefined && isText(before) && marksKey(before.marks) === marksKey(node.marks)) {
      joined[joined.length - 1] = { text: before.text + node.text, marks: before.marks };
    } else joined.push(node);
  }
  return joined;
}

/** The same for the same marks in any order. */
export function marksKey(marks: readonly Mark[]): string {
  return marks
    .map(({ type, attrs }) => type + canonical(attrs))
    .sort()
    .join("\n");
}

/** The same for equal nodes, however their attributes are ordered. */
export function nodeKey(node: TreeNode): string {
  if (isText(node)) return JSON.stringify([node.text, marksKey(node.marks)]);
  return `${JSON.stringify(node.type)}${canonical(node.attrs)}[${node.content.map(nodeKey).join(",")}]`;
}

/** JSON with the keys of objects in order. */
export function canonical(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
