/**
 * XML of nodes, as y-prosemirror keeps it: an element for a node, a text for text between elements, marks as its attributes.
 * @module
 */
import { XmlElement, XmlText } from "yjs";
import { type ElementNode, type TreeNode, isText } from "../formats/tree.ts";
import type { Formatting, Governance } from "./governance.ts";
import { insertAll } from "./insert-all.ts";

export function makeElement(node: ElementNode, rules: Governance): XmlElement {
  const made = new XmlElement(node.type);
  for (const [key, value] of Object.entries(node.attrs)) setAttribute(made, key, value);
  insertAll(made, makeChildren(node.content, rules));
  return made;
}

/** Runs of text between elements are one text. */
export function makeChildren(nodes: readonly TreeNode[], rules: Governance): (XmlElement | XmlText)[] {
  const children: (XmlElement | XmlText)[] = [];
  let runs: Insertion[] = [];
  const close = () => {
    if (runs.length > 0) children.push(makeText(runs));
    runs = [];
  };
  for (const node of nodes) {
    if (isText(node)) {
      runs.push({ insert: node.text, attributes: { ...rules.formatsOf(node.marks) } });
      continue;
    }
    close();
    children.push(makeElement(node, rules));
  }
  close();
  return children;
}

/** As Yjs wants it, which writes into the attributes. */
export type Insertion = { readonly insert: string; readonly attributes: Formatting };

/** All in one pass: an insertion of its own for each would look for its place from the start. */
export function makeText(runs: readonly Insertion[]): XmlText {
  const text = new XmlText();
  text.applyDelta([...runs]);
  return text;
}

/** Editors keep numbers, flags and objects in attributes, whatever the types of Yjs say. */
export function setAttribute(to: XmlElement, key: string, value: unknown): void {
  // SAFETY: Yjs stores any JSON here; its type knows texts alone.
  to.setAttribute(key, value as string);
}
