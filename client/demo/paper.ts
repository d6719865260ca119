/**
 * Rich text as plain data: read from a document's JSON or from Yjs, and two states of it in one by what the server says differs.
 * @module
 */
import * as Y from "yjs";
import { textOf } from "./api-request.ts";
import { fieldOf } from "./browser-storage.ts";

/** Whose it is and when it was written, as far as anybody knows. */
export type By = { readonly user: string; readonly atMs: number | null };

type Attributes = Readonly<Record<string, unknown>>;

/** In both states, in the later one alone, or in the earlier one alone. */
type Fate = { state: "same" | "added" | "gone"; by?: By };

/** `before`: the attributes that it had, where they are others now. */
export type Piece = Fate & { insert: string | PaperNode; attributes: Attributes; before?: Attributes };
export type PaperText = Fate & { readonly kind: "text"; pieces: Piece[] };
export type PaperElement = Fate & {
  readonly kind: "element";
  readonly name: string;
  readonly children: PaperNode[];
  attributes: Attributes;
  before?: Attributes;
};
export type PaperNode = PaperText | PaperElement;

/** Nesting is the writer's choice; what lies deeper is not shown. */
const MAX_DEPTH = 60;

/** The blocks of root `name` in the JSON of a document; undefined when it is no rich text. */
export function paperOfJson(roots: unknown, name: string): PaperNode[] | undefined {
  const root = fieldOf(roots, name);
  const type = fieldOf(root, "type");
  if (root === undefined || type === "empty") return [];
  return type === "xml" ? nodesOf(fieldOf(root, "children"), 0) : undefined;
}

/** The blocks of a fragment, as they stand. */
export function paperOfYjs(fragment: Y.XmlFragment): PaperNode[] {
  return nodesOf(fragment.toArray().map(jsonOfYjs), 0);
}

export function nodesOf(list: unknown, depth: number): PaperNode[] {
  return Array.isArray(list) ? list.flatMap((each) => nodeOf(each, depth)) : [];
}

function nodeOf(json: unknown, depth: number): readonly PaperNode[] {
  if (depth > MAX_DEPTH) return [];
  if (fieldOf(json, "type") === "text") {
    return [{ kind: "text", state: "same", pieces: piecesOf(fieldOf(json, "delta"), depth) }];
  }
  const children = nodesOf(fieldOf(json, "children"), depth + 1);
  const attributes = attributesOf(fieldOf(json, "attributes"));
  return [{ kind: "element", state: "same", name: textOf(fieldOf(json, "name")), attributes, children }];
}

function piecesOf(delta: unknown, depth: number): Piece[] {
  if (!Array.isArray(delta)) return [];
  return delta.map((op: unknown) => pieceOf(fieldOf(op, "insert"), fieldOf(op, "attributes"), depth));
}

/** One operation of a delta; what is no text counts one. */
export function pieceOf(insert: unknown, attributes: unknown, depth = 0): Piece {
  const [node] = typeof insert === "string" ? [] : nodeOf(insert, depth + 1);
  return { state: "same", insert: node ?? textOf(insert), attributes: attributesOf(attributes) };
}

export function attributesOf(value: unknown): Attributes {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function jsonOfYjs(type: unknown): unknown {
  if (type instanceof Y.XmlText) return { type: "text", delta: type.toDelta() };
  if (!(type instanceof Y.XmlElement)) return {};
  const children = type.toArray().map(jsonOfYjs);
  return { type: "element", name: type.nodeName, attributes: type.getAttributes(), children };
}
