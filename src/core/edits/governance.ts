/**
 * What a format decides when it is written into a document, and what it leaves as it is because it cannot say it.
 * @module
 */
import type { Json } from "../document/content-json.ts";
import { inlineText } from "../formats/mdast-inline.ts";
import { readMark } from "../formats/read-tree.ts";
import { blocksOf } from "../formats/to-mdast.ts";
import {
  type Attributes,
  type ElementNode,
  type Mark,
  type TreeNode,
  canonical,
  isText,
  nodeKey,
  textOf,
} from "../formats/tree.ts";
import { markRoleOf, roleOf } from "../formats/vocabulary.ts";
import type { Block } from "./align-blocks.ts";

/** Attributes of text as Yjs keeps them; null takes one away. */
export type Formatting = { readonly [key: string]: Json };

export type Governance = {
  readonly blockOf: (nodes: readonly TreeNode[]) => Block;
  /** Attributes of an element that become others; null where one goes. */
  readonly attributeChange: (from: ElementNode, to: ElementNode) => Formatting;
  /** Of a character that stays. */
  readonly formatChange: (from: Attributes, to: readonly Mark[]) => Formatting;
  /** Of a character that comes. */
  readonly formatsOf: (marks: readonly Mark[]) => Formatting;
  /** Of a node in a line: empty where the format does not show it, so that it stays. */
  readonly atomKey: (node: ElementNode) => string;
  /** The text that stands for such a node, where it is shown as text. */
  readonly atomText: (node: ElementNode) => string;
};

/** Attributes that Markdown says, by role. */
const SAID: { readonly [role in NonNullable<ReturnType<typeof roleOf>>]?: readonly string[] } = {
  heading: ["level"],
  codeBlock: ["language", "params"],
  orderedList: ["start", "order"],
  taskItem: ["checked"],
  image: ["src", "alt", "title"],
};

/** Markdown: equal is what is written the same. */
export const MARKDOWN: Governance = {
  blockOf: (nodes) => {
    const blocks = blocksOf(nodes);
    const [first] = nodes;
    const kind = first === undefined || isText(first) ? "#text" : kindOf(first);
    // Markdown's tree stands for its text, which takes far longer to write.
    // An empty cell is a column all the same.
    const isShown = blocks.length > 0 || kind === "cell";
    return { key: JSON.stringify(blocks), kind, text: nodes.map(textOf).join(" "), isShown };
  },
  attributeChange: (from, to) => {
    const role = roleOf(from.type);
    const said = role === undefined ? [] : (SAID[role] ?? []);
    return changeOf(pick(from.attrs, said), pick(to.attrs, said));
  },
  formatChange: (from, to) => {
    const change: Record<string, Json> = {};
    const left = new Map(to.map((mark) => [markRoleOf(mark.type) ?? mark.type, mark]));
    for (const [key, value] of Object.entries(from)) {
      const mark = readMark(key, value);
      const role = markRoleOf(mark.type);
      if (role === undefined) continue;
      const wanted = left.get(role);
      left.delete(role);
      if (wanted === undefined) change[key] = null;
      else if (role === "link" && !isSameTarget(mark, wanted)) change[key] = retargeted(mark, wanted);
    }
    for (const { type, attrs } of left.values()) change[type] = attrs;
    return change;
  },
  formatsOf: (marks) => Object.fromEntries(marks.map(({ type, attrs }) => [type, attrs])),
  atomKey: (node) => {
    if (roleOf(node.type) === "break") return "\n";
    const shown = inlineText(node);
    if (shown !== "") return `@${nodeKey(node)}`;
    const blocks = blocksOf([node]);
    return blocks.length === 0 ? "" : `@${JSON.stringify(blocks)}`;
  },
  atomText: inlineText,
};

/** ProseMirror's JSON, which says all there is. `names` are keys of marks that the document keeps under another name. */
export function exactGovernance(names: ReadonlyMap<string, string>): Governance {
  const nameOf = (mark: Mark) => names.get(markKey(mark)) ?? mark.type;
  const formatsOf = (marks: readonly Mark[]) => Object.fromEntries(marks.map((mark) => [nameOf(mark), mark.attrs]));
  return {
    blockOf: (nodes) => {
      const [first] = nodes;
      const kind = first === undefined || isText(first) ? "#text" : first.type;
      return { key: nodes.map(nodeKey).join(), kind, text: nodes.map(textOf).join(" "), isShown: true };
    },
    attributeChange: (from, to) => changeOf(from.attrs, to.attrs),
    formatChange: (from, to) => {
      const change: Record<string, Json> = {};
      const wanted = new Map(to.map((mark) => [markKey(mark), mark]));
      for (const [key, value] of Object.entries(from)) {
        if (!wanted.delete(markKey(readMark(key, value)))) change[key] = null;
      }
      return { ...change, ...formatsOf([...wanted.values()]) };
    },
    formatsOf,
    atomKey: (node) => `@${nodeKey(node)}`,
    atomText: () => "",
  };
}

/** Equal for a mark of the same type and attributes. */
export function markKey({ type, attrs }: Mark): string {
  return `${type} ${canonical(attrs)}`;
}

/** Cells of the head and others turn into each other by where they stand. */
function kindOf({ type }: ElementNode): string {
  const role = roleOf(type) ?? type;
  return role === "headerCell" ? "cell" : role;
}

function changeOf(from: Attributes, to: Attributes): Formatting {
  const change: Record<string, Json> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) change[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (before === undefined || canonical(before) !== canonical(value)) change[key] = value;
  }
  return change;
}

function pick(attrs: Attributes, keys: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(attrs).filter(([key]) => keys.includes(key)));
}

function isSameTarget(a: Mark, b: Mark): boolean {
  return a.attrs["href"] === b.attrs["href"] && (a.attrs["title"] ?? "") === (b.attrs["title"] ?? "");
}

/** What else the editor knows of a link stays. */
function retargeted({ attrs: { title: _title, ...rest } }: Mark, wanted: Mark): Json {
  return { ...rest, ...wanted.attrs };
}
