/**
 * Blocks as Markdown's tree. What Markdown cannot say is left out; the text in it stays.
 * @module
 */
import type { BlockContent, List, ListItem, RootContent, Table, TableRow } from "mdast";
import { imageOf, phrasingOf, stringOf } from "./mdast-inline.ts";
import { type ElementNode, type TreeNode, element, isElement, isText, joinRuns, textOf } from "./tree.ts";
import { roleOf } from "./vocabulary.ts";

/** Of nodes that stand anywhere: a lone item is a list, a lone row a table, a lone cell its content. */
export function blocksOf(nodes: readonly TreeNode[]): BlockContent[] {
  const blocks: BlockContent[] = [];
  let line: TreeNode[] = [];
  const endLine = (): void => {
    if (line.length > 0) blocks.push(...paragraph(line));
    line = [];
  };
  for (const node of nodes) {
    if (isInline(node)) line.push(node);
    else {
      endLine();
      for (const block of blockOf(node)) addBlock(blocks, block);
    }
  }
  endLine();
  return blocks;
}

/** Text, line breaks, and nodes of somebody's own that hold nothing. Images are blocks where no text is beside them. */
function isInline(node: TreeNode): boolean {
  if (isText(node)) return true;
  const role = roleOf(node.type);
  return role === "break" || (role === undefined && node.content.length === 0);
}

/** Items without a list of their own join the list before them. */
function addBlock(blocks: BlockContent[], block: BlockContent): void {
  const before = blocks.at(-1);
  const isLoose = block.type === "list" && block.data !== undefined;
  if (isLoose && before?.type === "list" && before.data !== undefined && before.ordered === block.ordered) {
    before.children.push(...block.children);
  } else blocks.push(block);
}

function blockOf(node: TreeNode): BlockContent[] {
  if (isText(node)) return paragraph([node]);
  const { attrs, content } = node;
  switch (roleOf(node.type)) {
    case "paragraph":
      return paragraph(content);
    case "heading":
      return [{ type: "heading", depth: depthOf(attrs["level"]), children: phrasingOf(content) }];
    case "bulletList":
    case "orderedList":
    case "taskList":
      return listOf(node);
    case "listItem":
    case "taskItem":
      return [{ type: "list", ordered: false, spread: false, children: [itemOf(node)] }];
    case "blockquote":
      return [{ type: "blockquote", children: blocksOf(content) }];
    case "codeBlock": {
      const [lang = "", ...meta] = stringOf(attrs["language"] ?? attrs["params"])
        .trim()
        .split(/\s+/);
      const info = lang === "" ? {} : { lang, meta: meta.join(" ") };
      return [{ type: "code", value: content.map(textOf).join(""), ...info }];
    }
    case "rule":
      return [{ type: "thematicBreak" }];
    case "image":
      return [{ type: "paragraph", children: [imageOf(node)] }];
    case "table":
      return tableOf(content);
    case "row":
      return tableOf([node]);
    case "container":
      return containerOf(content);
    case "bulletItem":
    case "orderedItem":
    case "taskItemLoose":
      return looseItem(node, []);
    case "headerCell":
    case "cell":
    case "break":
    case undefined:
      return blocksOf(content);
  }
}

function paragraph(line: readonly TreeNode[]): BlockContent[] {
  const children = phrasingOf(line);
  return children.length === 0 ? [] : [{ type: "paragraph", children }];
}

function depthOf(level: unknown): 1 | 2 | 3 | 4 | 5 | 6 {
  const depths = [1, 2, 3, 4, 5, 6] as const;
  const number = typeof level === "string" ? Number(level) : level;
  return depths.find((depth) => depth === number) ?? (typeof number === "number" && number > 6 ? 6 : 1);
}

function listOf({ type, attrs, content }: ElementNode): BlockContent[] {
  const items = content.filter(isElement).map(itemOf);
  if (items.length === 0) return [];
  const isOrdered = roleOf(type) === "orderedList";
  const start = attrs["start"] ?? attrs["order"];
  const list: List = { type: "list", ordered: isOrdered, spread: false, children: items };
  return [isOrdered ? { ...list, start: isStart(start) ? start : 1 } : list];
}

/** Markdown has no number below zero, and none with more than nine digits. */
function isStart(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1e9;
}

function itemOf(item: ElementNode): ListItem {
  const children = blocksOf(item.content);
  const isTask = roleOf(item.type) === "taskItem" && children[0]?.type === "paragraph";
  const checked = item.attrs["checked"] === true || item.attrs["checked"] === "true";
  // Right below a line, a table would be more of that line.
  const spread = children.slice(1).some(({ type }) => type === "table");
  return { type: "listItem", spread, children, ...(isTask ? { checked } : {}) };
}

/** A block of BlockNote: its content, and what is nested below it. */
function containerOf(content: readonly TreeNode[]): BlockContent[] {
  const [first, ...rest] = content;
  const role = first === undefined || isText(first) ? undefined : roleOf(first.type);
  const isItem = role === "bulletItem" || role === "orderedItem" || role === "taskItemLoose";
  return isItem && first !== undefined && !isText(first) ? looseItem(first, rest) : blocksOf(content);
}

function looseItem(item: ElementNode, below: readonly TreeNode[]): BlockContent[] {
  const role = roleOf(item.type);
  const inside = element(role === "taskItemLoose" ? "taskItem" : "listItem", item.attrs, [
    element("paragraph", {}, item.content),
    ...below,
  ]);
  const list: List = { type: "list", ordered: role === "orderedItem", spread: false, children: [itemOf(inside)] };
  return [{ ...list, data: {} }];
}

/** The first row is the header, as Markdown's tables have one; each row has its cells. */
/** Rows are written as long as the longest one: of a long and a wide table in one each row is a table by itself. */
const MAX_TABLE_CELLS = 200_000;

function tableOf(rows: readonly TreeNode[]): BlockContent[] {
  const cells = rows.flatMap((row) => (isText(row) ? [] : [row.content.filter(isElement)]));
  const columns = cells.reduce((most, row) => Math.max(most, row.length), 0);
  if (columns === 0) return [];
  if (cells.length > 1 && columns * cells.length > MAX_TABLE_CELLS) return rows.flatMap((row) => tableOf([row]));
  const children = cells.map((row): TableRow => {
    const padded = Array.from({ length: columns }, (_, column) => row[column]);
    return { type: "tableRow", children: padded.map((cell) => ({ type: "tableCell", children: cellOf(cell) })) };
  });
  const table: Table = { type: "table", children };
  return [table];
}

/** All of a cell on one line. */
function cellOf(cell: ElementNode | undefined) {
  const line: TreeNode[] = [];
  for (const block of cell?.content ?? []) {
    if (line.length > 0) line.push({ text: " ", marks: [] });
    for (const node of flatten(block)) line.push(node);
  }
  return phrasingOf(trimLine(line));
}

/** Spaces at the edges of a cell are no part of it. */
function trimLine(line: readonly TreeNode[]): readonly TreeNode[] {
  return joinRuns(line).map((node, index, all) => {
    if (!isText(node)) return node;
    const text = index === 0 ? node.text.trimStart() : node.text;
    return { ...node, text: index === all.length - 1 ? text.trimEnd() : text };
  });
}

function flatten(node: TreeNode): readonly TreeNode[] {
  if (isText(node)) return [node];
  const role = roleOf(node.type);
  if (role === "break") return [{ text: " ", marks: [] }];
  return role === "image" || isInline(node) ? [node] : node.content.flatMap(flatten);
}

/** The root of a Markdown tree. */
export function rootOf(nodes: readonly TreeNode[]): { readonly type: "root"; children: RootContent[] } {
  return { type: "root", children: blocksOf(nodes) };
}
