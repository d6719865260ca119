/**
 * A document as plain text, for search and summaries.
 * @module
 */
import { type Doc, XmlElement, XmlText } from "yjs";
import { Pace, type Steps, finish } from "../steps.ts";
import { type Content, type SharedType, entriesOf, kindOf, listOf, rootsOf } from "./shared-type.ts";

export type DocumentText = {
  /** One line per block; see {@link toText}. */
  readonly text: string;
  /** The first block with text, when it is a heading; may hold line breaks. */
  readonly heading: string | undefined;
};

/** About 2 ms. */
const STEP_CONTENTS = 5_000;

const HEADING = /^(?:heading|h[1-6]|title)$/i;
const LINE_BREAK = /^(?:hard_?break|br)$/i;
/** Elements of the editors we know that stand inside a line even where no text stands beside them. */
const INLINE =
  /^(?:mention|emoji|hashtag|tag|link|a|abbr|b|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u|(?:inline|math)_?(?:math|inline|image))$/i;
/** Elements that start a line even beside text. */
const BLOCK =
  /^(?:paragraph|p|heading|h[1-6]|div|section|blockquote|(?:code|image|math)_?block|pre|[uo]l|li|(?:bullet|ordered|numbered|task|check)?_?(?:list|item|list_?item)|table.*|tr|t[dh]|hr|horizontal_?rule|figure|figcaption|details.*|block_?(?:group|container))$/i;

/**
 * The text of all roots, without markup: blocks (paragraphs, headings, list items, cells…) on lines of their own, what is inline
 * joined, a Y.Text as it is, strings of arrays and maps one a line. Roots with prose come first. The same for every replica.
 */
export function toText(doc: Doc): string {
  return readText(doc).text;
}

/** {@link toText} with the heading it begins with. Nesting of any depth is safe: the walk does not recurse. */
export function readText(doc: Doc): DocumentText {
  return finish(readTextInSteps(doc));
}

/** {@link readText}, some thousand contents at a time. */
export function* readTextInSteps(doc: Doc): Steps<DocumentText> {
  const lines = new Lines();
  const pace = new Pace(STEP_CONTENTS);
  for (const [, type] of rootsOf(doc)) {
    const open = [walk(type, true, lines)];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const step = top.next();
      if (step.done === true) open.pop();
      else if (step.value !== READ) open.push(walk(step.value.type, step.value.isBlock, lines));
      if (pace.isStepOver()) yield;
    }
  }
  return { text: lines.text(), heading: lines.heading };
}

/** A type inside the one being walked. */
type Nested = { readonly type: SharedType; readonly isBlock: boolean };

/** A content was read that holds nothing to walk into: a text may have a hundred thousand. */
const READ = "read";

type Walked = Nested | typeof READ;

function* walk(type: SharedType, isBlock: boolean, lines: Lines): Generator<Walked, void> {
  const name = type instanceof XmlElement ? type.nodeName : "";
  if (LINE_BREAK.test(name)) {
    lines.end();
    return;
  }
  if (isBlock) lines.end();
  const mayLead = HEADING.test(name) && lines.isBlank;
  if (/^mention$/i.test(name)) lines.add(mentionText(type));
  yield* inside(type, isBlock, lines);
  if (isBlock) lines.end();
  if (mayLead) lines.markHeading();
}

function* inside(type: SharedType, isBlock: boolean, lines: Lines): Generator<Walked, void> {
  const kind = kindOf(type);
  switch (kind) {
    case "text":
      for (const content of listOf(type)) {
        if (content.kind === "string") lines.add(content.text);
        yield READ;
        // Some editors keep whole paragraphs as texts inside a text; maps there describe text runs.
        if (content.kind === "type" && kindOf(content.type) !== "map") yield { type: content.type, isBlock: true };
      }
      return;
    case "element":
    case "xml":
      yield* children(type, kind === "xml" && isBlock);
      return;
    case "array":
      for (const content of listOf(type)) yield* leaf(content, lines);
      return;
    case "map":
      for (const [, content] of entriesOf(type)) yield* leaf(content, lines);
      return;
    case "hook":
    case "empty":
  }
}

/** Directly in a fragment a text is a block; in an element it is part of the line. */
function* children(parent: SharedType, isFragment: boolean): Generator<Nested, void> {
  let hasText = false;
  if (!isFragment) {
    for (const content of listOf(parent)) hasText ||= content.kind === "type" && content.type instanceof XmlText;
  }
  for (const content of listOf(parent)) {
    if (content.kind !== "type") continue;
    const { type } = content;
    if (type instanceof XmlText) yield { type, isBlock: isFragment };
    else yield { type, isBlock: !(type instanceof XmlElement) || startsLine(type.nodeName, hasText) };
  }
}

function startsLine(name: string, hasTextBeside: boolean): boolean {
  if (INLINE.test(name)) return false;
  return !hasTextBeside || BLOCK.test(name);
}

function mentionText(type: SharedType): string {
  const attributes = new Map(entriesOf(type));
  const shown = attributes.get("label") ?? attributes.get("id");
  const value = shown?.kind === "values" ? shown.values.at(-1) : undefined;
  return typeof value === "string" ? `@${value}` : "";
}

function* leaf(content: Content, lines: Lines): Generator<Nested, void> {
  if (content.kind === "type") yield { type: content.type, isBlock: true };
  if (content.kind === "string") lines.addLine(content.text);
  if (content.kind !== "values") return;
  const open: unknown[] = content.values.toReversed();
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") lines.addLine(value);
    else if (typeof value !== "object" || value === null || value instanceof Uint8Array) continue;
    else for (const each of Object.values(value).reverse()) open.push(each);
  }
}

/** Lines under construction; one without any character is no line. */
class Lines {
  readonly #lines: string[] = [];
  #line: string[] = [];
  heading: string | undefined;
  isBlank = true;

  add(text: string): void {
    if (text === "") return;
    this.#line.push(text);
    this.isBlank &&= text.trim() === "";
  }

  end(): void {
    if (this.#line.length === 0) return;
    this.#lines.push(this.#line.join(""));
    this.#line = [];
  }

  addLine(text: string): void {
    this.end();
    this.add(text);
    this.end();
  }

  /** Everything so far is the heading that the text begins with. */
  markHeading(): void {
    if (!this.isBlank) this.heading ??= this.#lines.join("\n").trim();
  }

  text(): string {
    this.end();
    return this.#lines.join("\n").toWellFormed();
  }
}
