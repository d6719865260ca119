import { expect, test } from "vitest";
import * as Y from "yjs";
import { insertedIn } from "../../../src/core/versions/activity.ts";

/** What `body` does to a document, as one update. */
function updateOf(doc: Y.Doc, body: () => void): Uint8Array {
  const before = Y.encodeStateVector(doc);
  doc.transact(body);
  return Y.encodeStateAsUpdate(doc, before);
}

test("[HA9] characters and values count; formats, deletions, garbage and what does not read do not", () => {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  expect(insertedIn(updateOf(doc, () => text.insert(0, "naïve 😀")))).toBe(8);
  expect(insertedIn(updateOf(doc, () => text.format(0, 3, { bold: true })))).toBe(0);
  expect(insertedIn(updateOf(doc, () => text.delete(0, 4)))).toBe(0);
  expect(insertedIn(updateOf(doc, () => text.insertEmbed(0, { image: "x" })))).toBe(1);
  expect(insertedIn(updateOf(doc, () => doc.getArray("list").push([1, "two", new Y.Map([["k", 3]])])))).toBe(4);
  expect(insertedIn(Y.encodeStateAsUpdate(doc))).toBe(4 + 1 + 4);
  expect(insertedIn(Uint8Array.of(1, 1, 1, 0, 4))).toBe(0);
});
