/**
 * What is selected in the editor, in the places that the server names: paths of shared types, and indexes in them.
 * @module
 */
import type { Editor } from "@tiptap/core";
import { absolutePositionToRelativePosition, ySyncPluginKey } from "@tiptap/y-tiptap";
import * as Y from "yjs";
import { fieldOf } from "./browser-storage.ts";
import { RICH_TEXT } from "./compare-view.ts";
import type { BlameRange } from "./versions-api.ts";

/** From the root's name down; the last is an index in the type there. */
type Place = readonly (string | number)[];

/** Everything from one place up to another. */
export type Span = { readonly from: Place; readonly to: Place };

/** Of the selection; of the block around the caret when nothing is selected. Undefined where the editor cannot tell. */
export function selectedSpan(editor: Editor): Span | undefined {
  const { selection } = editor.state;
  const { $from, $to, empty } = selection;
  const [from, to] = empty && $from.depth > 0 ? [$from.start(), $from.end()] : [$from.pos, $to.pos];
  const start = placeOf(editor, from);
  const end = placeOf(editor, to);
  return start === undefined || end === undefined ? undefined : { from: start, to: end };
}

/** The text of `range` that lies in `span`; undefined when none does. */
export function within(
  { path, at, length, excerpt }: BlameRange,
  { from, to }: Span,
): { readonly text: string; readonly length: number } | undefined {
  if (typeof at !== "number" || excerpt === "") return undefined;
  const start = isInside(path, from) ? Math.max(at, indexOf(from)) : at;
  const end = isInside(path, to) ? Math.min(at + length, indexOf(to)) : at + length;
  const isPast = compare([...path, end], from) <= 0 || compare([...path, start], to) >= 0;
  return isPast || end <= start ? undefined : { text: excerpt.slice(start - at, end - at), length: end - start };
}

function isInside(path: Place, place: Place): boolean {
  return path.length === place.length - 1 && path.every((step, index) => step === place[index]);
}

function indexOf(place: Place): number {
  const last = place.at(-1);
  return typeof last === "number" ? last : 0;
}

/** By reading order, within one root. */
function compare(one: Place, other: Place): number {
  for (const [index, step] of one.entries()) {
    const theirs = other[index];
    if (theirs === undefined) return 1;
    if (typeof step === "number" && typeof theirs === "number" && step !== theirs) return step - theirs;
    if (typeof step !== typeof theirs) return typeof step === "string" ? -1 : 1;
  }
  return one.length - other.length;
}

function placeOf(editor: Editor, position: number): Place | undefined {
  const sync: unknown = ySyncPluginKey.getState(editor.state);
  const doc = fieldOf(sync, "doc");
  const fragment = fieldOf(sync, "type");
  const mapping = fieldOf(fieldOf(sync, "binding"), "mapping");
  if (!(doc instanceof Y.Doc) || !(fragment instanceof Y.XmlFragment) || !(mapping instanceof Map)) return undefined;
  const relative: unknown = absolutePositionToRelativePosition(position, fragment, mapping);
  if (!(relative instanceof Y.RelativePosition)) return undefined;
  const absolute = Y.createAbsolutePositionFromRelativePosition(relative, doc);
  return absolute === null ? undefined : [...pathOf(absolute.type), absolute.index];
}

/** Down to a text or element; the editor's selection is in no other type. */
function pathOf(type: unknown): Place {
  const path: number[] = [];
  let inner = type;
  while (inner instanceof Y.AbstractType) {
    const outer: unknown = inner.parent;
    if (!(outer instanceof Y.XmlFragment)) break;
    path.unshift(outer.toArray().findIndex((each) => each === inner));
    inner = outer;
  }
  return [RICH_TEXT, ...path];
}
