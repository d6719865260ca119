/**
 * Tokens inside a line of Markdown as text with marks, line breaks and images.
 * @module
 */
import type { Token } from "markdown-it";
import { type Attributes, type Mark, type TreeNode, element, joinRuns } from "./tree.ts";
import type { MarkRole, Vocabulary } from "./vocabulary.ts";

const OPENS: Readonly<Record<string, MarkRole>> = {
  strong_open: "bold",
  em_open: "italic",
  s_open: "strike",
  link_open: "link",
};

/** What a line's tokens say. */
export function inlineOf(tokens: readonly Token[], words: Vocabulary): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  const open: Mark[] = [];
  for (const token of tokens) {
    const role = OPENS[token.type];
    if (role !== undefined) open.push({ type: words.marks[role], attrs: role === "link" ? linkOf(token) : {} });
    else if (token.nesting === -1) open.pop();
    else nodes.push(...leafOf(token, unique(open), words));
  }
  return joinRuns(nodes);
}

function leafOf(token: Token, marks: readonly Mark[], words: Vocabulary): readonly TreeNode[] {
  switch (token.type) {
    case "softbreak":
      return [{ text: " ", marks }];
    case "hardbreak":
      return [element(words.nodes.break, {}, [])];
    case "code_inline":
      return [{ text: token.content, marks: unique([...marks, { type: words.marks.code, attrs: {} }]) }];
    case "image": {
      const alt = plainText(token.children ?? []);
      const texts = { ...(alt === "" ? {} : { alt }), ...titleOf(token) };
      return [element(words.nodes.image, { src: token.attrGet("src") ?? "", ...texts }, [])];
    }
    default:
      return token.content === "" ? [] : [{ text: token.content, marks }];
  }
}

function linkOf(token: Token): Attributes {
  return { href: token.attrGet("href") ?? "", ...titleOf(token) };
}

function titleOf(token: Token): Attributes {
  const title = token.attrGet("title");
  return title === null || title === "" ? {} : { title };
}

function unique(marks: readonly Mark[]): readonly Mark[] {
  return marks.filter(({ type }, index) => marks.findIndex((mark) => mark.type === type) === index);
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map(({ type, content, children }) => {
      if (type === "softbreak" || type === "hardbreak") return " ";
      return type === "image" ? plainText(children ?? []) : content;
    })
    .join("");
}
