/**
 * What of a document is there: every character and item of a list, and every value of a key, by the id that Yjs gave it.
 * @module
 */
import * as Y from "yjs";

/** Live list units by id, with the id of the type that holds them. */
export function liveUnits(doc: Y.Doc): Map<string, string> {
  return unitsSince(doc, Uint8Array.of(0));
}

/** Those of them that a document with this state vector lacks. */
export function unitsSince(doc: Y.Doc, stateVector: Uint8Array): Map<string, string> {
  const known = Y.decodeStateVector(stateVector);
  const units = new Map<string, string>();
  for (const [client, structs] of doc.store.clients) {
    for (const item of structs) {
      if (!(item instanceof Y.Item) || item.deleted || !item.countable || item.parentSub !== null) continue;
      const parent = item.parent instanceof Y.AbstractType ? item.parent._item : null;
      const parentId = parent === null ? "" : `${parent.id.client}:${parent.id.clock}`;
      for (let clock = item.id.clock; clock < item.id.clock + item.length; clock += 1) {
        if (clock >= (known.get(client) ?? 0)) units.set(`${client}:${clock}`, parentId);
      }
    }
  }
  return units;
}

/** Live values of keys and attributes by id, with what holds them: the type's id, the root's name where it is one, and the key. */
export function liveKeys(doc: Y.Doc): Map<string, { readonly parent: string; readonly place: string }> {
  const keys = new Map<string, { readonly parent: string; readonly place: string }>();
  const roots = new Map<unknown, string>([...doc.share].map(([name, type]) => [type, name]));
  for (const [client, structs] of doc.store.clients) {
    for (const item of structs) {
      if (!(item instanceof Y.Item) || item.deleted || item.parentSub === null) continue;
      const holder = item.parent instanceof Y.AbstractType ? item.parent : null;
      const parent = holder?._item ? `${holder._item.id.client}:${holder._item.id.clock}` : "";
      const place = JSON.stringify([parent, roots.get(holder) ?? "", item.parentSub]);
      keys.set(`${client}:${item.lastId.clock}`, { parent, place });
    }
  }
  return keys;
}

/** The type of this id, or the root, is there. */
export function isLive(doc: Y.Doc, id: string): boolean {
  if (id === "") return true;
  const [client = 0, clock = 0] = id.split(":").map(Number);
  const item = Y.getItem(doc.store, Y.createID(client, clock));
  return item instanceof Y.Item && !item.deleted;
}

/** False where the document had this unit and deleted it. */
export function isLiveOrUnknown(doc: Y.Doc, unit: string): boolean {
  if (unit === "") return true;
  const [client = 0, clock = 0] = unit.split(":").map(Number);
  return clock >= Y.getState(doc.store, client) || isLive(doc, unit);
}
