/**
 * Steps of a comparison as edits of a block. From the right to the left: no edit moves what is still to be edited.
 * @module
 */
import { type Text, type XmlElement, type XmlFragment, XmlText } from "yjs";
import { canonical } from "../formats/tree.ts";
import type { Formatting, Governance } from "./governance.ts";
import { makeElement } from "./make-xml.ts";
import type { Standing, Wanted } from "./put-line.ts";
import type { UnitStep } from "./unit-diff.ts";

type Step = UnitStep<Standing, Wanted>;
type Char = Extract<Standing, { readonly in: Text }>;
/** Neighbours in one text that are edited alike. */
type Span = { readonly in: Text; at: number; length: number; readonly change: Formatting | null };

/** Of the children of a block. */
export function applyEdits(block: XmlFragment, steps: readonly Step[], rules: Governance): void {
  new LineEdit(block, rules).apply(steps);
}

class LineEdit {
  readonly #block: XmlFragment;
  readonly #rules: Governance;
  /** Of texts that are cut, where the part begins that stays. */
  #staying: ReadonlyMap<Text, number> = new Map();
  /** Texts that were cut behind what stays in them no more: its copy. */
  readonly #copies = new Map<Text, XmlText>();
  #span: Span | undefined;

  constructor(block: XmlFragment, rules: Governance) {
    this.#block = block;
    this.#rules = rules;
  }

  apply(steps: readonly Step[]): void {
    this.#staying = stayingParts(steps);
    let end = steps.length;
    while (end > 0) {
      const step = steps[end - 1];
      if (step?.do === "insert") {
        let start = end - 1;
        while (start > 0 && steps[start - 1]?.do === "insert") start -= 1;
        this.#close();
        this.#insert(
          steps.slice(start, end).flatMap((each) => (each.do === "insert" ? [each.to] : [])),
          standingOf(steps[start - 1]),
          standingOf(steps[end]),
        );
        end = start;
        continue;
      }
      if (step !== undefined) this.#edit(step);
      end -= 1;
    }
    this.#close();
  }

  #edit(step: Exclude<Step, { readonly do: "insert" }>): void {
    const { from } = step;
    if ("element" in from) {
      this.#close();
      if (step.do === "delete") this.#delete(from.element);
      return;
    }
    if (step.do === "delete") return this.#extend(from, null);
    if (!("marks" in step.to)) return;
    const change = this.#rules.formatChange(from.attributes, step.to.marks);
    if (Object.keys(change).length === 0) this.#close();
    else this.#extend(from, change);
  }

  /** By itself: a place among the children is walked to from the first of them, for each that goes. */
  #delete({ _item: item }: XmlElement): void {
    this.#block.doc?.transact((transaction) => item?.delete(transaction));
  }

  #extend({ in: standing, at, length }: Char, change: Formatting | null): void {
    const text = this.#textOf(standing);
    const span = this.#span;
    const isSame = span !== undefined && span.in === text && span.at === at + length && isEqual(span.change, change);
    if (isSame) {
      span.at = at;
      span.length += length;
      return;
    }
    this.#close();
    this.#span = { in: text, at, length, change };
  }

  #close(): void {
    const span = this.#span;
    this.#span = undefined;
    if (span === undefined) return;
    if (span.change === null) span.in.delete(span.at, span.length);
    else span.in.format(span.at, span.length, { ...span.change });
  }

  /** Behind what stood before it, and where nothing did, before what comes after. */
  #insert(wanted: readonly Wanted[], before: Standing | undefined, after: Standing | undefined): void {
    const place = this.#placeOf(before, after);
    let end = wanted.length;
    while (end > 0) {
      const last = wanted[end - 1];
      if (last === undefined) break;
      if ("node" in last) {
        this.#insertNode(place, last);
        end -= 1;
        continue;
      }
      const formats = this.#rules.formatsOf(last.marks);
      let start = end - 1;
      for (let each = wanted[start - 1]; each !== undefined && "text" in each; each = wanted[start - 1]) {
        if (!isEqual(this.#rules.formatsOf(each.marks), formats)) break;
        start -= 1;
      }
      const text = wanted.slice(start, end).map((each) => ("text" in each ? each.text : ""));
      this.#textAt(place).insert(place.at, text.join(""), { ...formats });
      end = start;
    }
  }

  #placeOf(before: Standing | undefined, after: Standing | undefined): Place {
    if (before !== undefined && "in" in before)
      return { text: this.#textOf(before.in), at: before.at + before.length, index: 0 };
    if (before === undefined && after !== undefined && "in" in after) {
      return { text: this.#textOf(after.in), at: after.at, index: 0 };
    }
    const index = before === undefined ? 0 : this.#indexOf(before.element) + 1;
    const next = this.#block.get(index);
    return { text: next instanceof XmlText ? next : undefined, at: 0, index };
  }

  #textAt(place: Place): Text {
    if (place.text !== undefined) return place.text;
    const made = new XmlText();
    this.#block.insert(place.index, [made]);
    place.text = made;
    return made;
  }

  /** A text that it stands within is cut in two: nothing moves in a document, so the part of which more is kept stays. */
  #insertNode(place: Place, { node }: Extract<Wanted, { readonly node: unknown }>): void {
    const made = makeElement(node, this.#rules);
    const { text, at } = place;
    if (text === undefined) {
      this.#block.insert(place.index, [made]);
      return;
    }
    const index = this.#indexOf(text);
    if (at === 0) {
      this.#block.insert(index, [made]);
      place.text = undefined;
      place.index = index;
    } else if (at === text.length) {
      this.#block.insert(index + 1, [made]);
    } else if ((this.#staying.get(text) ?? 0) < at) {
      this.#block.insert(index + 1, [made, cut(text, at, text.length)]);
    } else {
      const head = cut(text, 0, at);
      this.#block.insert(index, [head, made]);
      this.#copies.set(text, head);
      place.text = head;
    }
  }

  /** What is left of `text` is edited after what is right of it. */
  #textOf(text: Text): XmlText {
    const copy = this.#copies.get(text);
    if (copy !== undefined) return copy;
    if (text instanceof XmlText) return text;
    throw new TypeError("a block holds texts of XML");
  }

  #indexOf(child: XmlElement | XmlText): number {
    return this.#block.toArray().indexOf(child);
  }
}

/** Where the next is inserted: in a text, or as a child of the block. */
type Place = { text: XmlText | undefined; readonly at: number; index: number };

function standingOf(step: Step | undefined): Standing | undefined {
  return step === undefined || step.do === "insert" ? undefined : step.from;
}

function isEqual(a: Formatting | null, b: Formatting | null): boolean {
  return a === null || b === null ? a === b : canonical(a) === canonical(b);
}

/** Takes this out of the text; returns a new text with it. */
function cut(text: XmlText, from: number, to: number): XmlText {
  const part = new XmlText();
  part.applyDelta(sliceOf(text, from, to));
  text.delete(from, to - from);
  return part;
}

function sliceOf(text: XmlText, from: number, to: number): unknown[] {
  const ops: unknown[] = [];
  let at = 0;
  // SAFETY: what Yjs gives as a delta, typed loosely by it.
  for (const op of text.toDelta() as { insert: unknown; attributes?: object }[]) {
    const { insert } = op;
    const start = at;
    at += typeof insert === "string" ? insert.length : 1;
    if (at <= from || start >= to) continue;
    ops.push(typeof insert === "string" ? { ...op, insert: insert.slice(Math.max(0, from - start), to - start) } : op);
  }
  return ops;
}

type Part = { readonly start: number; kept: number };

/** Of each text that nodes come into, where the part begins of which most is kept. */
function stayingParts(steps: readonly Step[]): ReadonlyMap<Text, number> {
  const parts = new Map<Text, Part[]>();
  let last: Text | undefined;
  let isCut = false;
  for (const step of steps) {
    if (step.do === "insert") {
      if ("node" in step.to) isCut = true;
      continue;
    }
    if (!("in" in step.from)) continue;
    const { in: text, at, length } = step.from;
    const known = parts.get(text) ?? [];
    parts.set(text, known);
    let part = known.at(-1);
    if (part === undefined || (isCut && last === text)) known.push((part = { start: at, kept: 0 }));
    if (step.do === "keep") part.kept += length;
    isCut = false;
    last = text;
  }
  const starts = [...parts].flatMap(([text, [first, ...more]]): readonly (readonly [Text, number])[] => {
    if (first === undefined || more.length === 0) return [];
    return [[text, more.reduce((best, part) => (part.kept > best.kept ? part : best), first).start]];
  });
  return new Map(starts);
}
