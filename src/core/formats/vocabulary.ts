/**
 * What the names of nodes and marks mean in the editors that we know: ProseMirror's kin, and BlockNote for reading.
 * @module
 */
import { type TreeNode, isText } from "./tree.ts";

export type Role =
  | "paragraph"
  | "heading"
  | "bulletList"
  | "orderedList"
  | "listItem"
  | "taskList"
  | "taskItem"
  | "blockquote"
  | "codeBlock"
  | "rule"
  | "break"
  | "image"
  | "table"
  | "row"
  | "headerCell"
  | "cell";

/** Of BlockNote: items without a list around them. */
export type LooseItem = "bulletItem" | "orderedItem" | "taskItemLoose";

export type MarkRole = "bold" | "italic" | "strike" | "code" | "link";

/** How one family of editors says it. */
export type Vocabulary = {
  readonly nodes: Readonly<Record<Role, string>>;
  readonly marks: Readonly<Record<MarkRole, string>>;
  /** Attributes: an ordered list's first number, a code block's language. */
  readonly start: string;
  readonly language: string;
  readonly hasTasks: boolean;
  /** An image stands in a line of text; otherwise it is a block. */
  readonly isImageInline: boolean;
};

/** As in Tiptap's own extensions. */
export const TIPTAP: Vocabulary = {
  nodes: {
    paragraph: "paragraph",
    heading: "heading",
    bulletList: "bulletList",
    orderedList: "orderedList",
    listItem: "listItem",
    taskList: "taskList",
    taskItem: "taskItem",
    blockquote: "blockquote",
    codeBlock: "codeBlock",
    rule: "horizontalRule",
    break: "hardBreak",
    image: "image",
    table: "table",
    row: "tableRow",
    headerCell: "tableHeader",
    cell: "tableCell",
  },
  marks: { bold: "bold", italic: "italic", strike: "strike", code: "code", link: "link" },
  start: "start",
  language: "language",
  hasTasks: true,
  isImageInline: false,
};

/** As in prosemirror-schema-basic, -list and -tables. */
export const BASIC: Vocabulary = {
  nodes: {
    ...TIPTAP.nodes,
    bulletList: "bullet_list",
    orderedList: "ordered_list",
    listItem: "list_item",
    codeBlock: "code_block",
    rule: "horizontal_rule",
    break: "hard_break",
    row: "table_row",
    headerCell: "table_header",
    cell: "table_cell",
  },
  marks: { ...TIPTAP.marks, bold: "strong", italic: "em", strike: "strikethrough" },
  start: "order",
  language: "params",
  hasTasks: false,
  isImageInline: true,
};

/** Without case and separators. */
const ROLES: Readonly<Record<string, Role | LooseItem | "container">> = {
  paragraph: "paragraph",
  p: "paragraph",
  tableparagraph: "paragraph",
  heading: "heading",
  bulletlist: "bulletList",
  orderedlist: "orderedList",
  listitem: "listItem",
  tasklist: "taskList",
  taskitem: "taskItem",
  blockquote: "blockquote",
  quote: "blockquote",
  codeblock: "codeBlock",
  horizontalrule: "rule",
  divider: "rule",
  hardbreak: "break",
  image: "image",
  table: "table",
  tablerow: "row",
  tableheader: "headerCell",
  tablecell: "cell",
  bulletlistitem: "bulletItem",
  numberedlistitem: "orderedItem",
  checklistitem: "taskItemLoose",
  blockgroup: "container",
  blockcontainer: "container",
};

const MARK_ROLES: Readonly<Record<string, MarkRole>> = {
  bold: "bold",
  strong: "bold",
  italic: "italic",
  em: "italic",
  strike: "strike",
  strikethrough: "strike",
  code: "code",
  link: "link",
};

/** Undefined for a node of somebody's own. */
export function roleOf(name: string): Role | LooseItem | "container" | undefined {
  const plain = name.replaceAll(/[_-]/g, "").toLowerCase();
  return Object.hasOwn(ROLES, plain) ? ROLES[plain] : undefined;
}

export function markRoleOf(name: string): MarkRole | undefined {
  return Object.hasOwn(MARK_ROLES, name) ? MARK_ROLES[name] : undefined;
}

/** BlockNote's blocks: Markdown is not written into them. */
export function isBlockNote(nodes: readonly TreeNode[]): boolean {
  return nodes.some((node) => !isText(node) && roleOf(node.type) === "container");
}

/** Whose names these nodes have; undefined where they do not say. */
export function vocabularyOf(nodes: readonly TreeNode[]): Vocabulary | undefined {
  let found: Vocabulary | undefined;
  let isImageInline: boolean | undefined;
  const open: { readonly node: TreeNode; readonly parent: string }[] = nodes.map((node) => ({ node, parent: "" }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent } = next;
    if (isText(node)) {
      for (const { type } of node.marks) {
        if (type === "strong" || type === "em") found = BASIC;
        else if (type === "bold" || type === "italic") found ??= TIPTAP;
      }
      continue;
    }
    const role = roleOf(node.type);
    if (role === "image") isImageInline ||= roleOf(parent) === "paragraph";
    if (role !== undefined && role !== "container" && node.type.includes("_")) found = BASIC;
    else if (role !== undefined && /[a-z][A-Z]/.test(node.type)) found ??= TIPTAP;
    for (const child of node.content) open.push({ node: child, parent: node.type });
  }
  if (isImageInline === undefined) return found;
  return { ...(found ?? TIPTAP), isImageInline };
}
