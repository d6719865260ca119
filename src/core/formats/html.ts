/**
 * HTML of a tree, for pages and mails: safe to put into a page as it is. Rule FE6 of SPEC.md.
 * @module
 */
import { inlineText, stringOf } from "./mdast-inline.ts";
import { type Attributes, type ElementNode, type Mark, type TreeNode, isText, textOf } from "./tree.ts";
import { type MarkRole, markRoleOf, roleOf } from "./vocabulary.ts";

/** What a link or image may point at; anything else may be code. Relative addresses have no scheme. */
const SAFE_URL = /^(?:https?:|mailto:|tel:|[/?#.\d]|[a-z][a-z\d+.-]*(?:[/?#]|$))/i;
const SAFE_IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif);/i;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const MARKS: Readonly<Record<Exclude<MarkRole, "link">, string>> = {
  bold: "strong",
  italic: "em",
  strike: "s",
  code: "code",
};
/** Marks that Markdown lacks and HTML has. */
const MORE_MARKS: Readonly<Record<string, string>> = {
  underline: "u",
  subscript: "sub",
  superscript: "sup",
  highlight: "mark",
};

/** Elements one after the other. What HTML has no element for is a `div` or nothing; its text stays. */
export function writeHtml(nodes: readonly TreeNode[]): string {
  return nodes.map(nodeHtml).join("");
}

function nodeHtml(node: TreeNode): string {
  if (isText(node)) return node.marks.reduce(marked, escape(node.text));
  const { attrs, content } = node;
  const inside = () => writeHtml(content);
  switch (roleOf(node.type)) {
    case "paragraph":
      return tag("p", inside());
    case "heading":
      return tag(`h${levelOf(attrs["level"])}`, inside());
    case "bulletList":
      return tag("ul", inside());
    case "orderedList": {
      const start = attrs["start"] ?? attrs["order"];
      return tag("ol", inside(), typeof start === "number" && start !== 1 ? ` start="${Math.trunc(start)}"` : "");
    }
    case "taskList":
      return tag("ul", inside(), ' class="task-list"');
    case "listItem":
      return tag("li", inside());
    case "taskItem": {
      const checked = attrs["checked"] === true ? " checked" : "";
      return tag("li", `<input type="checkbox" disabled${checked}>${inside()}`);
    }
    case "blockquote":
      return tag("blockquote", inside());
    case "codeBlock":
      return codeHtml(node);
    case "rule":
      return "<hr>";
    case "break":
      return "<br>";
    case "image":
      return imageHtml(attrs);
    case "table":
      return tag("table", tag("tbody", inside()));
    case "row":
      return tag("tr", inside());
    case "headerCell":
      return tag("th", inside(), spans(attrs));
    case "cell":
      return tag("td", inside(), spans(attrs));
    case "bulletItem":
      return tag("ul", tag("li", inside()));
    case "orderedItem":
      return tag("ol", tag("li", inside()));
    case "taskItemLoose":
      return tag(
        "ul",
        tag("li", `<input type="checkbox" disabled${attrs["checked"] === true ? " checked" : ""}>${inside()}`),
      );
    case "container":
      return inside();
    case undefined:
      return content.length === 0 ? escape(inlineText(node)) : tag("div", inside());
  }
}

function marked(html: string, { type, attrs }: Mark): string {
  const role = markRoleOf(type);
  if (role === "link") {
    const href = stringOf(attrs["href"]).trim();
    return SAFE_URL.test(href) ? tag("a", html, ` href="${escape(href)}" rel="noopener noreferrer nofollow"`) : html;
  }
  const name = role === undefined ? own(MORE_MARKS, type) : MARKS[role];
  return name === undefined ? html : tag(name, html);
}

function codeHtml({ attrs, content }: ElementNode): string {
  const language = stringOf(attrs["language"] ?? attrs["params"]);
  const name = language === "" ? "" : ` class="language-${escape(language)}"`;
  // A line break right behind the tag is not shown.
  const text = escape(content.map(textOf).join("")).replace(/^\n/, "\n\n");
  return tag("pre", tag("code", text, name));
}

function imageHtml(attrs: Attributes): string {
  const src = stringOf(attrs["src"]).trim();
  const alt = escape(stringOf(attrs["alt"]));
  if (!SAFE_URL.test(src) && !SAFE_IMAGE.test(src)) return alt;
  const title = stringOf(attrs["title"]);
  return `<img src="${escape(src)}" alt="${alt}"${title === "" ? "" : ` title="${escape(title)}"`}>`;
}

function spans(attrs: Attributes): string {
  return (["colspan", "rowspan"] as const)
    .map((name) => {
      const span = attrs[name];
      return typeof span === "number" && Number.isInteger(span) && span > 1 ? ` ${name}="${span}"` : "";
    })
    .join("");
}

function levelOf(level: unknown): number {
  return Math.min(6, Math.max(1, Math.trunc(Number(level)) || 1));
}

function tag(name: string, inside: string, attributes = ""): string {
  return `<${name}${attributes}>${inside}</${name}>`;
}

function own(names: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(names, key) ? names[key] : undefined;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
