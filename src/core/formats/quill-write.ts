/**
 * Blocks as lines of Quill.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import type { Json } from "../document/content-json.ts";
import type { Line } from "./quill-lines.ts";
import { MAX_INDENT } from "./quill-tree.ts";
import type { Run } from "./text-runs.ts";
import {
  type Attributes,
  type ElementNode,
  type Mark,
  type TreeNode,
  type Unreadable,
  element,
  isText,
  textOf,
} from "./tree.ts";
import { markRoleOf, roleOf } from "./vocabulary.ts";

/** The lines that show these blocks, or which block Quill has no line for. */
export function treeToLines(nodes: readonly TreeNode[]): Result<readonly Line[], Unreadable> {
  const lines: Line[] = [];
  for (const node of nodes) {
    const problem = addBlock(lines, node, {});
    if (problem !== undefined) {
      return err({ tag: "unreadable", reason: `a text of this kind holds no ${problem} here` });
    }
  }
  return ok(lines);
}

/** What it cannot hold, if anything. */
function addBlock(lines: Line[], node: TreeNode, attributes: Attributes): string | undefined {
  if (isText(node)) return "text outside of a block";
  switch (roleOf(node.type)) {
    case "paragraph":
      addInline(lines, node, attributes);
      return undefined;
    case "image":
      addInline(lines, element("paragraph", {}, [node]), attributes);
      return undefined;
    case "heading":
      addInline(lines, node, { ...attributes, header: node.attrs["level"] ?? 1 });
      return undefined;
    case "codeBlock": {
      const language = node.attrs["language"] ?? node.attrs["params"] ?? true;
      for (const text of textOf(node).split("\n")) {
        const runs = text === "" ? [] : [{ insert: text, attributes: {} }];
        lines.push({ runs, attributes: { "code-block": language } });
      }
      return undefined;
    }
    case "blockquote": {
      if (!node.content.every((child) => !isText(child) && roleOf(child.type) === "paragraph")) return "nested quotes";
      return firstOf(node.content, (child) => addBlock(lines, child, { blockquote: true }));
    }
    case "bulletList":
    case "orderedList":
    case "taskList":
      return addList(lines, node, 0);
    default:
      return node.type;
  }
}

function addList(lines: Line[], list: ElementNode, indent: number): string | undefined {
  const role = roleOf(list.type);
  return firstOf(list.content, (item) => {
    if (isText(item)) return "text outside of an item";
    const checked = item.attrs["checked"] === true ? "checked" : "unchecked";
    const kind = role === "taskList" ? checked : role === "orderedList" ? "ordered" : "bullet";
    return firstOf(item.content, (child) => {
      const childRole = isText(child) ? undefined : roleOf(child.type);
      if (isText(child)) return "text outside of a block";
      if (childRole === "paragraph") {
        return addBlock(lines, child, indent === 0 ? { list: kind } : { list: kind, indent });
      }
      const isNested = childRole === "bulletList" || childRole === "orderedList" || childRole === "taskList";
      return isNested ? addList(lines, child, Math.min(indent + 1, MAX_INDENT)) : `${child.type} in a list`;
    });
  });
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A hard break is a line of its own. */
function addInline(lines: Line[], block: ElementNode, attributes: Attributes): void {
  let runs: Run[] = [];
  for (const node of block.content) {
    if (isText(node)) runs.push({ insert: node.text.replaceAll("\n", " "), attributes: attributesOf(node.marks) });
    else if (roleOf(node.type) === "break") {
      lines.push({ runs, attributes });
      runs = [];
    } else {
      const value = roleOf(node.type) === "image" ? { image: node.attrs["src"] ?? "" } : node.attrs;
      runs.push({ insert: { kind: "embed", value }, attributes: {} });
    }
  }
  lines.push({ runs, attributes });
}

function attributesOf(marks: readonly Mark[]): Attributes {
  return Object.fromEntries(
    marks.map(({ type, attrs }): readonly [string, Json] => {
      if (type === "link" || markRoleOf(type) === "link") return ["link", attrs["href"] ?? ""];
      return [type, attrs["value"] ?? true];
    }),
  );
}
