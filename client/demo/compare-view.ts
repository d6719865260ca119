/**
 * Two states of a document side by side, block beside block, and whose the new words are.
 * @module
 */
import { type Author, type AuthorOf, makeAuthorTag } from "./authors.ts";
import { makeElement } from "./elements.ts";
import { type PaperNode, type Piece, paperOfJson } from "./paper.ts";
import { markChanges } from "./paper-diff.ts";
import { PaperView, type Side } from "./paper-view.ts";
import type { VersionDiff } from "./versions-api.ts";

/** Name of the fragment that the rich-text editor writes. */
export const RICH_TEXT = "default";

/** Unchanged blocks on each side of a change that are shown at once. */
const CONTEXT_BLOCKS = 1;
/** So many unchanged blocks in between are shown, too: a line that says they are hidden saves nothing. */
const MIN_FOLDED = 3;

type Row = { readonly earlier: PaperNode | undefined; readonly later: PaperNode | undefined };

export type Comparison = {
  /** What `diff` starts from, as JSON. */
  readonly earlier: object;
  readonly diff: VersionDiff;
  readonly authorOf: AuthorOf;
  /** What both sides are called. */
  readonly titles: Readonly<Record<Side, string>>;
};

/** One element with all of it. */
export function makeComparison({ earlier, diff, authorOf, titles }: Comparison): HTMLElement {
  const blocks = paperOfJson(earlier, RICH_TEXT);
  const isShown = blocks !== undefined && markChanges(blocks, RICH_TEXT, diff.changes);
  if (!isShown) return makeElement("pre", { className: "compare-text", text: diff.text });
  const rows = rowsOf(blocks);
  if (!rows.some(isChanged)) {
    return makeElement("p", {
      className: "history-note",
      text: "Nothing differs.",
      attributes: { "data-testid": "same" },
    });
  }
  const legend = makeLegend(blocks, authorOf);
  const views = { earlier: new PaperView("earlier", authorOf), later: new PaperView("later", authorOf) };
  const grid = makeElement("div", { className: "compare", attributes: { "data-testid": "compare" } });
  for (const side of ["earlier", "later"] as const) {
    grid.append(
      makeElement("h3", { className: "compare-title", text: titles[side], attributes: { "data-side": side } }),
    );
  }
  for (const part of folded(rows)) {
    if (part.isFolded) grid.append(makeFold(part.rows, views));
    else grid.append(...part.rows.flatMap((row) => cellsOf(row, views)));
  }
  return makeElement("div", { children: [legend, grid] });
}

/** What went stands beside what came in its place. */
function rowsOf(blocks: readonly PaperNode[]): readonly Row[] {
  const rows: Row[] = [];
  let gone: PaperNode[] = [];
  let added: PaperNode[] = [];
  const flush = () => {
    for (let at = 0; at < Math.max(gone.length, added.length); at += 1) {
      rows.push({ earlier: gone[at], later: added[at] });
    }
    gone = [];
    added = [];
  };
  for (const block of blocks) {
    if (block.state === "gone") gone.push(block);
    else if (block.state === "added") added.push(block);
    else {
      flush();
      rows.push({ earlier: block, later: block });
    }
  }
  flush();
  return rows;
}

function isChanged({ earlier, later }: Row): boolean {
  return earlier !== later || (later !== undefined && isNodeChanged(later));
}

function isNodeChanged(node: PaperNode): boolean {
  if (node.state !== "same") return true;
  if (node.kind === "text") return node.pieces.some(isPieceChanged);
  return node.before !== undefined || node.children.some(isNodeChanged);
}

function isPieceChanged({ state, before, insert }: Piece): boolean {
  return state !== "same" || before !== undefined || (typeof insert !== "string" && isNodeChanged(insert));
}

type Part = { readonly isFolded: boolean; readonly rows: readonly Row[] };

function folded(rows: readonly Row[]): readonly Part[] {
  const changed = rows.map(isChanged);
  const isNear = (index: number) =>
    changed.slice(Math.max(0, index - CONTEXT_BLOCKS), index + CONTEXT_BLOCKS + 1).includes(true);
  const parts: { isFolded: boolean; rows: Row[] }[] = [];
  for (const [index, row] of rows.entries()) {
    const last = parts.at(-1);
    if (last?.isFolded === !isNear(index)) last.rows.push(row);
    else parts.push({ isFolded: !isNear(index), rows: [row] });
  }
  return parts.map((part) => ({ ...part, isFolded: part.isFolded && part.rows.length >= MIN_FOLDED }));
}

type Views = Readonly<Record<Side, PaperView>>;

function cellsOf(row: Row, views: Views): readonly HTMLElement[] {
  return (["earlier", "later"] as const).map((side) => {
    const block = row[side];
    return makeElement("div", {
      className: "compare-cell ProseMirror",
      attributes: { "data-side": side, "data-changed": String(isChanged(row)) },
      children: block === undefined ? [] : views[side].blocks([block]),
    });
  });
}

function makeFold(rows: readonly Row[], views: Views): HTMLElement {
  const text = `${rows.length} unchanged paragraphs`;
  const button = makeElement("button", { className: "compare-fold", text, attributes: { type: "button" } });
  button.addEventListener("click", () => button.replaceWith(...rows.flatMap((row) => cellsOf(row, views))));
  return button;
}

function makeLegend(blocks: readonly PaperNode[], authorOf: AuthorOf): HTMLElement {
  const authors = new Map<string, Author>();
  const note = ({ state, by }: Pick<PaperNode, "state" | "by">) => {
    if (state !== "added") return;
    const author = authorOf(by?.user ?? "");
    authors.set(author.name, author);
  };
  const visit = (node: PaperNode): void => {
    note(node);
    if (node.kind === "element") return node.children.forEach(visit);
    for (const piece of node.pieces) {
      note(piece);
      if (typeof piece.insert !== "string") visit(piece.insert);
    }
  };
  blocks.forEach(visit);
  return makeElement("p", {
    className: "legend",
    attributes: { "data-testid": "legend" },
    children: [
      ...[...authors.values()].map(makeAuthorTag),
      makeElement("span", { className: "legend-gone", children: [makeElement("del", { text: "removed" })] }),
    ],
  });
}
