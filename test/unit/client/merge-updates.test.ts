import fc from "fast-check";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { mergeInTiers } from "../../../client/merge-updates.ts";

/** The updates of `edits` made one by one: above 0.8 a deletion, else an insertion there. */
function make(edits: readonly number[]): { readonly doc: Y.Doc; readonly updates: readonly Uint8Array[] } {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  const content = doc.getText("content");
  for (const [index, edit] of edits.entries()) {
    if (edit > 0.8 && content.length > 0)
      content.delete(Math.floor((edit - 0.8) * 5 * content.length) % content.length, 1);
    else content.insert(Math.floor(edit * (content.length + 1)), String(index % 10));
  }
  return { doc, updates };
}

test("[CL16] merging in tiers gives the same document, whatever their number", () => {
  const edit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 1_200, size: "max" }), (edits) => {
      const { doc, updates } = make(edits);
      const merged = mergeInTiers(updates);
      const copy = new Y.Doc();
      if (merged !== undefined) Y.applyUpdate(copy, merged);
      expect(copy.store.pendingStructs).toBeNull();
      expect(Y.encodeStateAsUpdate(copy)).toEqual(Y.encodeStateAsUpdate(doc));
    }),
    { numRuns: 30 },
  );
});

test("[CL16] nothing merges to nothing, and one update stays itself", () => {
  const one = Uint8Array.of(0, 0);
  expect(mergeInTiers([])).toBeUndefined();
  expect(mergeInTiers([one])).toBe(one);
});
