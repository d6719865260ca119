import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { editDocument } from "../../src/core/edits/edit-document.ts";
import type { PutEdit } from "../../src/core/edits/put-document.ts";
import { readMarkdown, writeMarkdown } from "../../src/core/formats/markdown.ts";
import { type ProseFormat, readProse } from "../../src/core/formats/read-prose.ts";
import { type TreeNode, element } from "../../src/core/formats/tree.ts";
import { TIPTAP } from "../../src/core/formats/vocabulary.ts";
import { Random } from "../support/random.ts";
import { editProse, randomMarkdown, textsOf } from "./random-markdown.ts";
import { isLong } from "./traces.ts";
import { forSeeds } from "./worlds.ts";

const runs = isLong ? 1_000 : 120;
/** Those that build many documents. */
const livesOf = (long: number, short: number) => (isLong ? long : short);
const decoder = new TextDecoder();

function read(doc: Y.Doc, format: ProseFormat, root: string | null = "default"): string {
  const body = readProse({ parts: [Y.encodeStateAsUpdate(doc)], rows: [] }, format, root);
  if (!body.ok) throw new Error(body.error.reason);
  return decoder.decode(body.value);
}

function plain(text: Y.XmlText): string {
  // SAFETY: `toDelta` is typed `any`; these texts hold no embeds.
  return (text.toDelta() as { readonly insert: string }[]).map(({ insert }) => insert).join("");
}

/** As Roost writes what this says. */
function normalOf(markdown: string): string {
  const tree = readMarkdown(markdown, TIPTAP);
  if (!tree.ok) throw new Error(tree.error.reason);
  return writeMarkdown(tree.value);
}

let nextClient = 1_000_000;

/** Whether it changed anything. */
function put(doc: Y.Doc, body: string, edit: Partial<PutEdit> = {}): boolean {
  const whole = { kind: "put", format: "markdown", root: "default", body, ...edit } as const;
  const update = editDocument({ parts: [Y.encodeStateAsUpdate(doc)], rows: [] }, whole, (nextClient += 1));
  if (!update.ok) throw new Error(update.error.reason);
  if (update.value !== undefined) Y.applyUpdate(doc, update.value.update);
  return update.value !== undefined;
}

describe("round trips", () => {
  test("[FE2] Markdown that was written once reads and writes the same from then on", () => {
    forSeeds(runs, (seed) => {
      const random = new Random(seed);
      const once = normalOf(randomMarkdown(random));
      expect(normalOf(once)).toBe(once);
    });
  });

  test("[FE2] Markdown put into a document, whatever was there, is read as it was, or once in its normal form", () => {
    const live = (seed: number) => {
      const random = new Random(seed);
      const body = randomMarkdown(random);
      const normal = normalOf(body);
      const filled = new Y.Doc();
      put(filled, randomMarkdown(random));
      for (let edits = random.below(4); edits > 0; edits -= 1) {
        editProse(filled, filled.getXmlFragment("default"), random);
      }
      for (const doc of [new Y.Doc(), filled]) {
        put(doc, body);
        expect(read(doc, "markdown")).toBe(normal);
        expect(put(doc, normal)).toBe(false);
        put(doc, normalOf(randomMarkdown(random)));
        put(doc, normal);
        expect(read(doc, "markdown")).toBe(normal);
      }
    };
    // An empty cell, which Markdown shows nothing of, stayed beside the cells of a row that was edited.
    live(6_877_770);
    forSeeds(runs, live);
  });

  test("[FE9] what is put is what is read, and putting it again is no update, through any document", () => {
    forSeeds(livesOf(300, 15), (seed) => {
      const random = new Random(seed);
      const doc = new Y.Doc();
      for (let step = 0; step < 3; step += 1) {
        put(doc, randomMarkdown(random));
        const body = read(doc, "markdown");
        expect(put(doc, body)).toBe(false);
        const json = read(doc, "prosemirror");
        expect(put(doc, json, { format: "prosemirror" })).toBe(false);
        const other = new Y.Doc();
        put(other, body);
        expect(read(other, "markdown")).toBe(body);
        put(other, randomMarkdown(random));
        put(other, json, { format: "prosemirror" });
        expect(read(other, "prosemirror")).toBe(json);
        editProse(doc, doc.getXmlFragment("default"), random);
      }
    });
  });
});

describe("what is long", () => {
  /** More than a call takes arguments. */
  const LENGTH = 130_000;

  test.each([
    ["a paragraph", ["paragraph"], "\\\n"],
    ["a cell", ["paragraph", "tableCell", "tableRow", "table"], " "],
  ])("[FE2] %s of 130,000 pieces is written as Markdown", (_, names, gap) => {
    const pieces = Array.from({ length: LENGTH }, (__, at) =>
      at % 2 === 0 ? { text: "a", marks: [] } : element("hardBreak", {}, []),
    );
    const tree = names.reduce<readonly TreeNode[]>((inside, name) => [element(name, {}, inside)], pieces);
    const line = Array(LENGTH / 2)
      .fill("a")
      .join(gap);
    expect(writeMarkdown(tree).includes(line)).toBe(true);
  });

  test("[FE2] a table of 20,000 rows, one of them of 20,000 cells, is written with all its cells", () => {
    const cell = (text: string) => element("tableCell", {}, [element("paragraph", {}, [{ text, marks: [] }])]);
    const wide = Array.from({ length: 20_000 }, () => cell("wide"));
    const rows = Array.from({ length: 20_000 }, (_, at) => element("tableRow", {}, at === 7 ? wide : [cell("long")]));
    const markdown = writeMarkdown([element("table", {}, rows)]);
    expect([markdown.split("wide").length - 1, markdown.split("long").length - 1]).toEqual([20_000, 19_999]);
  });

  test("[FE9] a quote of 130,000 blocks is put as it is read, into its document and into another one", () => {
    const blocks = Array(LENGTH).fill({ type: "horizontalRule" });
    const json = JSON.stringify({ type: "doc", content: [{ type: "blockquote", content: blocks }] });
    const doc = new Y.Doc();
    expect(put(doc, json, { format: "prosemirror" })).toBe(true);
    expect(read(doc, "prosemirror") === json).toBe(true);
    expect(put(doc, json, { format: "prosemirror" })).toBe(false);
  });
});

describe("puts among people who type", () => {
  test("[FE10] nobody's characters are lost, and replicas agree", () => {
    forSeeds(livesOf(300, 15), (seed) => {
      const random = new Random(seed);
      const server = new Y.Doc();
      put(server, randomMarkdown(random));
      const people = Array.from({ length: 3 }, () => new Y.Doc());
      for (const person of people) Y.applyUpdate(person, Y.encodeStateAsUpdate(server));
      let typed = 0;
      const marker = () => `«${(typed += 1)}»`;
      for (let round = 0; round < 3; round += 1) {
        for (const person of people) {
          const texts = textsOf(person.getXmlFragment("default"));
          if (texts.length > 0) {
            const text = random.pick(texts);
            text.insert(random.pick([0, text.length]), marker());
          }
        }
        // The editor adds a paragraph to what it has read; of what is typed meanwhile it knows nothing.
        put(server, `${read(server, "markdown")}\n\nAnd then\n\n${randomMarkdown(random)}`);
        for (const person of people) {
          if (random.below(2) === 0) continue;
          Y.applyUpdate(server, Y.encodeStateAsUpdate(person, Y.encodeStateVector(server)));
          Y.applyUpdate(person, Y.encodeStateAsUpdate(server, Y.encodeStateVector(person)));
        }
      }
      for (const person of people) Y.applyUpdate(server, Y.encodeStateAsUpdate(person));
      const text = textsOf(server.getXmlFragment("default")).map(plain).join("\n");
      const lost = Array.from({ length: typed }, (_, index) => `«${index + 1}»`).filter((each) => !text.includes(each));
      expect(lost).toEqual([]);
    });
  });
});
