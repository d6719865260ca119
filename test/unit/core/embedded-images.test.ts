/**
 * Images that are put as their bytes.
 */
import { expect, test } from "vitest";
import * as Y from "yjs";
import { type Edit, editDocument } from "../../../src/core/edits/edit-document.ts";

type Put = Extract<Edit, { kind: "put" }>;

const DATA = `data:image/png;base64,${"iVBORw0KGgo".repeat(20)}`;

function put(doc: Y.Doc, body: string, format: Put["format"] = "markdown"): string | undefined {
  const stored = { parts: [Y.encodeStateAsUpdate(doc)], rows: [] };
  const made = editDocument(stored, { kind: "put", format, root: "default", body }, 7);
  if (!made.ok) return made.error.reason;
  if (made.value !== undefined) Y.applyUpdate(doc, made.value.update);
  return undefined;
}

const imageJson = (attrs: object, type = "image") => JSON.stringify({ type: "doc", content: [{ type, attrs }] });

test.each([
  ["Markdown", `one\n\n![the sea](${DATA})\n`, "markdown"],
  ["Markdown in a table", `| a |\n| --- |\n| ![the sea](${DATA}) |\n`, "markdown"],
  ["ProseMirror's JSON", imageJson({ src: DATA }), "prosemirror"],
  ["another type of data", imageJson({ src: " DATA:text/plain,x" }), "prosemirror"],
  ["another name of a node", imageJson({ poster: DATA }, "figure"), "prosemirror"],
] as const)(
  "[FE24] an image as a data: address in %s is refused, and the reason says where to store it",
  (_, body, format) => {
    const doc = new Y.Doc();
    expect(put(doc, body, format)).toMatch(/data: address.*POST \/v1\/documents\/\{id\}\/assets/);
    expect(doc.store.clients.size).toBe(0);
  },
);

test("[FE24] an image that a client embedded stays while what is around it is put", () => {
  const doc = new Y.Doc();
  const image = new Y.XmlElement("image");
  image.setAttribute("src", DATA);
  doc.getXmlFragment("default").insert(0, [image]);
  expect(put(doc, `above it\n\n![](${DATA})\n`)).toBeUndefined();
  expect(doc.getXmlFragment("default").toString()).toContain("above it");
  expect(put(doc, `![](${DATA.replace("png", "gif")})\n`)).toMatch(/data: address/);
  expect(put(doc, "a link [to](https://a.example/data:image/png) and `data:image/png;base64,`\n")).toBeUndefined();
});
