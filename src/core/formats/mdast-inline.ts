/**
 * Text and what stands in it, as Markdown's phrasing.
 * @module
 */
import type { Link, PhrasingContent } from "mdast";
import { type Json } from "../document/content-json.ts";
import { type ElementNode, type Mark, type TreeNode, isText, joinRuns } from "./tree.ts";
import { type MarkRole, markRoleOf, roleOf } from "./vocabulary.ts";

/** From the outside in; code is innermost, as nothing is inside of it. */
const NESTING = ["link", "bold", "italic", "strike"] as const satisfies readonly MarkRole[];

type Piece = {
  readonly content: string | ElementNode;
  readonly marks: ReadonlyMap<MarkRole, Mark>;
};

/** Marks that Markdown lacks are left out, their text stays; nodes it lacks are left out, but a mention's name. */
export function phrasingOf(nodes: readonly TreeNode[]): PhrasingContent[] {
  const pieces = joinRuns(nodes.flatMap(shownOf)).map(pieceOf);
  return nest(pieces, 0);
}

/** The text that is shown for a node inside a line; empty where nothing is. */
export function inlineText(node: ElementNode): string {
  if (/^mention$/i.test(node.type)) {
    const shown = stringOf(node.attrs["label"]) || stringOf(node.attrs["id"]);
    return shown === "" ? "" : `@${shown}`;
  }
  return "";
}

function shownOf(node: TreeNode): readonly TreeNode[] {
  if (isText(node)) {
    const marks = node.marks.filter(({ type }) => markRoleOf(type) !== undefined);
    return [{ text: node.text.replaceAll(/[\r\n]/g, " "), marks: marks.map(plainMark) }];
  }
  const role = roleOf(node.type);
  if (role === "break" || role === "image") return [node];
  const text = inlineText(node);
  return text === "" ? node.content.flatMap(shownOf) : [{ text, marks: [] }];
}

/** What Markdown says of a mark. */
function plainMark(mark: Mark): Mark {
  if (markRoleOf(mark.type) !== "link") return { type: mark.type, attrs: {} };
  const { href = "", title = "" } = mark.attrs;
  return { type: mark.type, attrs: title === "" ? { href } : { href, title } };
}

function pieceOf(node: TreeNode): Piece {
  if (!isText(node)) return { content: node, marks: new Map() };
  const marks = new Map<MarkRole, Mark>();
  for (const mark of node.marks) {
    const role = markRoleOf(mark.type);
    if (role !== undefined && !marks.has(role)) marks.set(role, mark);
  }
  return { content: node.text, marks };
}

/** Pieces that share a mark at this level stand in one node. */
function nest(pieces: readonly Piece[], level: number): PhrasingContent[] {
  const role = NESTING[level];
  if (role === undefined) return pieces.map(leafOf);
  const nodes: PhrasingContent[] = [];
  let at = 0;
  while (at < pieces.length) {
    const key = keyOf(pieces[at], role);
    let end = at + 1;
    while (end < pieces.length && keyOf(pieces[end], role) === key) end += 1;
    const inside = nest(pieces.slice(at, end), level + 1);
    const mark = pieces[at]?.marks.get(role);
    for (const node of mark === undefined ? inside : [wrap(role, mark, inside)]) nodes.push(node);
    at = end;
  }
  return nodes;
}

function keyOf(piece: Piece | undefined, role: MarkRole): string {
  const mark = piece?.marks.get(role);
  return mark === undefined ? "" : JSON.stringify([mark.type, mark.attrs]);
}

function wrap(role: (typeof NESTING)[number], mark: Mark, children: PhrasingContent[]): PhrasingContent {
  switch (role) {
    case "bold":
      return { type: "strong", children };
    case "italic":
      return { type: "emphasis", children };
    case "strike":
      return { type: "delete", children };
    case "link": {
      const title = stringOf(mark.attrs["title"]);
      const link: Link = { type: "link", url: stringOf(mark.attrs["href"]), children };
      return title === "" ? link : { ...link, title };
    }
  }
}

function leafOf({ content, marks }: Piece): PhrasingContent {
  if (typeof content === "string") {
    return marks.has("code") ? { type: "inlineCode", value: content } : { type: "text", value: content };
  }
  return roleOf(content.type) === "break" ? { type: "break" } : imageOf(content);
}

export function imageOf({ attrs }: ElementNode): PhrasingContent {
  const title = stringOf(attrs["title"]);
  const image = { type: "image", url: stringOf(attrs["src"] ?? attrs["url"]), alt: stringOf(attrs["alt"]) } as const;
  return title === "" ? image : { ...image, title };
}

/** Empty for what is no text. */
export function stringOf(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}
