import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { MAX_JSON_DEPTH, toJson } from "../../src/core/document/content-json.ts";
import { toText } from "../../src/core/document/content-text.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { element, loaded, nestedArrays } from "./loaded-document.ts";
import { contentOf, randomFrom, randomHistory, rowsOf } from "./random-history.ts";
import { isLong } from "./traces.ts";
import { forSeeds } from "./worlds.ts";

const runs = isLong ? 1_000 : 100;

describe("content as JSON", () => {
  test("[CO18] roots show the kind of their live content", () => {
    const doc = loaded((made) => {
      made
        .getText("text")
        .applyDelta([{ insert: "a " }, { insert: "b", attributes: { bold: true } }, { insert: { image: "x" } }]);
      made.getXmlFragment("xml").insert(0, [element("paragraph", "hi", element("hardBreak"))]);
      made.getArray("array").insert(0, ["x", 1, new Y.Map([["k", new Y.Text("t")]])]);
      made.getMap("map").set("list", new Y.Array());
      made.getMap("map").set("plain", { deep: [null, true] });
      made.getText("empty").insert(0, "gone");
      made.getText("empty").delete(0, 4);
    });
    expect(toJson(doc)).toEqual({
      text: {
        type: "text",
        delta: [{ insert: "a " }, { insert: "b", attributes: { bold: true } }, { insert: { image: "x" } }],
      },
      xml: {
        type: "xml",
        children: [
          {
            type: "element",
            name: "paragraph",
            attributes: {},
            children: [
              { type: "text", delta: [{ insert: "hi" }] },
              { type: "element", name: "hardBreak", attributes: {}, children: [] },
            ],
          },
        ],
      },
      array: { type: "array", items: ["x", 1, { k: { type: "text", delta: [{ insert: "t" }] } }] },
      map: { type: "map", entries: { list: [], plain: { deep: [null, true] } } },
      empty: { type: "empty" },
    });
  });

  test("[CO18] a root with a list and keys shows the list, and the keys as attributes", () => {
    const doc = loaded((made) => {
      made.getXmlFragment("root").insert(0, [element("p", "hi")]);
      made.getMap("root-2").set("only", "keys");
      const text = made.getText("text");
      text.insert(0, "hi");
      text.setAttribute("lang", "en");
    });
    expect(toJson(doc)).toMatchObject({
      root: { type: "xml" },
      "root-2": { type: "map" },
      text: { type: "text", delta: [{ insert: "hi" }], attributes: { lang: "en" } },
    });
  });

  test("[CO18] texts, maps, arrays and XML are what Yjs itself shows", () => {
    forSeeds(runs, (seed) => {
      const { steps, server } = randomHistory(seed, 100);
      const { doc } = hydrate([], rowsOf(steps, randomFrom(seed)));
      const json = toJson(doc);
      const expected = contentOf(server);
      expect(JSON.parse(JSON.stringify(json))).toEqual(json);
      expect(json["text"] ?? { type: "empty" }).toEqual(
        server.getText("text").toDelta().length === 0
          ? { type: "empty" }
          : { type: "text", delta: server.getText("text").toDelta() },
      );
      expect(textsOf(json["xml"])).toBe(textsOfXml(server.getXmlFragment("xml")));
      expect(contentOf(doc)).toEqual(expected);
    });
  });

  test("[CO19] what JSON lacks has a stand-in", () => {
    const doc = loaded((made) => {
      const map = made.getMap("map");
      map.set("bytes", Uint8Array.of(1, 2, 3));
      map.set("big", 2n ** 60n);
      map.set("nan", Number.NaN);
      map.set("nothing", undefined);
      map.set("half", JSON.parse('"\\ud83d"'));
      map.set("__proto__", { polluted: true });
      map.set("subdocument", new Y.Doc({ guid: "other" }));
    });
    const json = JSON.parse(JSON.stringify(toJson(doc)));
    expect(json.map.entries).toEqual(
      JSON.parse(`{
        "bytes": {"type": "binary", "base64": "AQID"}, "big": "1152921504606846976", "nan": null, "nothing": null,
        "half": "\uFFFD", "__proto__": {"polluted": true}, "subdocument": {"type": "document", "guid": "other"}
      }`),
    );
    expect({}).not.toHaveProperty("polluted");
  });

  test("[CO20] nesting of any depth neither overflows the stack nor hides the text", () => {
    const depth = 20_000;
    const doc = hydrate([nestedArrays(9, depth)], []).doc;
    const json = JSON.stringify(toJson(doc));
    expect(json).toContain("too-deep");
    expect(json.match(/\[/g)?.length).toBeLessThanOrEqual(MAX_JSON_DEPTH + 1);
    expect(toText(doc)).toBe("innermost");
  });

  test("[CO20] a value of 300,000 entries is one", () => {
    const doc = loaded((made) =>
      made.getArray("array").insert(
        0,
        Array.from({ length: 300_000 }, () => "x"),
      ),
    );
    expect(toJson(doc)["array"]).toMatchObject({ type: "array" });
    expect(toText(doc)).toHaveLength(300_000 * 2 - 1);
  });
});

/** Every string inserted anywhere in a node of the JSON. */
function textsOf(node: unknown): string {
  if (typeof node !== "object" || node === null) return "";
  if (Array.isArray(node)) return node.map(textsOf).join("");
  if ("insert" in node) return typeof node.insert === "string" ? node.insert : "";
  return Object.values(node).map(textsOf).join("");
}

function textsOfXml(node: Y.XmlFragment | Y.XmlText | Y.XmlElement | Y.XmlHook): string {
  if (node instanceof Y.XmlText) return textsOf(node.toDelta());
  return node instanceof Y.XmlHook ? "" : node.toArray().map(textsOfXml).join("");
}
