/**
 * The first line of a new document is its title: it becomes a heading when somebody begins to write, and says so before.
 * Nothing is written into a document by only looking at it: two people who open it at once would both write.
 * @module
 */
import { Extension } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { type EditorState, Plugin, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { isChangeOrigin } from "@tiptap/extension-collaboration";

/** A longer first line was pasted, and is no title. */
const MAX_TITLE_LENGTH = 200;
/** Starts a list, a quote or code by the editor's input rules, which want a paragraph. */
const MARKDOWN = /^[-*+>#`]/;

/** Adds the placeholders, and makes the first typed line of an empty document a heading. */
export const TitleBlock = Extension.create({
  name: "titleBlock",
  addProseMirrorPlugins() {
    return [
      new Plugin({
        props: {
          decorations: (state) => placeholders(state.doc),
          handleDOMEvents: {
            // An input method owns the block from here on; turning it into a heading later would break what it composes.
            compositionstart: (view) => {
              if (view.editable && isEmptyParagraph(view.state.doc)) view.dispatch(asTitle(view.state));
              return false;
            },
          },
        },
        appendTransaction: (transactions, before, after) => {
          const wasTyped = transactions.some((transaction) => transaction.docChanged && !isChangeOrigin(transaction));
          if (!wasTyped || !isEmptyParagraph(before.doc) || !isFirstLine(after.doc)) return null;
          return asTitle(after);
        },
      }),
    ];
  },
});

/** The text of the first block that has some: what the bar and the list call the document. */
export function titleOf(doc: Node): string {
  let title = "";
  doc.forEach((block) => {
    if (title === "") title = block.textContent.trim();
  });
  return title;
}

function asTitle({ tr, schema }: EditorState): Transaction {
  return tr.setNodeMarkup(0, schema.nodes.heading, { level: 1 });
}

function isEmptyParagraph({ childCount, firstChild }: Node): boolean {
  return childCount === 1 && firstChild?.type.name === "paragraph" && firstChild.content.size === 0;
}

function isFirstLine({ childCount, firstChild }: Node): boolean {
  if (childCount !== 1 || firstChild?.type.name !== "paragraph") return false;
  const text = firstChild.textContent;
  return text.length > 0 && text.length <= MAX_TITLE_LENGTH && !MARKDOWN.test(text);
}

function placeholders(doc: Node): DecorationSet {
  const { firstChild: first, lastChild: last, childCount } = doc;
  const found: Decoration[] = [];
  if (first !== null && first.content.size === 0 && (first.type.name === "heading" || isEmptyParagraph(doc))) {
    found.push(placeholder(0, first, "Title"));
  }
  const isBodyEmpty = childCount === 2 && last?.type.name === "paragraph" && last.content.size === 0;
  if (isBodyEmpty && first?.type.name === "heading") found.push(placeholder(first.nodeSize, last, "Write something…"));
  return DecorationSet.create(doc, found);
}

function placeholder(from: number, block: Node, text: string): Decoration {
  // Before the first letter the line already looks like what it becomes.
  const titled = text === "Title" && block.type.name === "paragraph" ? { class: "title-to-be" } : {};
  return Decoration.node(from, from + block.nodeSize, { "data-placeholder": text, ...titled });
}
