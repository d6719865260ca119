/**
 * Tokens of a Markdown parser as blocks by the names of an editor's nodes.
 * @module
 */
import type { Token } from "markdown-it";
import { inlineOf } from "./from-inline.ts";
import { type Attributes, type TreeNode, element, isText, joinRuns } from "./tree.ts";
import { type Role, type Vocabulary, roleOf } from "./vocabulary.ts";

/** GitHub's box at the beginning of an item. */
const BOX = /^\[([ xX])\][ \t]+(?=\S)/;

/** A token with what lies between it and the one that closes it. */
type Group = { readonly token: Token; readonly inside: readonly Token[] };

export class TreeBuilder {
  readonly #words: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.#words = vocabulary;
  }

  blocks(tokens: readonly Token[]): readonly TreeNode[] {
    return groupsOf(tokens).flatMap((group) => this.#block(group));
  }

  #block({ token, inside }: Group): readonly TreeNode[] {
    switch (token.type) {
      case "paragraph_open":
        return this.#lines("paragraph", {}, inside);
      case "heading_open":
        return this.#lines("heading", { level: Number(token.tag.slice(1)) }, inside);
      case "bullet_list_open":
      case "ordered_list_open":
        return [this.#list(token, groupsOf(inside))];
      case "blockquote_open":
        return [this.#element("blockquote", {}, this.#filled(this.blocks(inside)))];
      case "fence":
      case "code_block":
        return [this.#code(token.content.replace(/\n$/, ""), token.info.trim())];
      case "hr":
        return [this.#element("rule", {}, [])];
      case "table_open":
        return [this.#table(inside)];
      default:
        return [];
    }
  }

  #element(role: Role, attrs: Attributes, content: readonly TreeNode[]): TreeNode {
    return element(this.#words.nodes[role], attrs, content);
  }

  #code(text: string, language: string): TreeNode {
    const attrs: Attributes = language === "" ? {} : { [this.#words.language]: language };
    return this.#element("codeBlock", attrs, text === "" ? [] : [{ text, marks: [] }]);
  }

  /** An image that is a block parts the line that it stands in. */
  #lines(role: "paragraph" | "heading", attrs: Attributes, inside: readonly Token[]): readonly TreeNode[] {
    const line = inlineOf(
      inside.flatMap(({ children }) => children ?? []),
      this.#words,
    );
    const isBlock = (node: TreeNode) => !isText(node) && roleOf(node.type) === "image" && !this.#words.isImageInline;
    if (!line.some(isBlock)) return [this.#element(role, attrs, line)];
    const blocks: TreeNode[] = [];
    let open: TreeNode[] = [];
    const close = (): void => {
      const content = trimLine(open);
      if (content.length > 0) blocks.push(this.#element(role, attrs, content));
      open = [];
    };
    for (const node of line) {
      if (!isBlock(node)) open.push(node);
      else {
        close();
        blocks.push(node);
      }
    }
    close();
    return blocks;
  }

  /** Editors' items, quotes and cells hold at least a paragraph. */
  #filled(blocks: readonly TreeNode[]): readonly TreeNode[] {
    return blocks.length > 0 ? blocks : [this.#element("paragraph", {}, [])];
  }

  #list(token: Token, groups: readonly Group[]): TreeNode {
    const boxes = groups.map(boxOf);
    const isTasks = this.#words.hasTasks && boxes.some((box) => box !== undefined);
    const items = groups.map(({ inside }, index) => this.#item(inside, isTasks, boxes[index]));
    if (isTasks) return this.#element("taskList", {}, items);
    if (token.type === "bullet_list_open") return this.#element("bulletList", {}, items);
    const start = Number(token.attrGet("start") ?? 1);
    return this.#element("orderedList", start === 1 ? {} : { [this.#words.start]: start }, items);
  }

  #item(inside: readonly Token[], isTask: boolean, isChecked: boolean | undefined): TreeNode {
    const blocks = [...this.blocks(inside)];
    const [first] = blocks;
    if (first === undefined || isText(first) || roleOf(first.type) !== "paragraph") {
      blocks.unshift(this.#element("paragraph", {}, []));
    } else if (isTask && isChecked !== undefined) blocks[0] = withoutBox(first.type, first.content);
    return isTask
      ? this.#element("taskItem", { checked: isChecked === true }, blocks)
      : this.#element("listItem", {}, blocks);
  }

  #table(inside: readonly Token[]): TreeNode {
    const rows = groupsOf(inside).flatMap((section) => groupsOf(section.inside));
    const content = rows.map((row) => {
      const cells = groupsOf(row.inside).map((cell) => {
        const role = cell.token.type === "th_open" ? "headerCell" : "cell";
        return this.#element(role, {}, this.#filled(this.#cell(cell.inside)));
      });
      return this.#element("row", {}, cells);
    });
    return this.#element("table", {}, content);
  }

  /** An empty cell has no line at all. */
  #cell(inside: readonly Token[]): readonly TreeNode[] {
    return this.#lines("paragraph", {}, inside);
  }
}

function groupsOf(tokens: readonly Token[]): readonly Group[] {
  const groups: Group[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    let end = at;
    if (token.nesting === 1) {
      end += 1;
      // The closing token has the level of the opening one.
      while (end < tokens.length && !(tokens[end]?.nesting === -1 && tokens[end]?.level === token.level)) end += 1;
    }
    groups.push({ token, inside: tokens.slice(at + 1, Math.max(at + 1, end)) });
    at = end;
  }
  return groups;
}

/** Whether the item's box is ticked; undefined without one. What is escaped is none. */
function boxOf({ inside }: Group): boolean | undefined {
  const [open, line] = inside;
  if (open?.type !== "paragraph_open") return undefined;
  const found = BOX.exec(line?.content ?? "");
  const isTextFirst = line?.children?.[0]?.type === "text";
  return found === null || !isTextFirst ? undefined : found[1] !== " ";
}

function withoutBox(type: string, content: readonly TreeNode[]): TreeNode {
  const [first, ...rest] = content;
  if (first === undefined || !isText(first)) return element(type, {}, content);
  return element(type, {}, joinRuns([{ ...first, text: first.text.replace(/^\[[ xX]\]\s+/, "") }, ...rest]));
}

/** Around an image that leaves a line, its spaces and line breaks go too. */
function trimLine(line: readonly TreeNode[]): readonly TreeNode[] {
  const isBlankNode = (node: TreeNode) => (isText(node) ? node.text.trim() === "" : roleOf(node.type) === "break");
  const from = line.findIndex((node) => !isBlankNode(node));
  if (from === -1) return [];
  const to = line.findLastIndex((node) => !isBlankNode(node)) + 1;
  return line.slice(from, to).map((node, index, all) => {
    if (!isText(node)) return node;
    const text = index === 0 ? node.text.trimStart() : node.text;
    return { ...node, text: index === all.length - 1 ? text.trimEnd() : text };
  });
}
