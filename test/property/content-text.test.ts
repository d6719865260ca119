import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { compactDocument } from "../../src/core/document/compaction.ts";
import { toJson } from "../../src/core/document/content-json.ts";
import { readText, toText } from "../../src/core/document/content-text.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { element, loaded } from "./loaded-document.ts";
import { randomFrom, randomHistory, rowsOf } from "./random-history.ts";
import { isLong } from "./traces.ts";
import { forSeeds } from "./worlds.ts";

const runs = isLong ? 1_000 : 100;

describe("content as text", () => {
  test("[CO21] blocks stand on lines of their own, what is inline is joined, markup is gone", () => {
    const doc = loaded((made) => {
      const mention = element("mention");
      mention.setAttribute("label", "Bob");
      const bold = new Y.XmlText();
      bold.applyDelta([{ insert: "very " }, { insert: "bold", attributes: { bold: true } }]);
      made
        .getXmlFragment("default")
        .insert(0, [
          element("heading", "Title"),
          element("paragraph", bold, mention, ", hello", element("hardBreak"), "next line"),
          element("paragraph"),
          element(
            "bulletList",
            element("listItem", element("paragraph", "one")),
            element("listItem", element("paragraph", "two")),
          ),
          element(
            "table",
            element("tableRow", element("tableCell", element("paragraph", "a")), element("tableCell", "b")),
          ),
          element("listItem", "text, then a block", element("bulletList", element("listItem", "three"))),
          element("customBlock", element("paragraph", "custom")),
        ]);
    });
    expect(toText(doc).split("\n")).toEqual([
      "Title",
      "very bold@Bob, hello",
      "next line",
      "one",
      "two",
      "a",
      "b",
      "text, then a block",
      "three",
      "custom",
    ]);
  });

  test("[CO21] a text is as it is; strings of arrays and maps stand one a line, after the prose", () => {
    const doc = loaded((made) => {
      made.getMap("a-map").set("b", { x: ["leaf", 1, { y: "leaf 2" }] });
      made.getMap("a-map").set("a", "first by key");
      made.getArray("array").insert(0, ["item", new Y.Text("nested"), Uint8Array.of(1)]);
      made.getText("text").insert(0, "line 1\n\n  line 2\n");
      made.getText("title").insert(0, "Named title");
    });
    expect(toText(doc)).toBe("Named title\nline 1\n\n  line 2\n\nitem\nnested\nfirst by key\nleaf\nleaf 2");
  });

  test("[CO21] paragraphs that are texts inside a text stand on lines of their own", () => {
    const doc = loaded((made) => {
      const root = made.get("root", Y.XmlText);
      for (const [index, words] of ["one", "two"].entries()) {
        const paragraph = new Y.XmlText();
        root.insertEmbed(index, paragraph);
        paragraph.insertEmbed(0, new Y.Map([["__type", "text"]]));
        paragraph.insert(1, words);
      }
    });
    expect(toText(doc)).toBe("one\ntwo");
  });

  test("[CO22] replicas that heard the same edits in another order have the same text and JSON", () => {
    forSeeds(runs, (seed) => {
      const { steps } = randomHistory(seed, 100);
      const inOrder = hydrate([], rowsOf(steps, randomFrom(seed))).doc;
      const merged = compactDocument({ parts: [], rows: rowsOf(steps, randomFrom(seed)), maxPartBytes: 100 });
      const inParts = hydrate(merged.parts.toReversed(), []).doc;
      expect(toText(inParts)).toBe(toText(inOrder));
      expect(merged.text).toBe(toText(inOrder));
      expect(toJson(inParts)).toEqual(toJson(inOrder));
    });
  });

  test("[CO23] the heading is the first block with text, if it is one", () => {
    const withHeading = loaded((made) =>
      made
        .getXmlFragment("default")
        .insert(0, [
          element("paragraph"),
          element("doc", element("heading", "Two", element("hardBreak"), "lines")),
          element("heading", "Later"),
        ]),
    );
    expect(readText(withHeading).heading).toBe("Two\nlines");
    const without = loaded((made) =>
      made.getXmlFragment("default").insert(0, [element("paragraph", "First"), element("heading", "Later")]),
    );
    expect(readText(without).heading).toBeUndefined();
  });
});
