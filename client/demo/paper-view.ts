/**
 * Rich text as elements to read: as it is, or one side of a comparison, where what came is in the colour of its author.
 * @module
 */
import type { AuthorOf } from "./authors.ts";
import { textOf } from "./api-request.ts";
import { makeElement } from "./elements.ts";
import { showImage } from "./image-node.ts";
import type { By, PaperElement, PaperNode, Piece } from "./paper.ts";

/** `earlier` shows what went and not what came, `later` the other way round. */
export type Side = "earlier" | "later";

type BlockTag = "p" | "h1" | "h2" | "h3" | "ul" | "ol" | "li" | "blockquote" | "pre" | "hr" | "br" | "div";

const TAGS: Readonly<Record<string, BlockTag>> = {
  paragraph: "p",
  bulletList: "ul",
  orderedList: "ol",
  listItem: "li",
  blockquote: "blockquote",
  codeBlock: "pre",
  horizontalRule: "hr",
  hardBreak: "br",
};
const HEADINGS: readonly BlockTag[] = ["h1", "h2", "h3"];
const MARKS = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u", link: "span" } as const;

export class PaperView {
  readonly #side: Side;
  readonly #authorOf: AuthorOf;

  constructor(side: Side, authorOf: AuthorOf) {
    this.#side = side;
    this.#authorOf = authorOf;
  }

  /** Whether `node` is on this side at all. */
  shows({ state }: { readonly state: PaperNode["state"] }): boolean {
    return state !== (this.#side === "later" ? "gone" : "added");
  }

  blocks(nodes: readonly PaperNode[]): readonly Node[] {
    return nodes.filter((node) => this.shows(node)).map((node) => this.#node(node));
  }

  #node(node: PaperNode): Node {
    const made =
      node.kind === "element"
        ? this.#element(node)
        : makeElement("span", {
            children: node.pieces.filter((piece) => this.shows(piece)).map((piece) => this.#piece(piece)),
          });
    if (node.state !== "same") this.#mark(made, node.state, node.by);
    else if (node.kind === "element" && node.before !== undefined) this.#mark(made, "changed", node.by);
    return made;
  }

  #element(node: PaperElement): HTMLElement {
    const attributes = this.#side === "earlier" && node.before !== undefined ? node.before : node.attributes;
    const { name } = node;
    if (name === "image") return makeImage(attributes);
    const level = typeof attributes["level"] === "number" ? attributes["level"] : 1;
    const tag = name === "heading" ? (HEADINGS[level - 1] ?? "h3") : (TAGS[name] ?? "div");
    const made = makeElement(tag, { attributes: tag === "p" || tag.startsWith("h") ? { dir: "auto" } : {} });
    if (tag === "pre") made.append(makeElement("code", { children: this.blocks(node.children) }));
    else made.append(...this.blocks(node.children));
    // As in the editor: an empty line has its height.
    if (tag === "p" && made.textContent === "") made.append(makeElement("br"));
    return made;
  }

  #piece(piece: Piece): Node {
    const attributes = this.#side === "earlier" && piece.before !== undefined ? piece.before : piece.attributes;
    let made: Node =
      typeof piece.insert === "string" ? document.createTextNode(piece.insert) : this.#node(piece.insert);
    for (const key of Object.keys(attributes)) {
      // An editor writes marks that may overlap as `link--` and a hash.
      const tag = markTag(key.split("--")[0] ?? "");
      if (tag === undefined) continue;
      const className = tag === "span" ? { className: "paper-link" } : {};
      made = makeElement(tag, { ...className, children: [made] });
    }
    if (piece.state === "same" && piece.before === undefined) return made;
    const tag = piece.state === "same" ? "span" : piece.state === "added" ? "ins" : "del";
    const marked = makeElement(tag, { children: [made] });
    this.#mark(marked, piece.state === "same" ? "changed" : piece.state, piece.by);
    return marked;
  }

  #mark(element: HTMLElement, change: "added" | "gone" | "changed", by: By | undefined): void {
    element.dataset["change"] = change;
    if (change !== "added") {
      element.title = change === "gone" ? "Removed" : "Looks different";
      return;
    }
    const { name, color } = this.#authorOf(by?.user ?? "");
    element.dataset["author"] = name;
    element.title = `Added by ${name}${by === undefined || by.atMs === null ? "" : `, ${shortTime(by.atMs)}`}`;
    element.style.setProperty("--author", color);
  }
}

const timeFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** Day and minute. */
export function shortTime(atMs: number): string {
  return timeFormat.format(atMs);
}

function markTag(name: string): (typeof MARKS)[keyof typeof MARKS] | undefined {
  return Object.hasOwn(MARKS, name) ? Object.entries(MARKS).find(([mark]) => mark === name)?.[1] : undefined;
}

function makeImage(attributes: Readonly<Record<string, unknown>>): HTMLElement {
  const image = makeElement("img", { attributes: { alt: textOf(attributes["alt"]) } });
  showImage(image, textOf(attributes["src"]), () => undefined);
  return makeElement("figure", { className: "picture", children: [image] });
}
