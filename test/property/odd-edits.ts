/**
 * One random edit with what few editors use: attributes of texts, subdocuments, types as embeds, hooks, whole roots emptied.
 * @module
 */
import * as Y from "yjs";
import type { Random } from "../support/random.ts";

/** What `editRandomly` leaves out. */
export function editOddly(doc: Y.Doc, random: Random): void {
  const text = doc.getText("text");
  const rich = doc.get("rich", Y.XmlText);
  const xml = doc.getXmlFragment("xml");
  const at = random.below(rich.length + 1);
  switch (random.below(10)) {
    case 0:
      return text.setAttribute(`a${random.below(2)}`, random.pick(["x", 1, { deep: [true] }]));
    case 1:
      return text.removeAttribute(`a${random.below(2)}`);
    case 2:
      doc.getMap("map").set(`k${random.below(4)}`, new Y.Doc({ guid: `sub-${random.below(3)}` }));
      return;
    case 3:
      return doc.getArray("array").push([Uint8Array.of(random.below(9)), null, 0.5]);
    case 4:
      return rich.insertEmbed(at, new Y.XmlText(random.pick(["one\n", "two", "three"])), { indent: random.below(3) });
    case 5:
      if (rich.length > 0) rich.delete(Math.min(at, rich.length - 1), 1);
      return;
    case 6:
      return xml.insert(random.below(xml.length + 1), [hook(random)]);
    case 7:
      if (rich.length > 0) rich.format(Math.min(at, rich.length - 1), 1, { bold: random.pick([true, null]) });
      return;
    case 8:
      return deepen(doc.getArray("array"), random);
    default:
      if (text.length > 0 && random.below(4) === 0) text.delete(0, text.length);
      if (xml.length > 0 && random.below(4) === 0) xml.delete(0, xml.length);
  }
}

function hook(random: Random): Y.XmlElement {
  const made = new Y.XmlHook(random.pick(["video", "poll"]));
  made.set("id", random.below(9));
  const child: unknown = made;
  // SAFETY: Yjs' types leave hooks out of what a fragment holds; it reads and writes them.
  return child as Y.XmlElement;
}

function deepen(array: Y.Array<unknown>, random: Random): void {
  const found = array.toArray().find((value) => value instanceof Y.Array);
  if (found instanceof Y.Array && random.below(3) > 0) deepen(found, random);
  else array.insert(random.below(array.length + 1), [new Y.Array(), new Y.Map([["text", new Y.Text("in a map")]])]);
}
