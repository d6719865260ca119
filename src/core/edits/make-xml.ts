/**
 * XML of nodes, as y-prosemirror keeps it: an element for a node, a text for text between elements, marks as its attributes.
 * @module
 */
import { XmlElement, XmlText } from "yjs";
import { type ElementNode, type TreeNode, isText } from "../formats/tree.ts";
import type { Governance } from "./governance.ts";

export function makeElement(node: ElementNode, rules: Governance): XmlElement {
  const made = new XmlElement(node.type);
  for (const [key, value] of Object.entries(node.attrs)) setAttribute(made, key, value);
  made.insert(0, makeChildren(node.content, rules));
  return made;
}

/** Runs of text between elements are one text. */
export function makeChildren(nodes: readonly TreeNode[], rules: Governance): (XmlElement | XmlText)[] {
  const children: (XmlElement | XmlText)[] = [];
  let text: XmlText | undefined;
  let length = 0;
  for (const node of nodes) {
    if (!isText(node)) {
      children.push(makeElement(node, rules));
      text = undefined;
      continue;
    }
    if (text === undefined) {
      text = new XmlText();
      length = 0;
      children.push(text);
    }
    text.insert(length, node.text, { ...rules.formatsOf(node.marks) });
    length += node.text.length;
  }
  return children;
}

/** Editors keep numbers, flags and objects in attributes, whatever the types of Yjs say. */
export function setAttribute(to: XmlElement, key: string, value: unknown): void {
  // SAFETY: Yjs stores any JSON here; its type knows texts alone.
  to.setAttribute(key, value as string);
}
