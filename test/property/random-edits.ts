/**
 * One random edit of a document's text (with formats), map, array or XML. Positions never fall inside a surrogate pair: Yjs
 * breaks those.
 * @module
 */
import * as Y from "yjs";
import type { Random } from "../support/random.ts";

const WORDS = ["lorem ", "ipsum", "文档", " x", "né", "\n", "0123456789", "😀", "👩‍👩‍👧 "];
const ATTRIBUTES = [{ bold: true }, { bold: null }, { href: "a" }, { href: "b" }, { italic: true, bold: true }];

/** Edits `doc` in one transaction. */
export function editRandomly(doc: Y.Doc, random: Random): void {
  doc.transact(() => {
    for (let edit = 0; edit <= random.below(3); edit += 1) editRoot(doc, random);
  });
}

function editRoot(doc: Y.Doc, random: Random): void {
  switch (random.below(6)) {
    case 0:
      return editMap(doc.getMap("map"), random);
    case 1:
      return editArray(doc.getArray("array"), random);
    case 2:
      return editXml(doc.getXmlFragment("xml"), random);
    default:
      return editText(doc.getText("text"), random);
  }
}

/** Offsets of `text` between its characters, its ends included. */
function boundaries(text: Y.Text): readonly number[] {
  const offsets = [0];
  let at = 0;
  for (const op of delta(text)) {
    if (typeof op !== "string") offsets.push((at += 1));
    else for (const character of op) offsets.push((at += character.length));
  }
  return offsets;
}

function delta(text: Y.Text): readonly unknown[] {
  // SAFETY: `toDelta` is typed `any`; it returns operations that insert strings or embeds.
  const operations = text.toDelta() as readonly { readonly insert: unknown }[];
  return operations.map(({ insert }) => insert);
}

function editText(text: Y.Text, random: Random): void {
  const offsets = boundaries(text);
  const first = random.below(offsets.length);
  const from = offsets[first] ?? 0;
  const to = offsets[Math.min(offsets.length - 1, first + 1 + random.below(6))] ?? from;
  const kind = random.below(10);
  if (kind < 5 || from === to) text.insert(from, random.pick(WORDS));
  else if (kind < 7) text.delete(from, to - from);
  else if (kind < 9) text.format(from, to - from, random.pick(ATTRIBUTES));
  else text.insertEmbed(from, { image: random.pick(WORDS) });
}

function editMap(map: Y.Map<unknown>, random: Random): void {
  const key = `k${random.below(4)}`;
  const value = map.get(key);
  const kind = random.below(7);
  if (value instanceof Y.Text && kind < 4) editText(value, random);
  else if (value instanceof Y.Map && kind < 4) editMap(value, random);
  else if (kind === 0) map.delete(key);
  else if (kind === 1) map.set(key, new Y.Text(random.pick(WORDS)));
  else if (kind === 2) map.set(key, new Y.Map([[random.pick(WORDS), [1.5, null, { deep: true }]]]));
  else if (kind === 3) map.set(key, new Uint8Array([1, random.below(256)]));
  else map.set(key, { value: random.pick(WORDS) });
}

function editArray(array: Y.Array<unknown>, random: Random): void {
  const at = random.below(array.length + 1);
  const value = at < array.length ? array.get(at) : undefined;
  const kind = random.below(7);
  if (value instanceof Y.Array && kind < 3) editArray(value, random);
  else if (value instanceof Y.Text && kind < 3) editText(value, random);
  else if (kind < 3 && at < array.length) array.delete(at, 1);
  else if (kind === 3) array.insert(at, [new Y.Array()]);
  else if (kind === 4) array.insert(at, [new Y.Text(random.pick(WORDS))]);
  else array.insert(at, [random.pick(WORDS), random.below(99)]);
}

function editXml(xml: Y.XmlFragment, random: Random): void {
  const at = random.below(xml.length + 1);
  const child = at < xml.length ? xml.get(at) : undefined;
  const kind = random.below(9);
  if (child instanceof Y.XmlText && kind < 6) editText(child, random);
  else if (child instanceof Y.XmlElement && kind < 5) editXml(child, random);
  else if (child instanceof Y.XmlElement && kind === 5) child.setAttribute(`a${random.below(2)}`, random.pick(WORDS));
  else if (kind === 6 && at < xml.length) xml.delete(at, 1);
  else if (kind === 7) xml.insert(at, [new Y.XmlText(random.pick(WORDS))]);
  else xml.insert(at, [new Y.XmlElement(random.pick(["paragraph", "heading"]))]);
}
