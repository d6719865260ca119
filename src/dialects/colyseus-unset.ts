/**
 * What a whole state says of fields that hold nothing. The package's own says nothing of them, so that a client that was away while a
 * field was emptied, or hidden from it, keeps what was in it for ever. Rule GC3 of src/core/SPEC.md.
 * @module
 */
import { $refId, type Root, Schema, type StateView, encode as write } from "@colyseus/schema";
import { type Field, fieldsOf } from "./colyseus-fields.ts";

/** An operation on a field of the structure named last. */
const DELETE = 64;
const SWITCH_TO_STRUCTURE = 255;
/** Of fields that show with their instance. */
const WITH_INSTANCE = -1;
const MAX_NUMBER_BYTES = 9;

type Tree = Root["changeTrees"][number];

/** Deletions of all fields that are empty, or not for this view, of all instances that its client knows. For after a whole state. */
export function unsetFields(root: Root, view: StateView | undefined): Uint8Array {
  const bytes: number[] = [];
  for (const tree of Object.values(root.changeTrees)) {
    const { ref } = tree;
    if (!(ref instanceof Schema) || !isKnown(tree, view)) continue;
    const instance: Schema = ref;
    const unset = fieldsOf(instance.constructor).filter(
      (field) =>
        !field.isDeprecated && (!isShown(field, tree, view) || Reflect.get(instance, field.name) === undefined),
    );
    if (unset.length > 0) bytes.push(SWITCH_TO_STRUCTURE, ...idBytes(tree), ...unset.map(({ at }) => DELETE | at));
  }
  return Uint8Array.from(bytes);
}

function isKnown(tree: Tree, view: StateView | undefined): boolean {
  return !tree.isFiltered || view?.isChangeTreeVisible(tree) === true;
}

function isShown({ tag }: Field, tree: Tree, view: StateView | undefined): boolean {
  if (tag === undefined) return true;
  if (view === undefined) return false;
  return tag === WITH_INSTANCE ? view.isChangeTreeVisible(tree) : view.hasTagOnTree(tree, tag);
}

function idBytes(tree: Tree): readonly number[] {
  const buffer = new Uint8Array(MAX_NUMBER_BYTES);
  const at = { offset: 0 };
  write.number(buffer, tree.ref[$refId] ?? 0, at);
  return [...buffer.subarray(0, at.offset)];
}
