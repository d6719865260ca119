/**
 * Images that are put, or brought by operations, as their bytes.
 */
import { expect, test } from "vitest";
import * as Y from "yjs";
import type { Edit } from "../../../src/core/edits/edit-document.ts";
import { edit, patch } from "../../support/edit-in-words.ts";

type Put = Extract<Edit, { kind: "put" }>;

const DATA = `data:image/png;base64,${"iVBORw0KGgo".repeat(20)}`;

/** The reason, where it is refused. */
function put(doc: Y.Doc, body: string, format: Put["format"] = "markdown"): string | undefined {
  return edit(doc, { kind: "put", format, root: "default", body });
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

const image = (src: string, name = "image") => ({ type: "element", name, attributes: { src } });
const quill = (address: string) => ({ type: "text", delta: [{ insert: { image: address } }] });

/** An image in `default`, a heading behind it, a text in a map and a root of Quill's. */
function filled(): Y.Doc {
  const doc = new Y.Doc();
  doc.getXmlFragment("default").insert(0, [new Y.XmlElement("image"), new Y.XmlElement("heading")]);
  doc.getMap("cards").set("note", new Y.Text("a note"));
  return doc;
}

test.each([
  ["an element", { op: "add", path: "/default/0", value: image(DATA) }],
  [
    "an element in an element",
    { op: "add", path: "/default/1/0", value: { type: "element", name: "quote", children: [image(DATA)] } },
  ],
  ["an element of another name", { op: "replace", path: ["default", 1], value: image(DATA, "figure") }],
  ["an attribute", { op: "add", path: "/default/0/src", value: DATA }],
  ["an attribute that is of another type of data", { op: "add", path: "/default/0/src", value: "data:text/plain,x" }],
  ["a text", { op: "replace", path: "/cards/note", value: quill(DATA) }],
  [
    "a text in a map in a list",
    {
      op: "add",
      path: "/cards/list",
      value: { type: "array", items: [{ type: "map", entries: { note: quill(DATA) } }] },
    },
  ],
])("[FE24] an image as a data: address is refused of an operation that brings it as %s", (_, operation) => {
  const doc = filled();
  const before = Y.encodeStateAsUpdate(doc);
  expect(patch(doc, { op: "add", path: "/cards/first", value: 1 }, operation)).toMatch(
    /^operation 1: .*data: address.*POST \/v1\/documents\/\{id\}\/assets/,
  );
  expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
});

test("[FE24] operations take along an image that a client embedded, and bring any other address and any plain value", () => {
  const doc = filled();
  const fragment = doc.getXmlFragment("default");
  const embedded = new Y.XmlElement("image");
  embedded.setAttribute("src", DATA);
  fragment.insert(2, [embedded]);
  expect(
    patch(
      doc,
      { op: "move", from: "/default/2", path: "/default/0" },
      { op: "remove", path: "/default/0" },
      { op: "add", path: "/default/0", value: image(DATA) },
      { op: "add", path: "/default/1/src", value: "/v1/documents/d/assets/a" },
      { op: "add", path: "/cards/cover", value: DATA },
      { op: "add", path: "/cards/plain", value: { cover: DATA } },
      { op: "add", path: "/default/2/0", value: `the address ${DATA}` },
    ),
  ).toBeUndefined();
  expect(fragment.toString()).toBe(
    `<image src="${DATA}"></image><image src="/v1/documents/d/assets/a"></image><heading>the address ${DATA}</heading>`,
  );
  expect(doc.getMap("cards").toJSON()).toMatchObject({ cover: DATA, plain: { cover: DATA } });
});
