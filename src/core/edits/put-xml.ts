/**
 * Blocks of XML made those of a tree, by the least that has to change. Rules FE9 and FE10 of SPEC.md.
 * @module
 */
import { XmlElement, type XmlFragment, XmlText } from "yjs";
import { readChild } from "../formats/read-tree.ts";
import { type ElementNode, type TreeNode, isElement, isText } from "../formats/tree.ts";
import { roleOf } from "../formats/vocabulary.ts";
import { alignBlocks } from "./align-blocks.ts";
import type { Governance } from "./governance.ts";
import { makeChildren, setAttribute } from "./make-xml.ts";
import { putLine } from "./put-line.ts";

/** Gives `parent` the children `wanted`. Blocks that are equal stay as they are, similar ones are edited inside. */
export function putChildren(parent: XmlFragment, wanted: readonly TreeNode[], rules: Governance): void {
  if (isLine(parent, wanted)) putLine(parent, wanted, rules);
  else putBlocks(parent, wanted, rules);
}

/** Text lies directly in it, or is to. */
function isLine(parent: XmlFragment, wanted: readonly TreeNode[]): boolean {
  if (!(parent instanceof XmlElement)) return false;
  const role = roleOf(parent.nodeName);
  if (role === "paragraph" || role === "heading" || role === "codeBlock") return true;
  return wanted.some(isText) || parent.toArray().some((child) => child instanceof XmlText && child.length > 0);
}

function putBlocks(parent: XmlFragment, wanted: readonly TreeNode[], rules: Governance): void {
  const children = parent.toArray();
  const nodes = children.map((child) => readChild(child, 1));
  const steps = alignBlocks(
    nodes.map(rules.blockOf),
    wanted.map((node) => rules.blockOf([node])),
  );
  let at = 0;
  for (const step of steps) {
    switch (step.do) {
      case "keep":
        at += 1;
        break;
      case "delete":
        parent.delete(at, 1);
        break;
      case "insert": {
        const node = wanted[step.to];
        if (node !== undefined) parent.insert(at, makeChildren([node], rules));
        at += 1;
        break;
      }
      case "edit": {
        const [child, [from] = [], to] = [children[step.from], nodes[step.from], wanted[step.to]];
        const isPair = from !== undefined && to !== undefined && isElement(from) && isElement(to);
        if (child instanceof XmlElement && isPair) putElement(child, { from, to }, rules);
        at += 1;
        break;
      }
    }
  }
}

function putElement(
  element: XmlElement,
  { from, to }: { readonly from: ElementNode; readonly to: ElementNode },
  rules: Governance,
): void {
  for (const [key, value] of Object.entries(rules.attributeChange(from, to))) {
    if (value === null) element.removeAttribute(key);
    else setAttribute(element, key, value);
  }
  putChildren(element, to.content, rules);
}
