/**
 * Documents of people in tests, and the updates their edits make.
 * @module
 */
import * as Y from "yjs";

export type Writer = {
  readonly doc: Y.Doc;
  /** Appends to the text `t`; returns the update. */
  readonly type: (text: string) => Uint8Array;
  /** Deletes the first character of the text `t`; returns the update. */
  readonly deleteFirst: () => Uint8Array;
};

/** Somebody who writes, with a client id of their own. */
export function writer(client: number): Writer {
  const doc = new Y.Doc();
  doc.clientID = client;
  const text = doc.getText("t");
  const made = (edit: () => void): Uint8Array => {
    let update: Uint8Array = Uint8Array.of(0, 0);
    const collect = (bytes: Uint8Array): void => {
      update = bytes;
    };
    doc.on("update", collect);
    doc.transact(edit);
    doc.off("update", collect);
    return update;
  };
  return {
    doc,
    type: (typed) => made(() => text.insert(text.length, typed)),
    deleteFirst: () => made(() => text.delete(0, 1)),
  };
}

/** The text `t` of everything these updates say. */
export function textOf(updates: Iterable<Uint8Array>): string {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText("t").toString();
}
