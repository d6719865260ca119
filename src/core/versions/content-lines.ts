/**
 * A root as lines for people, each with the structs it is made of.
 * @module
 */
import { type Json, contentJson } from "../document/content-json.ts";
import type { Run, TypeNode } from "./typed-tree.ts";

/** Of one run. */
export type Source = { readonly client: number; readonly clock: number; readonly length: number };

export type Line = { readonly text: string; readonly sources: readonly Source[] };

/** What lies deeper is left out: nesting is the writer's choice, and lines are for reading. */
const MAX_DEPTH = 100;
const INDENT = "  ";
/** Of a value or embed shown in a line. */
const MAX_VALUE_CHARACTERS = 200;
/** Depth counts from here for values, see contentJson. */
const VALUE_DEPTH = 1;

/**
 * Texts by their lines; XML by its blocks, which name the element unless it is a plain paragraph; a value of a list on its own line, an
 * entry of a map as `key: value`. Inner types are indented.
 */
export function linesOf(root: TypeNode): readonly Line[] {
  const lines = new LineWriter();
  write(root, 0, lines);
  lines.end();
  return lines.list;
}

class LineWriter {
  readonly list: Line[] = [];
  #text = "";
  #sources: Source[] = [];
  #indent = 0;

  /** To the line at hand. */
  add(text: string, source?: Source): void {
    this.#text += text;
    if (source !== undefined) this.#sources.push(source);
  }

  /** Ends the line at hand, if anything is on it. */
  end(): void {
    if (this.#text === "" && this.#sources.length === 0) return;
    this.break();
  }

  break(): void {
    this.list.push({ text: INDENT.repeat(this.#indent) + this.#text, sources: this.#sources });
    this.#text = "";
    this.#sources = [];
  }

  indent(by: number): void {
    this.end();
    this.#indent += by;
  }
}

function write(node: TypeNode, depth: number, lines: LineWriter): void {
  if (depth > MAX_DEPTH) return;
  if (node.kind === "text") return writeText(node, depth, lines);
  if (node.kind === "element") return writeElement(node, depth, lines);
  if (node.kind === "hook") lines.add(`<${node.name}>`);
  const isKeyed = node.kind === "map" || node.kind === "hook" || node.kind === "empty";
  for (const run of node.runs) if (!isKeyed) writeItem(run, depth, lines);
  for (const [key, run] of node.entries) writeEntry(key, run, depth, lines);
}

function writeText(node: TypeNode, depth: number, lines: LineWriter): void {
  for (const run of node.runs) {
    if (run.content.kind === "string") writeString(run.content.text, run, lines);
    else if (run.node === undefined) lines.add(shortOf(contentJson(run.content, VALUE_DEPTH)), run);
    else writeInner(run, run.node, depth, lines);
  }
}

function writeString(text: string, run: Run, lines: LineWriter): void {
  let start = 0;
  for (const part of text.split("\n")) {
    if (start > 0) lines.break();
    const { client, clock } = run;
    if (part !== "") lines.add(part.toWellFormed(), { client, clock: clock + start, length: part.length });
    start += part.length + 1;
  }
}

/** A block of its own, indented. */
function writeInner(run: Run, node: TypeNode, depth: number, lines: LineWriter): void {
  lines.indent(1);
  lines.add("", { client: run.client, clock: run.clock, length: 1 });
  write(node, depth + 1, lines);
  lines.indent(-1);
}

function writeElement(node: TypeNode, depth: number, lines: LineWriter): void {
  const attributes = [...node.entries].map(
    ([key, { content }]) => ` ${key}=${shortOf(contentJson(content, VALUE_DEPTH))}`,
  );
  const isPlain = attributes.length === 0 && /^(?:paragraph|p)$/.test(node.name);
  if (!isPlain) lines.add(`<${node.name}${attributes.join("")}> `);
  for (const [, { client, clock, length }] of node.entries) lines.add("", { client, clock, length });
  for (const run of node.runs) {
    if (run.node === undefined) writeItem(run, depth, lines);
    else if (run.node.kind === "text") write(run.node, depth + 1, lines);
    else writeInner(run, run.node, depth, lines);
  }
}

function writeItem(run: Run, depth: number, lines: LineWriter): void {
  lines.end();
  if (run.node !== undefined) {
    lines.add("", { client: run.client, clock: run.clock, length: 1 });
    write(run.node, depth + 1, lines);
    lines.end();
    return;
  }
  for (const [at, value] of contentJson(run.content, VALUE_DEPTH).entries()) {
    lines.add(shortOf([value]), { client: run.client, clock: run.clock + at, length: 1 });
    lines.end();
  }
}

function writeEntry(key: string, run: Run, depth: number, lines: LineWriter): void {
  lines.end();
  const source = { client: run.client, clock: run.clock + run.length - 1, length: 1 };
  if (run.node === undefined) {
    lines.add(`${key}: ${shortOf(contentJson(run.content, VALUE_DEPTH))}`, source);
    lines.end();
    return;
  }
  lines.add(`${key}:`, source);
  lines.indent(1);
  write(run.node, depth + 1, lines);
  lines.indent(-1);
}

function shortOf(values: readonly Json[]): string {
  const text = values.map((value) => JSON.stringify(value)).join(" ");
  return text.length <= MAX_VALUE_CHARACTERS ? text : `${text.slice(0, MAX_VALUE_CHARACTERS).toWellFormed()}…`;
}
