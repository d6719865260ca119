/**
 * Markdown (CommonMark with GitHub's tables, lists of tasks and strikethrough) of a tree, and back. Rule FE2 of SPEC.md.
 * @module
 */
import MarkdownIt from "markdown-it";
import { gfmStrikethroughToMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableToMarkdown } from "mdast-util-gfm-table";
import { gfmTaskListItemToMarkdown } from "mdast-util-gfm-task-list-item";
import { type Options, toMarkdown } from "mdast-util-to-markdown";
import { type Result, err, ok } from "../../protocol/result.ts";
import { TreeBuilder } from "./from-tokens.ts";
import { rootOf } from "./to-mdast.ts";
import type { TreeNode, Unreadable } from "./tree.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** The same marker everywhere: what is written twice is the same. */
const WRITE: Options = {
  bullet: "-",
  emphasis: "_",
  rule: "-",
  listItemIndent: "one",
  resourceLink: true,
  extensions: [
    gfmTableToMarkdown({ tablePipeAlign: false }),
    gfmStrikethroughToMarkdown(),
    gfmTaskListItemToMarkdown(),
  ],
};

/** Of its 100 levels: what lies deeper the parser leaves out without a word. */
const MAX_LEVEL = 80;

/** HTML is text. Addresses are taken as they are written: whoever shows one decides whether it is safe. */
const parser = new MarkdownIt("default", { html: false, linkify: false, typographer: false });
parser.validateLink = () => true;
parser.normalizeLink = (url: string) => url;
parser.normalizeLinkText = (url: string) => url;

/** Ends with a line break, but for a tree that shows nothing. */
export function writeMarkdown(nodes: readonly TreeNode[]): string {
  return toMarkdown(rootOf(nodes), WRITE);
}

/** Blocks by the names of a vocabulary. */
export function readMarkdown(text: string, vocabulary: Vocabulary): Result<readonly TreeNode[], Unreadable> {
  const tokens = parser.parse(text.toWellFormed(), {});
  if (tokens.some(({ level }) => level > MAX_LEVEL)) {
    return err({ tag: "unreadable", reason: "blocks are nested too deep" });
  }
  // The parser leaves that to whoever writes HTML.
  for (const token of tokens) token.info = parser.utils.unescapeAll(token.info);
  return ok(new TreeBuilder(vocabulary).blocks(tokens));
}
