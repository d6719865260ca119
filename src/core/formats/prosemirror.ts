/**
 * ProseMirror's JSON of a tree, and back. It carries all that the tree does.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import type { Json } from "../document/content-json.ts";
import {
  type Attributes,
  MAX_TREE_DEPTH,
  type Mark,
  type TreeNode,
  type Unreadable,
  element,
  isList,
  isText,
  joinRuns,
} from "./tree.ts";

/** `{type: "doc", content}`, as `Node.fromJSON` and Tiptap's `setContent` take it. */
export function writeProseMirror(nodes: readonly TreeNode[]): Json {
  return { type: "doc", content: nodes.map(nodeJson) };
}

function nodeJson(node: TreeNode): Json {
  if (isText(node)) {
    const marks = node.marks.map(({ type, attrs }) => (isEmpty(attrs) ? { type } : { type, attrs }));
    return { type: "text", text: node.text, ...(marks.length === 0 ? {} : { marks }) };
  }
  const { type, attrs, content } = node;
  return {
    type,
    ...(isEmpty(attrs) ? {} : { attrs }),
    ...(content.length === 0 ? {} : { content: content.map(nodeJson) }),
  };
}

function isEmpty(attrs: Attributes): boolean {
  return Object.keys(attrs).length === 0;
}

/** The blocks of a `doc`; the reason of what is none says where it stands. */
export function readProseMirror(json: Json): Result<readonly TreeNode[], Unreadable> {
  if (!isObject(json) || json["type"] !== "doc") return unreadable("", 'is no {"type": "doc", …}');
  return readContent(json["content"], "/content", 0);
}

function readContent(content: Json | undefined, path: string, depth: number): Result<readonly TreeNode[], Unreadable> {
  if (content === undefined) return ok([]);
  if (!isList(content)) return unreadable(path, "is no array");
  if (depth > MAX_TREE_DEPTH) return unreadable(path, "is nested too deep");
  const nodes: TreeNode[] = [];
  for (const [index, child] of content.entries()) {
    const node = readNode(child, `${path}/${index}`, depth);
    if (!node.ok) return node;
    nodes.push(node.value);
  }
  return ok(joinRuns(nodes));
}

function readNode(json: Json, path: string, depth: number): Result<TreeNode, Unreadable> {
  if (!isObject(json) || typeof json["type"] !== "string" || json["type"] === "") {
    return unreadable(path, "is no node with a type");
  }
  const { type, text, marks: listed = [], attrs = {} } = json;
  if (type === "text") {
    if (typeof text !== "string" || text === "") return unreadable(path, "has no text");
    const marks = readMarks(listed, `${path}/marks`);
    return marks.ok ? ok({ text: text.toWellFormed(), marks: marks.value }) : marks;
  }
  if (!isObject(attrs)) return unreadable(`${path}/attrs`, "is no object");
  const content = readContent(json["content"], `${path}/content`, depth + 1);
  return content.ok ? ok(element(type.toWellFormed(), withoutNulls(attrs), content.value)) : content;
}

function readMarks(json: Json, path: string): Result<readonly Mark[], Unreadable> {
  if (!isList(json)) return unreadable(path, "is no array");
  const marks: Mark[] = [];
  for (const [index, mark] of json.entries()) {
    const attrs = isObject(mark) ? (mark["attrs"] ?? {}) : null;
    if (!isObject(mark) || typeof mark["type"] !== "string" || mark["type"] === "" || !isObject(attrs)) {
      return unreadable(`${path}/${index}`, "is no mark with a type");
    }
    marks.push({ type: mark["type"].toWellFormed(), attrs: withoutNulls(attrs) });
  }
  return ok(marks);
}

function withoutNulls(attrs: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== null));
}

function isObject(value: Json | undefined): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(path: string, what: string): Result<never, Unreadable> {
  return err({ tag: "unreadable", reason: `${path === "" ? "the body" : path} ${what}` });
}
