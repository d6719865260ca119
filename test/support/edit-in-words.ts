/**
 * A document edited as a room does it for a back end.
 * @module
 */
import * as Y from "yjs";
import { type Edit, editDocument } from "../../src/core/edits/edit-document.ts";

let nextClient = 1;

/** Undefined where it was done, else why not. */
export function edit(doc: Y.Doc, order: Edit): string | undefined {
  const made = editDocument({ parts: [Y.encodeStateAsUpdate(doc)], rows: [] }, order, (nextClient += 1));
  if (!made.ok) return made.error.reason;
  if (made.value !== undefined) Y.applyUpdate(doc, made.value.update);
  return undefined;
}

export const patch = (doc: Y.Doc, ...operations: unknown[]) => edit(doc, { kind: "patch", operations });

/** Markdown. */
export const put = (doc: Y.Doc, body: string, root = "default") =>
  edit(doc, { kind: "put", format: "markdown", root, body });
