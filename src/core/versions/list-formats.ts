/**
 * Formats of a list as a target has them, with no more structs than it takes: Yjs editors delete what is redundant, each on its own.
 * @module
 */
import { ContentFormat, type Item } from "yjs";
import type { SharedType } from "../document/shared-type.ts";
import { valueKey } from "./content-ids.ts";
import type { StructWriter } from "./struct-writer.ts";
import type { Format, Formats, TypeNode } from "./typed-tree.ts";

export type WantedFormats = Pick<TypeNode, "runs" | "endFormats">;

/** Makes every unit of the list look as in `target`, which has the same units. Formats that change nothing are deleted. */
export function setFormats(writer: StructWriter, type: SharedType, target: WantedFormats): void {
  const wanted = new Wanted(target);
  let before: Formats = new Map();
  let gap: FormatGap = { type, last: null, formats: [] };
  for (let item = type._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    if (item.content instanceof ContentFormat) {
      gap.formats.push({ item, content: item.content });
      continue;
    }
    const { formats } = wanted;
    fill(writer, gap, { before, after: formats, next: item });
    before = formats;
    const same = wanted.take(item.length);
    if (same < item.length) writer.startOf(item.id.client, item.id.clock + same);
    gap = { type, last: item, formats: [] };
  }
  fill(writer, gap, { before, after: target.runs.length === 0 ? before : target.endFormats, next: null });
}

/** Formats unit by unit. */
class Wanted {
  readonly #target: WantedFormats;
  #index = 0;
  #offset = 0;

  constructor(target: WantedFormats) {
    this.#target = target;
  }

  /** Of the next unit. */
  get formats(): Formats {
    return this.#target.runs[this.#index]?.formats ?? this.#target.endFormats;
  }

  /** Passes at most `length` units with the same formats; returns how many. */
  take(length: number): number {
    const formatsId = this.#target.runs[this.#index]?.formatsId;
    let taken = 0;
    while (taken < length) {
      const run = this.#target.runs[this.#index];
      if (run === undefined || run.formatsId !== formatsId) break;
      const step = Math.min(length - taken, run.length - this.#offset);
      taken += step;
      this.#offset += step;
      if (this.#offset < run.length) break;
      this.#index += 1;
      this.#offset = 0;
    }
    return taken;
  }
}

/** What stands between two units: live formats, in order. */
type FormatGap = {
  readonly type: SharedType;
  /** The unit before. */
  readonly last: Item | null;
  readonly formats: { readonly item: Item; readonly content: ContentFormat }[];
};

type Change = { readonly before: Formats; readonly after: Formats; readonly next: Item | null };

function fill(writer: StructWriter, { type, last, formats }: FormatGap, { before, after, next }: Change): void {
  const needed = changesBetween(before, after);
  let end = last;
  for (const { item, content } of formats.toReversed()) {
    const change = needed.get(content.key);
    if (change !== undefined && valueKey(change.value) === valueKey(content.value)) needed.delete(content.key);
    else writer.delete(item.id.client, item.id.clock, item.length);
  }
  for (const [key, { value, format }] of needed) {
    // An end goes to the text it ends, a beginning to the text it begins.
    const isEnd = value === null;
    const left = isEnd ? end : next === null ? lastOf(type, end) : next.left;
    const written = writer.insertFormat({ type, left }, key, value, format);
    if (isEnd) end = written;
  }
}

function lastOf(type: SharedType, from: Item | null): Item | null {
  let last = from ?? type._start;
  while (last !== null && last.right !== null) last = last.right;
  return last;
}

type Needed = Map<string, { readonly value: unknown; readonly format: Format }>;

function changesBetween(before: Formats, after: Formats): Needed {
  const needed: Needed = new Map();
  for (const [key, format] of before) if (!after.has(key)) needed.set(key, { value: null, format });
  for (const [key, format] of after) {
    const known = before.get(key);
    if (known === undefined || valueKey(known.value) !== valueKey(format.value)) {
      needed.set(key, { value: format.value, format });
    }
  }
  return needed;
}
