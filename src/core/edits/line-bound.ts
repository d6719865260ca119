/**
 * How much one line of a tree may hold. Rule FE23 of SPEC.md.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import { type TreeNode, type Unreadable, isText } from "../formats/tree.ts";

/**
 * Runs of one format and nodes between them in one block: a long paragraph has hundreds. Writing Markdown of them and
 * comparing them take time by the square, and everybody waits in the room.
 */
export const MAX_LINE_PIECES = 5_000;

/** Of every block of the tree. */
export function boundLines(nodes: readonly TreeNode[]): Result<void, Unreadable> {
  if (nodes.length > MAX_LINE_PIECES && nodes.some(isText)) {
    return err({
      tag: "unreadable",
      reason: `more than ${MAX_LINE_PIECES} changes of format, breaks and images in one block`,
    });
  }
  for (const node of nodes) {
    const bound = isText(node) ? ok(undefined) : boundLines(node.content);
    if (!bound.ok) return bound;
  }
  return ok(undefined);
}
