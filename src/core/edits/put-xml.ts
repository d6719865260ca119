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
  let coming: TreeNode[] = [];
  let going = 0;
  // Neighbours at once: a list of XML is walked from its start for each place.
  const close = () => {
    if (going > 0) parent.delete(at, going);
    if (coming.length > 0)
      parent.insert(
        at,
        coming.flatMap((node) => makeChildren([node], rules)),
      );
    at += coming.length;
    coming = [];
    going = 0;
  };
  for (const step of steps) {
    switch (step.do) {
      case "keep":
        close();
        at += 1;
        break;
      case "delete":
        going += 1;
        break;
      case "insert": {
        const node = wanted[step.to];
        if (node !== undefined) coming.push(node);
        break;
      }
      case "edit": {
        close();
        const [child, [from] = [], to] = [children[step.from], nodes[step.from], wanted[step.to]];
        const isPair = from !== undefined && to !== undefined && isElement(from) && isElement(to);
        if (child instanceof XmlElement && isPair) putElement(child, { from, to }, rules);
        at += 1;
        break;
      }
    }
  }
  close();
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
