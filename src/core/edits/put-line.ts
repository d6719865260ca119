/**
 * The text of one block made another one: characters that stay keep their structs, and with them everybody's cursors.
 * @module
 */
import { type Text, XmlElement, type XmlFragment, XmlText } from "yjs";
import { readChild } from "../formats/read-tree.ts";
import { type Run, runsOf } from "../formats/text-runs.ts";
import {
  type Attributes,
  type ElementNode,
  type Mark,
  type TreeNode,
  isElement,
  isText,
  nodeKey,
} from "../formats/tree.ts";
import { applyEdits } from "./apply-edits.ts";
import type { Governance } from "./governance.ts";
import { type Unit, diffUnits } from "./unit-diff.ts";

/** A character of a text, or a node between texts; `at` and `length` count UTF-16 code units. */
export type Standing =
  | { readonly in: Text; readonly at: number; readonly length: number; readonly attributes: Attributes }
  | { readonly element: XmlElement };

/** What is to stand there. */
export type Wanted = { readonly text: string; readonly marks: readonly Mark[] } | { readonly node: ElementNode };

/** Makes the children of a block those of `nodes`. */
export function putLine(block: XmlFragment, nodes: readonly TreeNode[], rules: Governance): void {
  const standing = unitsOfBlock(block, rules);
  const wanted = withAtoms(unitsOfNodes(nodes, rules), standing.shownAs);
  applyEdits(block, diffUnits(standing.units, wanted), rules);
}

type ShownAs = { readonly text: string; readonly key: string };

function unitsOfBlock(block: XmlFragment, rules: Governance) {
  const units: Unit<Standing>[] = [];
  const shownAs: ShownAs[] = [];
  for (const child of block.toArray()) {
    if (child instanceof XmlText) for (const unit of unitsOfText(child)) units.push(unit);
    if (!(child instanceof XmlElement)) continue;
    const [node] = readChild(child, 1);
    if (node === undefined || isText(node)) continue;
    const key = rules.atomKey(node);
    const text = rules.atomText(node);
    if (text !== "") shownAs.push({ text, key });
    if (key !== "") units.push({ key, of: { element: child } });
  }
  return { units, shownAs };
}

/** By code points: half of a pair is never edited. */
export function unitsOfText(text: Text): readonly Unit<Standing>[] {
  let at = 0;
  const units: Unit<Standing>[] = [];
  for (const { insert, attributes } of runsOf(text)) {
    const keys = typeof insert === "string" ? insert : [embedKey(insert)];
    for (const key of keys) {
      const length = typeof insert === "string" ? key.length : 1;
      units.push({ key, of: { in: text, at, length, attributes } });
      at += length;
    }
  }
  return units;
}

export function embedKey(insert: Exclude<Run["insert"], string>): string {
  return insert.kind === "embed" ? `@${JSON.stringify(insert.value)}` : "@type";
}

export function unitsOfNodes(nodes: readonly TreeNode[], rules: Governance): readonly Unit<Wanted>[] {
  return nodes.flatMap((node): readonly Unit<Wanted>[] => {
    if (isElement(node)) return [{ key: rules.atomKey(node) || `@${nodeKey(node)}`, of: { node } }];
    return Array.from(node.text, (text) => ({ key: text, of: { text, marks: node.marks } }));
  });
}

/** So many different texts are looked for in vain, each to the end of the line. */
const MAX_ABSENT = 200;

/** A node that is shown as text stays where that text stands. */
function withAtoms(units: readonly Unit<Wanted>[], shown: readonly ShownAs[]): readonly Unit<Wanted>[] {
  const result: Unit<Wanted>[] = [];
  const absent = new Set<string>();
  let from = 0;
  for (const { text, key } of shown) {
    if (absent.has(text)) continue;
    const letters = Array.from(text);
    const at = indexOfLetters(units, letters, from);
    const first = units[at];
    if (first === undefined) {
      // What comes later is looked for behind this.
      absent.add(text);
      if (absent.size === MAX_ABSENT) break;
      continue;
    }
    for (const unit of units.slice(from, at)) result.push(unit);
    result.push({ key, of: first.of });
    from = at + letters.length;
  }
  for (const unit of units.slice(from)) result.push(unit);
  return result;
}

/** -1 where they do not stand at or behind `from`. */
function indexOfLetters(units: readonly Unit<Wanted>[], letters: readonly string[], from: number): number {
  for (let at = from; at + letters.length <= units.length; at += 1) {
    if (letters.every((letter, offset) => units[at + offset]?.key === letter)) return at;
  }
  return -1;
}
