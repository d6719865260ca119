/**
 * Random Markdown, clean and hostile, and random edits of what an editor keeps of it.
 * @module
 */
import * as Y from "yjs";
import type { Random } from "../support/random.ts";

const WORDS = [
  "lorem",
  "ipsum",
  "文档",
  "né",
  "😀",
  "a",
  "dolor",
  "x_y",
  "2 * 3",
  "<b>",
  "[x]",
  "# no",
  "1. no",
  "\\",
  "&amp;",
  "|",
  "~",
];
const NOISE = [
  "*",
  "**",
  "_",
  "`",
  "~~",
  "[",
  "](u)",
  "![",
  "\n",
  "\n\n",
  "> ",
  "- ",
  "1. ",
  "- [x] ",
  "  ",
  "\t",
  "|a|b|\n|-|-|\n",
  "```",
  "<br>",
  "\\\n",
  "&#x20;",
  "---\n",
];

/** Blocks as people write them, and now and then what nobody would. */
export function randomMarkdown(random: Random): string {
  if (random.below(4) === 0) return some(random, 30, () => random.pick([...WORDS, ...NOISE])).join("");
  return some(random, 7, () => block(random, 0)).join("\n\n");
}

function some<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: 1 + random.below(most) }, make);
}

function block(random: Random, depth: number): string {
  switch (random.below(depth > 2 ? 4 : 9)) {
    case 0:
      return `${"#".repeat(1 + random.below(6))} ${line(random)}`;
    case 1:
      return `\`\`\`${random.pick(["", "js", "c++ x"])}\n${some(random, 3, () => random.pick(WORDS)).join("\n")}\n\`\`\``;
    case 2:
      return random.pick(["---", `![alt](i.png "t")`, `![a](<u v>) ${line(random)}`]);
    case 4:
      return indent(some(random, 2, () => block(random, depth + 1)).join("\n\n"), "> ", "> ");
    case 5:
      return some(random, 3, () => item(random, "- ", depth)).join("\n");
    case 6:
      return some(random, 3, () => item(random, `${1 + random.below(3)}. `, depth)).join("\n");
    case 7:
      return some(random, 3, () => item(random, random.pick(["- [ ] ", "- [x] "]), depth)).join("\n");
    case 8:
      return `| a | ${phrase(random)} |\n| - | - |\n${some(random, 2, () => `| ${phrase(random)} | b |`).join("\n")}`;
    default:
      return line(random);
  }
}

function item(random: Random, marker: string, depth: number): string {
  const blocks = [line(random), ...(random.below(3) === 0 ? [block(random, depth + 1)] : [])];
  return indent(blocks.join("\n\n"), marker, " ".repeat(marker.startsWith("- ") ? 2 : 3));
}

function indent(text: string, first: string, rest: string): string {
  return text
    .split("\n")
    .map((each, index) => (index === 0 ? first + each : each === "" ? rest.trimEnd() : rest + each))
    .join("\n");
}

function line(random: Random): string {
  return some(random, 5, () => phrase(random)).join(random.pick([" ", " ", "", "\\\n"]));
}

function phrase(random: Random): string {
  const words = some(random, 3, () => random.pick(WORDS)).join(" ");
  return random.pick([
    words,
    words,
    `**${words}**`,
    `_${words}_`,
    `~~${words}~~`,
    `\`code\``,
    `[${words}](https://a.example/?b=c "t")`,
  ]);
}

/** One edit of text, formats or blocks as an editor would make it. */
export function editProse(doc: Y.Doc, root: Y.XmlFragment, random: Random): void {
  const texts = textsOf(root);
  doc.transact(() => {
    const text = texts.length === 0 ? undefined : random.pick(texts);
    if (text === undefined || random.below(6) === 0) {
      const paragraph = new Y.XmlElement("paragraph");
      paragraph.insert(0, [new Y.XmlText(random.pick(WORDS))]);
      root.insert(random.below(root.length + 1), [paragraph]);
      return;
    }
    const at = random.below(text.length + 1);
    const isWhole = !/[\ud800-\udfff]/.test(String(text));
    if (random.below(3) > 0 || !isWhole) return text.insert(isWhole ? at : 0, random.pick(WORDS));
    text.format(
      at,
      random.below(text.length - at + 1),
      random.pick([{ bold: {} }, { italic: {} }, { textStyle: { color: "red" } }]),
    );
  });
}

export function textsOf(root: Y.XmlFragment): Y.XmlText[] {
  return root.toArray().flatMap((child) => {
    if (child instanceof Y.XmlText) return [child];
    return child instanceof Y.XmlElement ? textsOf(child) : [];
  });
}
