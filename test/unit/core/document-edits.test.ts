import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { toJson } from "../../../src/core/document/content-json.ts";
import { type Edit, editDocument } from "../../../src/core/edits/edit-document.ts";
import { writeHtml } from "../../../src/core/formats/html.ts";
import { Attribution } from "../../../src/core/versions/attribution.ts";
import { blameDocument } from "../../../src/core/versions/blame.ts";
import { element } from "../../../src/core/formats/tree.ts";

let nextClient = 1;

function edit(doc: Y.Doc, order: Edit): string | undefined {
  const made = editDocument({ parts: [Y.encodeStateAsUpdate(doc)], rows: [] }, order, (nextClient += 1));
  if (!made.ok) return made.error.reason;
  if (made.value !== undefined) Y.applyUpdate(doc, made.value.update);
  return undefined;
}

const patch = (doc: Y.Doc, ...operations: unknown[]) => edit(doc, { kind: "patch", operations });
const put = (doc: Y.Doc, body: string, root: string) => edit(doc, { kind: "put", format: "markdown", root, body });

function plain(text: Y.XmlText): string {
  // SAFETY: `toDelta` is typed `any`; these texts hold no embeds.
  return (text.toDelta() as { readonly insert: string }[]).map(({ insert }) => insert).join("");
}

function shownText(node: unknown): string {
  if (node instanceof Y.XmlText) return plain(node);
  return node instanceof Y.XmlFragment ? node.toArray().map(shownText).join("") : "";
}

describe("formats", () => {
  test("[FE6] HTML is text where a document says markup, and links no script", () => {
    const link = (href: string) => ({ text: "go", marks: [{ type: "link", attrs: { href } }] });
    const hostile = ["javascript:alert(1)", "\u0001javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x"];
    for (const href of hostile) expect(writeHtml([link(href)])).toBe("go");
    expect(writeHtml([link('https://a.example/"><script>')])).toBe(
      '<a href="https://a.example/&quot;&gt;&lt;script&gt;" rel="noopener noreferrer nofollow">go</a>',
    );
    const code = element("codeBlock", { language: '"><b>' }, [{ text: "<b>&", marks: [] }]);
    expect(writeHtml([code, element("image", { src: "javascript:x", alt: "<i>" }, [])])).toBe(
      '<pre><code class="language-&quot;&gt;&lt;b&gt;">&lt;b&gt;&amp;</code></pre>&lt;i&gt;',
    );
  });
});

describe("edits", () => {
  test("[FE9] a changed word leaves the other formats, attributes and cursors of its block", () => {
    const doc = new Y.Doc();
    const paragraph = new Y.XmlElement("paragraph");
    // SAFETY: editors keep any JSON there.
    paragraph.setAttribute("textAlign", "right");
    const text = new Y.XmlText();
    paragraph.insert(0, [text]);
    doc.getXmlFragment("default").insert(0, [paragraph]);
    text.applyDelta([{ insert: "red ", attributes: { textStyle: { color: "red" } } }, { insert: "and blue" }]);
    const cursor = Y.createRelativePositionFromTypeIndex(text, 8);
    expect(put(doc, "red and **very** blue\n", "default")).toBeUndefined();
    expect(text.toDelta()).toEqual([
      { insert: "red ", attributes: { textStyle: { color: "red" } } },
      { insert: "and " },
      { insert: "very", attributes: { bold: {} } },
      { insert: " blue" },
    ]);
    expect(paragraph.getAttribute("textAlign")).toBe("right");
    expect(Y.createAbsolutePositionFromRelativePosition(cursor, doc)?.type).toBe(text);
  });

  test.each([
    ["a line that breaks early", "Yes,\\\nthe rest of a long sentence\n", "the rest of a long sentence", "Yes,"],
    ["a line that breaks late", "Yes, the rest of a long\\\nsentence\n", "Yes, the rest of a long", "sentence"],
    ["lines", "Yes,\\\nthe rest of a\\\nlong sentence\n", "the rest of a", "Yes,"],
    ["paragraphs, the first one short", "Yes,\n\nthe rest of a long sentence\n", "the rest of a long sentence", "Yes,"],
    ["paragraphs, the last one short", "Yes, the rest of a long\n\nsentence\n", "Yes, the rest of a long", "sentence"],
  ])(
    "[FE19] of a text that is cut into %s the longest part stays, with its cursors, formats and authors",
    (_, ...parts) => {
      const [body, stays, moves] = parts;
      const whole = "Yes, the rest of a long sentence";
      const doc = new Y.Doc();
      doc.clientID = 1_000;
      const paragraph = new Y.XmlElement("paragraph");
      const text = new Y.XmlText();
      paragraph.insert(0, [text]);
      doc.getXmlFragment("default").insert(0, [paragraph]);
      text.applyDelta([
        { insert: "Yes, the " },
        { insert: "rest", attributes: { bold: {} } },
        { insert: whole.slice(13) },
      ]);
      const cursorIn = (part: string) =>
        Y.createRelativePositionFromTypeIndex(text, whole.indexOf(part) + part.length - 2);
      const cursors = [cursorIn(stays), cursorIn(moves)];
      const other = new Y.Doc();
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
      expect(put(doc, body.replace("rest", "**rest**"), "default")).toBeUndefined();

      const [kept, moved] = cursors.map((cursor) => Y.createAbsolutePositionFromRelativePosition(cursor, doc));
      expect([kept?.type === text, kept?.index]).toEqual([true, stays.length - 2]);
      expect(plain(text)).toBe(stays);
      // Characters do not move: a cursor in the other part stays in the text, at the edge of what is left of it.
      expect([moved?.type === text, moved?.index]).toEqual([true, whole.indexOf(moves) === 0 ? 0 : stays.length]);
      const written = blameDocument(
        { parts: [Y.encodeStateAsUpdate(doc)], rows: [] },
        new Attribution([], [[1_000, "alice"]]),
      );
      if (!written.ok) throw new Error(written.error.tag);
      const aliceWrote = written.value.ranges.filter(({ user, excerpt }) => user === "alice" && excerpt !== "");
      expect(aliceWrote.map(({ excerpt }) => excerpt).join("")).toBe(stays);

      // Who types in either part meanwhile loses nothing.
      const theirs = other.getXmlFragment("default").get(0);
      const line = theirs instanceof Y.XmlElement ? theirs.get(0) : undefined;
      if (!(line instanceof Y.XmlText)) throw new TypeError("a paragraph of text");
      line.insert(whole.length - 2, "<last>");
      line.insert(2, "<first>");
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
      const shown = shownText(doc.getXmlFragment("default"));
      expect([shown.includes("<first>"), shown.includes("<last>")]).toEqual([true, true]);
    },
  );

  test("[FE20] who edits stands behind what it wrote last, or where something is gone, and nowhere in plain values", () => {
    const doc = new Y.Doc();
    const standsAfter = (order: Edit): readonly [text: string, index: number] | undefined => {
      const made = editDocument({ parts: [Y.encodeStateAsUpdate(doc)], rows: [] }, order, (nextClient += 1));
      if (!made.ok || made.value === undefined) throw new Error("no edit");
      const { update, cursor } = made.value;
      Y.applyUpdate(doc, update);
      if (cursor === undefined) return undefined;
      expect(cursor.head).toEqual(cursor.anchor);
      const at = Y.createRelativePositionFromJSON(JSON.parse(JSON.stringify(cursor.head)));
      const place = Y.createAbsolutePositionFromRelativePosition(at, doc);
      return place === null ? undefined : [String(place.type), place.index];
    };
    const markdown = (body: string): Edit => ({ kind: "put", format: "markdown", root: "default", body });
    const operation = (each: object): Edit => ({ kind: "patch", operations: [each] });
    doc.getXmlFragment("default");
    doc.getText("note");
    expect(standsAfter(markdown("One\n\nTwo\n"))).toEqual(["Two", 3]);
    expect(standsAfter(markdown("One more\n\nTwo\n"))).toEqual(["One more", 8]);
    expect(standsAfter(markdown("One more\n\nTwo\n\n---\n"))).toEqual(["<horizontalrule></horizontalrule>", 0]);
    expect(standsAfter(markdown("more\n\nTwo\n\n---\n"))).toEqual(["more", 0]);
    expect(standsAfter(operation({ op: "splice", path: "/note", index: 0, insert: "abc 😀" }))).toEqual(["abc 😀", 6]);
    expect(standsAfter(operation({ op: "splice", path: "/note", index: 1, delete: 2 }))).toEqual(["a 😀", 1]);
    expect(standsAfter(operation({ op: "add", path: "/meta/status", value: "final" }))).toBeUndefined();
    expect(standsAfter(operation({ op: "add", path: "/tasks/-", value: 1 }))).toBeUndefined();
  });

  test("[FE11] lines of Quill are edited as blocks, and keep what Markdown does not say", () => {
    const doc = new Y.Doc();
    const text = doc.getText("quill");
    text.applyDelta([
      { insert: "Title" },
      { insert: "\n", attributes: { header: 1, align: "center" } },
      { insert: "one", attributes: { color: "red" } },
      { insert: "\n", attributes: { list: "bullet" } },
    ]);
    expect(put(doc, "## Title\n\n- one\n- *two*\n", "quill")).toBeUndefined();
    expect(text.toDelta()).toEqual([
      { insert: "Title" },
      { insert: "\n", attributes: { header: 2, align: "center" } },
      { insert: "one", attributes: { color: "red" } },
      { insert: "\n", attributes: { list: "bullet" } },
      { insert: "two", attributes: { italic: true } },
      { insert: "\n", attributes: { list: "bullet" } },
    ]);
    expect(put(doc, "| a |\n| - |\n", "quill")).toContain("table");
  });

  test("[FE12] paths lead through shared types and plain values, and shapes make shared types", () => {
    const doc = new Y.Doc();
    expect(
      patch(
        doc,
        { op: "add", path: "/tasks/-", value: { type: "map", entries: { title: "a" } } },
        { op: "add", path: ["tasks", 0], value: { plain: { deep: [1, 2] } } },
        { op: "replace", path: "/tasks/0/plain/deep/1", value: 5 },
        { op: "add", path: "/tasks/1/a~1b", value: true },
        { op: "move", from: "/tasks/1", path: "/tasks/0" },
        { op: "splice", path: "/note", index: 0, insert: "hello wrld" },
        { op: "splice", path: "/note", find: "wrld", insert: "world" },
        { op: "replace", path: "/note", value: "hello, world" },
      ),
    ).toBeUndefined();
    expect(toJson(doc)).toEqual({
      note: { type: "text", delta: [{ insert: "hello, world" }] },
      tasks: { type: "array", items: [{ "a/b": true, title: "a" }, { plain: { deep: [1, 5] } }] },
    });
    expect(doc.getArray("tasks").get(0)).toBeInstanceOf(Y.Map);
    expect(patch(doc, { op: "splice", path: "/note", find: "l", insert: "" })).toContain("found 3 times");
  });
});
