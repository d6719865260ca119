/**
 * Lines of Quill as blocks, by the names of Tiptap's nodes.
 * @module
 */
import type { Json } from "../document/content-json.ts";
import type { Line } from "./quill-lines.ts";
import type { Embed, Run } from "./text-runs.ts";
import { type Attributes, type ElementNode, type Mark, type TreeNode, element, joinRuns } from "./tree.ts";

/** Quill indents at most so far by its keys; more is the same as this. */
export const MAX_INDENT = 8;

type ListKind = "bulletList" | "orderedList" | "taskList";
type OpenItem = { readonly paragraph: ElementNode; readonly isChecked: boolean; readonly below: OpenList[] };
type OpenList = { readonly kind: ListKind; readonly items: OpenItem[] };

/** Blocks of lines: adjacent items are one list, adjacent lines of code one block. */
export function linesToTree(lines: readonly Line[]): readonly TreeNode[] {
  const blocks: TreeNode[] = [];
  const lists: OpenList[] = [];
  const closeLists = (): void => {
    const [outer] = lists;
    if (outer !== undefined) blocks.push(closeList(outer));
    lists.length = 0;
  };
  let code: { readonly language: string; readonly lines: string[] } | undefined;
  const closeCode = (): void => {
    if (code !== undefined) blocks.push(codeBlock(code.language, code.lines.join("\n")));
    code = undefined;
  };
  for (const line of lines) {
    const language = line.attributes["code-block"];
    if (language !== undefined) {
      closeLists();
      const name = typeof language === "string" && language !== "plain" ? language : "";
      if (code !== undefined && code.language !== name) closeCode();
      code ??= { language: name, lines: [] };
      code.lines.push(line.runs.map(({ insert }) => (typeof insert === "string" ? insert : "")).join(""));
      continue;
    }
    closeCode();
    const kind = listKindOf(line.attributes["list"]);
    if (kind !== undefined) addItem(lists, kind, line, closeLists);
    else {
      closeLists();
      blocks.push(blockOf(line));
    }
  }
  closeCode();
  closeLists();
  return blocks;
}

function listKindOf(value: Json | undefined): ListKind | undefined {
  if (value === "bullet") return "bulletList";
  if (value === "ordered") return "orderedList";
  return value === "checked" || value === "unchecked" ? "taskList" : undefined;
}

function addItem(lists: OpenList[], kind: ListKind, line: Line, closeAll: () => void): void {
  const indent = typeof line.attributes["indent"] === "number" ? line.attributes["indent"] : 0;
  const depth = Math.min(Math.max(0, Math.floor(indent)), MAX_INDENT, lists.length);
  if (depth === 0 && lists[0] !== undefined && lists[0].kind !== kind) closeAll();
  const same = lists[depth];
  lists.length = Math.min(lists.length, same?.kind === kind ? depth + 1 : depth);
  let list = lists[depth];
  if (list === undefined) {
    list = { kind, items: [] };
    // What is added to it later is below that item too.
    lists[depth - 1]?.items.at(-1)?.below.push(list);
    lists.push(list);
  }
  list.items.push({ paragraph: paragraphOf(line), isChecked: line.attributes["list"] === "checked", below: [] });
}

function closeList({ kind, items }: OpenList): ElementNode {
  const content = items.map(({ paragraph, isChecked, below }) => {
    const children = [paragraph, ...below.map(closeList)];
    return kind === "taskList"
      ? element("taskItem", { checked: isChecked }, children)
      : element("listItem", {}, children);
  });
  return element(kind, {}, content);
}

function blockOf(line: Line): ElementNode {
  const { header, blockquote } = line.attributes;
  if (typeof header === "number") return element("heading", { level: header }, inlineOf(line.runs));
  return blockquote === true ? element("blockquote", {}, [paragraphOf(line)]) : paragraphOf(line);
}

function paragraphOf(line: Line): ElementNode {
  return element("paragraph", {}, inlineOf(line.runs));
}

function codeBlock(language: string, text: string): ElementNode {
  return element("codeBlock", language === "" ? {} : { language }, text === "" ? [] : [{ text, marks: [] }]);
}

function inlineOf(runs: readonly Run[]): readonly TreeNode[] {
  return joinRuns(
    runs.map(({ insert, attributes }): TreeNode => {
      if (typeof insert === "string") return { text: insert.toWellFormed(), marks: marksOf(attributes) };
      return embedNode(insert);
    }),
  );
}

function embedNode(embed: Embed): ElementNode {
  if (embed.kind === "type" || !isObject(embed.value)) return element("embed", {}, []);
  const { image } = embed.value;
  return typeof image === "string" ? element("image", { src: image }, []) : element("embed", embed.value, []);
}

function marksOf(attributes: Attributes): readonly Mark[] {
  return Object.entries(attributes).map(([key, value]): Mark => {
    if (value === true) return { type: key, attrs: {} };
    return key === "link" ? { type: "link", attrs: { href: value } } : { type: key, attrs: { value } };
  });
}

function isObject(value: Json): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
