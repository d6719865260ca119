/**
 * An edit in words as one update of a stored document. Rules FE9–FE18 of SPEC.md.
 * @module
 */
import { mergeUpdates } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { DocumentBytes } from "../document/compaction.ts";
import { hydrate } from "../document/hydrate.ts";
import { patchDocument } from "./patch-document.ts";
import { type PutEdit, putDocument } from "./put-document.ts";
import { makeAnchor } from "./splice-text.ts";

export type Edit =
  | { readonly kind: "patch"; readonly operations: readonly unknown[] }
  | ({ readonly kind: "put" } & PutEdit);

/** `reason` says which part of it, and may be shown. */
export type BadEdit = { readonly tag: "bad-edit"; readonly reason: string };

/**
 * One V1 update on top of `live`, written by `clientId`: undefined where nothing changes, all of the edit or nothing.
 * Nobody but who has every update that this id wrote may use it.
 * @throws Error when a stored part does not apply (see hydrate).
 */
export function editDocument(
  live: DocumentBytes,
  edit: Edit,
  clientId: number,
): Result<Uint8Array | undefined, BadEdit> {
  const { doc } = hydrate(live.parts, live.rows);
  try {
    doc.clientID = clientId;
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    const done = doc.transact((transaction) => {
      const result = edit.kind === "put" ? putDocument(doc, edit) : patchDocument(doc, edit.operations);
      // Nobody listens, and Yjs would go on to tidy formats (see hydrate).
      transaction.changed.clear();
      return result;
    });
    if (!done.ok) return err({ tag: "bad-edit", reason: done.error.reason });
    const [first] = updates;
    return ok(first === undefined || updates.length === 1 ? first : mergeUpdates(updates));
  } finally {
    doc.destroy();
  }
}

export type AnchorAt = {
  readonly path: string | readonly (string | number)[];
  readonly index: number;
  readonly assoc: number;
};

/** Base64 of a Yjs relative position, which stands where it stands whatever is edited around it. */
export function anchorIn(live: DocumentBytes, { path, index, assoc }: AnchorAt): Result<string, BadEdit> {
  const { doc } = hydrate(live.parts, live.rows);
  try {
    const anchor = makeAnchor(doc, path, index, assoc);
    return anchor.ok ? anchor : err({ tag: "bad-edit", reason: anchor.error.reason });
  } finally {
    doc.destroy();
  }
}
