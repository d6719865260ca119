/**
 * Documents as a server loads them, for tests of what it reads out of them.
 * @module
 */
import * as Y from "yjs";
import { hydrate } from "../../src/core/document/hydrate.ts";

/** What `edit` makes, loaded: roots come without a kind. */
export function loaded(edit: (doc: Y.Doc) => void): Y.Doc {
  const doc = new Y.Doc();
  doc.transact(() => edit(doc));
  return hydrate([Y.encodeStateAsUpdate(doc)], []).doc;
}

/** An XML element; strings become texts. */
export function element(name: string, ...children: readonly (string | Y.XmlElement | Y.XmlText)[]): Y.XmlElement {
  const made = new Y.XmlElement(name);
  made.insert(
    0,
    children.map((child) => (typeof child === "string" ? new Y.XmlText(child) : child)),
  );
  return made;
}

/** V1 update: arrays inside each other in the root `array`, `innermost` in the last. Editing that would take quadratic time. */
export function nestedArrays(client: number, depth: number): Uint8Array {
  const encode = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
  const parent = (clock: number): number[] =>
    clock === 0 ? [1, ...encode("array")] : [0, client, ...varUint(clock - 1)];
  const arrays = Array.from({ length: depth }, (_, clock) => [7, ...parent(clock), 0]);
  const leaf = [8, ...parent(depth), 1, 119, ...encode("innermost")];
  return Uint8Array.from([1, ...varUint(depth + 1), client, 0, ...arrays.flat(), ...leaf, 0]);
}

/** The lib0 encoding of a number. */
export function varUint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}
