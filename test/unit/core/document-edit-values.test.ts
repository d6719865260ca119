import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { setAttribute } from "../../../src/core/edits/make-xml.ts";
import { edit, patch } from "../../support/edit-in-words.ts";

const bytes = new Uint8Array([1, 2, 255]);
const deep = (levels: number): unknown => (levels === 0 ? 1n : [deep(levels - 1)]);

describe("an empty root", () => {
  test.each(["/default/0", "/default/-"])(
    "[FE12] takes an element at %s as XML, which editors and later edits find",
    (path) => {
      const doc = new Y.Doc();
      const paragraph = (said: string) => ({ type: "element", name: "paragraph", children: [said] });
      expect(patch(doc, { op: "add", path, value: paragraph("one") })).toBeUndefined();
      expect(patch(doc, { op: "add", path: "/default/1", value: paragraph("two") })).toBeUndefined();
      expect(
        edit(doc, { kind: "put", format: "markdown", root: "default", body: "one\n\ntwo\n\nthree\n" }),
      ).toBeUndefined();
      expect(doc.getXmlFragment("default").toString()).toBe(
        "<paragraph>one</paragraph><paragraph>two</paragraph><paragraph>three</paragraph>",
      );
    },
  );

  test("[FE12] takes a moved element as XML too, and any other value as a list", () => {
    const doc = new Y.Doc();
    doc.getXmlFragment("from").insert(0, [new Y.XmlElement("paragraph")]);
    expect(patch(doc, { op: "move", from: "/from/0", path: "/to/0" })).toBeUndefined();
    expect(doc.getXmlFragment("to").toString()).toBe("<paragraph></paragraph>");
    expect(patch(doc, { op: "add", path: "/list/-", value: { type: "element", symbol: "Fe" } })).toBeUndefined();
    expect(doc.getArray("list").toJSON()).toEqual([{ type: "element", symbol: "Fe" }]);
  });
});

describe("what JSON lacks", () => {
  test("[FE25] stays in a plain value of which another part is edited", () => {
    const doc = new Y.Doc();
    const held = { bytes, big: 2n ** 60n, none: undefined, deep: deep(250), list: [bytes, undefined, 1], gone: 1 };
    doc.getMap("meta").set("plain", held);
    const done = patch(
      doc,
      { op: "add", path: "/meta/plain/list/0", value: "first" },
      { op: "replace", path: "/meta/plain/list/3", value: 2 },
      { op: "remove", path: "/meta/plain/gone" },
      { op: "remove", path: "/meta/plain/list/2" },
      { op: "add", path: "/meta/plain/new", value: true },
    );
    expect(done).toBeUndefined();
    const { gone: _gone, ...others } = held;
    expect(doc.getMap("meta").get("plain")).toEqual({ ...others, list: ["first", bytes, 2], new: true });
  });

  test("[FE25] moves with the value or the shared type that holds it", () => {
    const doc = new Y.Doc();
    const meta = doc.getMap("meta");
    meta.set("bytes", bytes);
    meta.set("plain", { big: 7n });
    const text = new Y.Text();
    text.applyDelta([{ insert: "a", attributes: { link: { href: "b" } } }, { insert: { image: "c" } }]);
    meta.set(
      "map",
      new Y.Map<unknown>([
        ["list", Y.Array.from<object>([bytes, { none: undefined, deep: deep(250) }])],
        ["text", text],
      ]),
    );
    for (const key of ["bytes", "plain", "map"]) {
      expect(patch(doc, { op: "move", from: `/meta/${key}`, path: `/other/${key}` })).toBeUndefined();
    }
    expect(meta.size).toBe(0);
    const other = doc.getMap("other");
    expect([other.get("bytes"), other.get("plain")]).toEqual([bytes, { big: 7n }]);
    expect(other.get("map")).toBeInstanceOf(Y.Map);
    const map = other.get("map") as Y.Map<unknown>;
    expect((map.get("list") as Y.Array<unknown>).toArray()).toEqual([bytes, { none: undefined, deep: deep(250) }]);
    expect((map.get("text") as Y.Text).toDelta()).toEqual([
      { insert: "a", attributes: { link: { href: "b" } } },
      { insert: { image: "c" } },
    ]);
  });

  test("[FE25] is refused where it cannot move: a subdocument, and a value that no list takes", () => {
    const doc = new Y.Doc();
    doc.getMap("meta").set("map", new Y.Map<unknown>([["sub", new Y.Doc()]]));
    doc.getMap("meta").set("plain", { big: 1n });
    expect(patch(doc, { op: "move", from: "/meta/map", path: "/meta/other" })).toBe(
      "operation 0: a subdocument does not move",
    );
    expect(patch(doc, { op: "move", from: "/meta/plain/big", path: "/list/0" })).toBe(
      "operation 0: a list takes no such value",
    );
  });

  test("[FE25] elements move with attributes that are no texts, and texts with theirs into XML and out of it", () => {
    const doc = new Y.Doc();
    const heading = new Y.XmlElement("heading");
    setAttribute(heading, "level", 2);
    heading.insert(0, [new Y.XmlText("Title")]);
    doc.getXmlFragment("page").insert(0, [heading, new Y.XmlElement("rule")]);
    expect(patch(doc, { op: "move", from: "/page/0", path: "/page/1" })).toBeUndefined();
    const moved = doc.getXmlFragment("page").get(1);
    expect(moved.toString()).toBe('<heading level="2">Title</heading>');
    expect(moved instanceof Y.XmlElement && moved.getAttribute("level")).toBe(2);
    expect(patch(doc, { op: "move", from: "/page/1/0", path: "/meta/text" })).toBeUndefined();
    expect(doc.getMap("meta").get("text")).not.toBeInstanceOf(Y.XmlText);
    expect(patch(doc, { op: "move", from: "/meta/text", path: "/page/1/0" })).toBeUndefined();
    expect(doc.getXmlFragment("page").toString()).toBe('<rule></rule><heading level="2">Title</heading>');
  });
});
