/**
 * Where somebody who made an edit would stand after it.
 * @module
 */
import {
  ContentType,
  type Doc,
  Item,
  Text,
  type Transaction,
  XmlFragment,
  createRelativePositionFromTypeIndex,
  isDeleted,
  relativePositionToJSON,
} from "yjs";

/** As editors keep it in awareness states: Yjs relative positions in JSON. */
export type Cursor = { readonly anchor: unknown; readonly head: unknown };

export type MadeEdit = {
  readonly doc: Doc;
  /** It is over. */
  readonly transaction: Transaction;
  /** Types that it changed, in the order in which it came to them. */
  readonly changed: readonly unknown[];
};

type Place = { readonly type: Text | XmlFragment; readonly index: number };

/** Behind what was written last, or where something is gone; undefined where no text and no XML was edited. */
export function cursorAfter({ doc, transaction, changed }: MadeEdit): Cursor | undefined {
  const place = behindWritten(doc, transaction) ?? atGone(changed, transaction);
  if (place === undefined) return undefined;
  const position: unknown = relativePositionToJSON(createRelativePositionFromTypeIndex(place.type, place.index));
  return { anchor: position, head: position };
}

/** Clocks count what the editor wrote in the order of time. */
function behindWritten({ clientID, store }: Doc, { beforeState }: Transaction): Place | undefined {
  const since = beforeState.get(clientID) ?? 0;
  const structs = store.clients.get(clientID) ?? [];
  for (let at = structs.length - 1; at >= 0; at -= 1) {
    const struct = structs[at];
    if (struct === undefined || struct.id.clock + struct.length <= since) return undefined;
    const place = struct instanceof Item ? placeBehind(struct) : undefined;
    if (place !== undefined) return place;
  }
  return undefined;
}

function placeBehind(item: Item): Place | undefined {
  const { parent, content, deleted, parentSub } = item;
  if (deleted || parentSub !== null) return undefined;
  if (parent instanceof Text) return { type: parent, index: lengthUntil(item) };
  if (!(parent instanceof XmlFragment) || !(content instanceof ContentType)) return undefined;
  const child: unknown = content.type;
  return child instanceof Text || child instanceof XmlFragment ? { type: child, index: child.length } : undefined;
}

function atGone(changed: readonly unknown[], { deleteSet }: Transaction): Place | undefined {
  for (const type of changed.toReversed()) {
    const isProse = type instanceof Text || type instanceof XmlFragment;
    if (!isProse || type._item?.deleted === true) continue;
    let gone: Item | undefined;
    for (let item = type._start; item !== null; item = item.right) if (isDeleted(deleteSet, item.id)) gone = item;
    if (gone !== undefined) return { type, index: lengthUntil(gone) };
  }
  return undefined;
}

/** Of what is there, up to the end of this item. */
function lengthUntil(last: Item): number {
  let length = 0;
  for (let item: Item | null = last; item !== null; item = item.left) {
    if (!item.deleted && item.countable) length += item.length;
  }
  return length;
}
