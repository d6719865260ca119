/**
 * A root given the content of a text in Markdown, or of ProseMirror's JSON.
 * @module
 */
import { type Doc, Text, XmlFragment, XmlText } from "yjs";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { Json } from "../document/content-json.ts";
import { type SharedType, kindOf } from "../document/shared-type.ts";
import { readMarkdown, writeMarkdown } from "../formats/markdown.ts";
import { readProseMirror } from "../formats/prosemirror.ts";
import { proseRoots } from "../formats/read-prose.ts";
import { readMark, readTree } from "../formats/read-tree.ts";
import { runsOf } from "../formats/text-runs.ts";
import type { TreeNode, Unreadable } from "../formats/tree.ts";
import { BASIC, TIPTAP, isBlockNote, vocabularyOf } from "../formats/vocabulary.ts";
import { embeddedIn, refuseEmbedded } from "./embedded-images.ts";
import { type Governance, MARKDOWN, exactGovernance, markKey } from "./governance.ts";
import { boundLines } from "./line-bound.ts";
import { putText } from "./put-text.ts";
import { putChildren } from "./put-xml.ts";

export type PutEdit = {
  readonly format: "markdown" | "prosemirror";
  /** Null: the only root with prose, or {@link DEFAULT_ROOT} where there is none. */
  readonly root: string | null;
  readonly body: string;
  /** Whose names of nodes new blocks have; those that the document has where it says. */
  readonly schema?: "tiptap" | "basic";
};

/** Tiptap's, and that of the demo's editor. */
export const DEFAULT_ROOT = "default";

/** In a transaction of the caller's. Equal content changes nothing. */
export function putDocument(doc: Doc, edit: PutEdit): Result<void, Unreadable> {
  const name = rootFor(doc, edit.root);
  if (!name.ok) return name;
  const root = doc.share.get(name.value);
  const kind = root === undefined ? "empty" : kindOf(root);
  const standing = root === undefined ? [] : readTree(root);
  const wanted = readBody(edit, standing);
  if (!wanted.ok) return wanted;
  const isBeside = refuseEmbedded(wanted.value, () => embeddedIn(standing));
  if (!isBeside.ok) return isBeside;
  const bound = boundLines(wanted.value);
  if (!bound.ok) return bound;
  if (edit.format === "markdown" && writeMarkdown(standing) === writeMarkdown(wanted.value)) return ok(undefined);
  if (root !== undefined && holdsBlocksInText(root)) {
    return unreadable("its editor keeps blocks in a form of its own: only PATCH edits it");
  }
  if (kind === "text") return putText(doc.get(name.value, Text), wanted.value);
  if (kind !== "xml" && kind !== "empty") return unreadable(`the root ${JSON.stringify(name.value)} holds no prose`);
  const fragment = doc.get(name.value, XmlFragment);
  putChildren(fragment, wanted.value, edit.format === "markdown" ? MARKDOWN : exactFor(fragment));
  return ok(undefined);
}

function rootFor(doc: Doc, named: string | null): Result<string, Unreadable> {
  if (named !== null) return ok(named);
  const [first, second] = proseRoots(doc);
  if (second !== undefined) return unreadable("the document has several roots, name one");
  return ok(first?.[0] ?? DEFAULT_ROOT);
}

function readBody(
  { format, body, schema }: PutEdit,
  standing: readonly TreeNode[],
): Result<readonly TreeNode[], Unreadable> {
  if (format === "prosemirror") {
    const json = parseJson(body);
    return json.ok ? readProseMirror(json.value) : json;
  }
  if (isBlockNote(standing))
    return unreadable("Markdown is not written into BlockNote's blocks; ProseMirror's JSON is");
  const named = schema === undefined ? undefined : schema === "basic" ? BASIC : TIPTAP;
  return readMarkdown(body, named ?? vocabularyOf(standing) ?? TIPTAP);
}

function parseJson(body: string): Result<Json, Unreadable> {
  try {
    // SAFETY: what JSON.parse gives.
    return ok(JSON.parse(body) as Json);
  } catch {
    return unreadable("the body is no JSON");
  }
}

/** Slate and Lexical keep whole paragraphs as texts inside a text. */
function holdsBlocksInText(root: SharedType): boolean {
  return (
    kindOf(root) === "text" && runsOf(root).some(({ insert }) => typeof insert !== "string" && insert.kind === "type")
  );
}

/** Marks that lie on each other are kept by a name with a hash: who comes anew with the same has the same name. */
function exactFor(fragment: XmlFragment): Governance {
  const names = new Map<string, string>();
  const open: unknown[] = fragment.toArray();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next instanceof XmlText) {
      for (const { attributes } of runsOf(next)) {
        for (const [key, value] of Object.entries(attributes)) names.set(markKey(readMark(key, value)), key);
      }
    } else if (next instanceof XmlFragment) for (const child of next.toArray()) open.push(child);
  }
  return exactGovernance(names);
}

function unreadable(reason: string): Result<never, Unreadable> {
  return err({ tag: "unreadable", reason });
}
