/**
 * Images that would be bytes inside a document instead of beside it. Rule FE24 of SPEC.md.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import { type TreeNode, type Unreadable, isElement } from "../formats/tree.ts";
import { roleOf } from "../formats/vocabulary.ts";

const REASON =
  "an image is a data: address; store it with POST /v1/documents/{id}/assets, and write the path of the answer in its place";
const DATA = /^\s*data:/i;
const DATA_IMAGE = /^\s*data:image\//i;

/** Refuses images whose bytes are in `wanted`, other than those that stand in the document, which is asked only where there are any. */
export function refuseEmbedded(
  wanted: readonly TreeNode[],
  standing: () => ReadonlySet<string>,
): Result<void, Unreadable> {
  const coming = embeddedIn(wanted);
  if (coming.size === 0) return ok(undefined);
  const there = standing();
  for (const address of coming) if (!there.has(address)) return err({ tag: "unreadable", reason: REASON });
  return ok(undefined);
}

/** Their addresses. */
export function embeddedIn(nodes: readonly TreeNode[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...nodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!isElement(node)) continue;
    const pattern = roleOf(node.type) === "image" ? DATA : DATA_IMAGE;
    for (const value of Object.values(node.attrs)) {
      if (typeof value === "string" && pattern.test(value)) found.add(value);
    }
    for (const child of node.content) open.push(child);
  }
  return found;
}
