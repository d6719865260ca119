/**
 * What the demo shows of two versions side by side is what they are.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import * as Y from "yjs";
import { type PaperNode, paperOfJson, paperOfYjs } from "../../../client/demo/paper.ts";
import { markChanges } from "../../../client/demo/paper-diff.ts";
import { toJson } from "../../../src/core/document/content-json.ts";
import { diffDocuments } from "../../../src/core/versions/diff.ts";

type Edit = { readonly kind: number; readonly at: number; readonly length: number; readonly text: string };

const edit = fc.record({
  kind: fc.nat(6),
  at: fc.nat(30),
  length: fc.integer({ min: 1, max: 6 }),
  text: fc.string({ unit: fc.constantFrom("a", "b", " ", "é", "😀"), minLength: 1, maxLength: 6 }),
});

function apply(doc: Y.Doc, { kind, at, length, text }: Edit): void {
  const root = doc.getXmlFragment("default");
  if (kind === 0 || root.length === 0) {
    const block = new Y.XmlElement(at % 2 === 0 ? "paragraph" : "heading");
    if (at % 2 === 1) block.setAttribute("level", "1");
    block.insert(0, [new Y.XmlText(text)]);
    root.insert(Math.min(at, root.length), [block]);
    return;
  }
  const block = root.get(at % root.length);
  if (kind === 1) return root.delete(at % root.length, 1);
  if (!(block instanceof Y.XmlElement)) return;
  if (kind === 2) return block.setAttribute("level", String(length));
  const words = block.get(0);
  if (!(words instanceof Y.XmlText)) return;
  const from = Math.min(at, words.length);
  const size = Math.min(length, words.length - from);
  if (kind === 3 && size > 0) words.format(from, size, { bold: at % 2 === 0 ? {} : null });
  else if (kind === 4 && size > 0) words.delete(from, size);
  else words.insert(from, text);
}

/** Blocks of one side as text with formats and attributes; joined where nothing differs. */
function sideOf(blocks: readonly PaperNode[], side: "earlier" | "later"): unknown {
  const hidden = side === "later" ? "gone" : "added";
  return blocks
    .filter(({ state }) => state !== hidden)
    .map((block) => {
      const before = side === "earlier" && block.kind === "element" ? block.before : undefined;
      if (block.kind === "element") return [block.name, before ?? block.attributes, sideOf(block.children, side)];
      const runs: { text: string; formats: string }[] = [];
      for (const piece of block.pieces.filter(({ state }) => state !== hidden)) {
        const formats = JSON.stringify(side === "earlier" ? (piece.before ?? piece.attributes) : piece.attributes);
        const last = runs.at(-1);
        if (last?.formats === formats) last.text += String(piece.insert);
        else runs.push({ text: String(piece.insert), formats });
      }
      return runs.filter(({ text }) => text !== "");
    });
}

it("[PG11] for any two states, one side shows the earlier and the other the later", () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 20 }), fc.array(edit, { minLength: 1, maxLength: 20 }), (first, then) => {
      const doc = new Y.Doc();
      doc.getXmlFragment("default");
      for (const each of first) apply(doc, each);
      const earlier = toJson(doc);
      const from = { parts: [Y.encodeStateAsUpdate(doc)], rows: [] };
      for (const each of then) apply(doc, each);
      const { changes } = diffDocuments(from, { parts: [Y.encodeStateAsUpdate(doc)], rows: [] });
      const blocks = paperOfJson(earlier, "default") ?? [];
      expect(markChanges(blocks, "default", changes)).toBe(true);
      expect(sideOf(blocks, "earlier")).toEqual(sideOf(paperOfJson(earlier, "default") ?? [], "later"));
      expect(sideOf(blocks, "later")).toEqual(sideOf(paperOfYjs(doc.getXmlFragment("default")), "later"));
    }),
    { numRuns: 300 },
  );
});

it("[PG11] changes that do not fit are not shown", () => {
  const change = { kind: "text", path: ["default", 3, 0], ops: [{ delete: 1, deleted: "a" }] };
  expect(markChanges([], "default", [change])).toBe(false);
  expect(markChanges([], "other", [change])).toBe(true);
});
