/**
 * Valid frames of every type, for tests that break them.
 * @module
 */
import * as Y from "yjs";
import { encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { encodeClientFrame } from "../../src/protocol/frames.ts";

/** One of each, the updates with every kind of content. */
export function seedFrames(): readonly Uint8Array[] {
  const other = new Y.Doc();
  other.getText("other").insert(0, "some text 😀");
  other.getText("other").format(2, 4, { bold: true });
  other.getMap("map").set("key", { a: [1, 2.5, null, "x"] });
  other.getArray("array").push([new Y.Map(), new Uint8Array([1, 2, 3])]);
  other.getXmlFragment("xml").push([new Y.XmlElement("p")]);
  other.getText("other").delete(1, 3);
  const bytes = Y.encodeStateAsUpdate(other);
  return [
    encodeClientFrame([{ type: "update", number: 1, update: bytes }]),
    encodeClientFrame([{ type: "sync-step-2", number: 1, update: bytes }]),
    encodeClientFrame([{ type: "sync-step-1", stateVector: Y.encodeStateVector(other) }]),
    encodeClientFrame([
      { type: "awareness", update: encodeAwareness([{ client: 7, clock: 1, state: '{"user":{"name":"x"}}' }]) },
    ]),
    encodeClientFrame([
      { type: "received", seq: 5 },
      { type: "sync-step-1", stateVector: Uint8Array.of(0) },
    ]),
  ];
}
