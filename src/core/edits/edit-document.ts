/**
 * An edit in words as one update of a stored document. Rules FE9–FE18 of SPEC.md.
 * @module
 */
import { mergeUpdates } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { DocumentBytes } from "../document/compaction.ts";
import { hydrate } from "../document/hydrate.ts";
import { type Cursor, cursorAfter } from "./cursor-after.ts";
import { patchDocument } from "./patch-document.ts";
import { type PutEdit, putDocument } from "./put-document.ts";
import { makeAnchor } from "./splice-text.ts";

export type Edit =
  | { readonly kind: "patch"; readonly operations: readonly unknown[] }
  | ({ readonly kind: "put" } & PutEdit);

/** `reason` says which part of it, and may be shown. */
export type BadEdit = { readonly tag: "bad-edit"; readonly reason: string };

export type Edited = {
  /** V1, on top of what was edited. */
  readonly update: Uint8Array;
  /** Where its editor would stand; undefined where no text and no XML was edited. */
  readonly cursor: Cursor | undefined;
};

/**
 * An update on top of `live`, written by `clientId`: undefined where nothing changes, all of the edit or nothing.
 * Nobody but who has every update that this id wrote may use it.
 * @throws Error when a stored part does not apply (see hydrate).
 */
export function editDocument(live: DocumentBytes, edit: Edit, clientId: number): Result<Edited | undefined, BadEdit> {
  const { doc } = hydrate(live.parts, live.rows);
  try {
    doc.clientID = clientId;
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    const { done, transaction, changed } = doc.transact((open) => {
      const result = edit.kind === "put" ? putDocument(doc, edit) : patchDocument(doc, edit.operations);
      const types: readonly unknown[] = [...open.changed.keys()];
      // Nobody listens, and Yjs would go on to tidy formats (see hydrate).
      open.changed.clear();
      return { done: result, transaction: open, changed: types };
    });
    if (!done.ok) return err({ tag: "bad-edit", reason: done.error.reason });
    const [first] = updates;
    if (first === undefined) return ok(undefined);
    const update = updates.length === 1 ? first : mergeUpdates(updates);
    return ok({ update, cursor: cursorAfter({ doc, transaction, changed }) });
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
