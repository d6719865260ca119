import { describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { MAX_LINE_PIECES } from "../../../src/core/edits/line-bound.ts";
import { patch, put } from "../../support/edit-in-words.ts";

/** Minutes without a bound; a tenth of this on an idle machine. */
const MAX_MS = 20_000;

vi.setConfig({ testTimeout: 3 * MAX_MS });
/** What the REST API takes of Markdown is 256 KiB. */
const BODY_CHARS = 250_000;

const filled = (piece: string, chars = BODY_CHARS) => piece.repeat(Math.floor(chars / piece.length));

/** Of so many characters, no two of them alike. */
function words(prefix: string, chars: number): string {
  let text = "";
  for (let at = 0; text.length < chars; at += 1) text += `${prefix}${at} `;
  return text.slice(0, chars);
}

describe("edits that are large", () => {
  test("[FE23] a text of 64 KiB is replaced by other words in one pass, and keeps its formats", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    text.insert(0, words("a", 65_536), { bold: true });
    const wanted = words("b", 65_536);
    const startedMs = performance.now();
    expect(patch(doc, { op: "replace", path: "/text", value: wanted })).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(MAX_MS);
    expect(text.toDelta()).toEqual([{ insert: wanted, attributes: { bold: true } }]);
  });

  test("[FE23] a text that is replaced keeps what it says again, and a word that comes looks like the one that it replaces", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    text.applyDelta([{ insert: "one " }, { insert: "two", attributes: { bold: true } }, { insert: " 😀 three" }]);
    const cursor = Y.createRelativePositionFromTypeIndex(text, 8);
    expect(patch(doc, { op: "replace", path: "/text", value: "one other 😀 thrice" })).toBeUndefined();
    expect(text.toDelta()).toEqual([
      { insert: "one " },
      { insert: "other", attributes: { bold: true } },
      { insert: " 😀 thrice" },
    ]);
    expect(Y.createAbsolutePositionFromRelativePosition(cursor, doc)?.index).toBe(10);
  });

  test.each([
    ["code", "`a"],
    ["strikethrough", "~~a"],
    ["emphasis", "*a*b"],
    ["breaks", "a\\\n"],
  ])("[FE23] a paragraph of more pieces than one holds is refused, be they %s", (_, piece) => {
    const doc = new Y.Doc();
    const startedMs = performance.now();
    expect(put(doc, filled(piece))).toBe(
      `more than ${MAX_LINE_PIECES} changes of format, breaks and images in one block`,
    );
    expect(performance.now() - startedMs).toBeLessThan(MAX_MS);
    expect(doc.share.size).toBe(0);
  });

  test.each([
    ["paragraphs", "a\n\n"],
    ["paragraphs full of breaks", `${filled("a\\\n", 7_400)}a\n\n`],
  ])("[FE23] 250 KB of %s are put soon", (_, piece) => {
    const doc = new Y.Doc();
    const startedMs = performance.now();
    expect(put(doc, filled(piece))).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(MAX_MS);
    expect(doc.getXmlFragment("default").length).toBeGreaterThan(0);
  });

  test("[FE23] a paragraph of as many pieces as one holds becomes another one soon", () => {
    const doc = new Y.Doc();
    put(doc, `${filled("a\\\n", 7_400)}a`);
    const startedMs = performance.now();
    expect(put(doc, filled("~~a", 14_700))).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(MAX_MS);
  });

  test("[FE23] what stands may be longer than what comes, whoever wrote it: 40,000 breaks go soon", () => {
    const doc = new Y.Doc();
    const paragraph = new Y.XmlElement("paragraph");
    doc.getXmlFragment("default").insert(0, [paragraph]);
    const nodes = Array.from({ length: 40_000 }, (_, at) => [new Y.XmlText(String(at)), new Y.XmlElement("hardBreak")]);
    paragraph.insert(0, nodes.flat());
    const startedMs = performance.now();
    expect(put(doc, `${words("a", 200_000)}\n`)).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(MAX_MS);
    expect(doc.getXmlFragment("default").toString()).toBe(`<paragraph>${words("a", 200_000).trim()}</paragraph>`);
  });

  describe("of more items than a call takes arguments", () => {
    const LENGTH = 130_000;
    const items = Array.from({ length: LENGTH }, (_, at) => at % 10);

    test("[FE12] a list that is added is a list, however long", () => {
      const doc = new Y.Doc();
      doc.getMap("map").set("it", "is one");
      expect(patch(doc, { op: "add", path: "/map/list", value: { type: "array", items } })).toBeUndefined();
      expect(doc.getMap("map").toJSON()["list"]).toEqual(items);
    });

    test("[FE12] an element that is added has its children, however many", () => {
      const doc = new Y.Doc();
      const children = items.map(() => ({ type: "element", name: "b" }));
      expect(
        patch(doc, { op: "add", path: "/xml/0", value: { type: "element", name: "a", children } }),
      ).toBeUndefined();
      expect(doc.getXmlFragment("xml").toString() === `<a>${"<b></b>".repeat(LENGTH)}</a>`).toBe(true);
    });

    test("[FE25] a list that moves takes along all that it holds, however long", () => {
      const doc = new Y.Doc();
      const list = new Y.Array<unknown>();
      doc.getMap("map").set("list", list);
      list.insert(0, items);
      expect(patch(doc, { op: "move", from: "/map/list", path: "/map/other" })).toBeUndefined();
      expect(doc.getMap("map").toJSON()).toEqual({ other: items });
    });

    test("[FE25] an element that moves takes along its children, however many", () => {
      const doc = new Y.Doc();
      const element = new Y.XmlElement("a");
      doc.getXmlFragment("xml").insert(0, [element, new Y.XmlElement("c")]);
      element.insert(
        0,
        items.map(() => new Y.XmlElement("b")),
      );
      expect(patch(doc, { op: "move", from: "/xml/0", path: "/xml/1" })).toBeUndefined();
      expect(doc.getXmlFragment("xml").toString() === `<c></c><a>${"<b></b>".repeat(LENGTH)}</a>`).toBe(true);
    });
  });
});
