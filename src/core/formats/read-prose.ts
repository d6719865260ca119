/**
 * The prose of a stored document in a format of its own. Rule FE9 of SPEC.md.
 * @module
 */
import type { Doc } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { DocumentBytes } from "../document/compaction.ts";
import { hydrate } from "../document/hydrate.ts";
import { type SharedType, kindOf, rootsOf } from "../document/shared-type.ts";
import { writeHtml } from "./html.ts";
import { writeMarkdown } from "./markdown.ts";
import { writeProseMirror } from "./prosemirror.ts";
import { readTree } from "./read-tree.ts";
import type { TreeNode, Unreadable } from "./tree.ts";

export type ProseFormat = "markdown" | "html" | "prosemirror";

const encoder = new TextEncoder();

/**
 * UTF-8 of one root, or of all prose of the document where none is named: texts and XML, those called `title` first.
 * ProseMirror's JSON is of one root: where there are several, one must be named.
 */
export function readProse(
  input: DocumentBytes,
  format: ProseFormat,
  root: string | null,
): Result<Uint8Array, Unreadable> {
  const { doc } = hydrate(input.parts, input.rows);
  try {
    const nodes = proseOf(doc, format, root);
    return nodes.ok ? ok(encoder.encode(write(nodes.value, format))) : nodes;
  } finally {
    doc.destroy();
  }
}

/** Roots with text: their names and themselves. */
export function proseRoots(doc: Doc): (readonly [name: string, type: SharedType])[] {
  return rootsOf(doc).filter(([, type]) => ["text", "xml"].includes(kindOf(type)));
}

function proseOf(doc: Doc, format: ProseFormat, name: string | null): Result<readonly TreeNode[], Unreadable> {
  if (name !== null) {
    const root = doc.share.get(name);
    return ok(root === undefined ? [] : readTree(root));
  }
  const roots = proseRoots(doc);
  if (format === "prosemirror" && roots.length > 1) {
    const names = roots.map(([each]) => JSON.stringify(each)).join(", ");
    return err({ tag: "unreadable", reason: `the document has several roots, name one: ${names}`.slice(0, 500) });
  }
  return ok(roots.flatMap(([, type]) => readTree(type)));
}

function write(nodes: readonly TreeNode[], format: ProseFormat): string {
  switch (format) {
    case "markdown":
      return writeMarkdown(nodes);
    case "html":
      return writeHtml(nodes);
    case "prosemirror":
      return JSON.stringify(writeProseMirror(nodes));
  }
}
