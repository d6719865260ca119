/**
 * What one session sees of a state beyond what all see. The package's own view forgets to take tags away with their instance, so that
 * who is shown it again is told of fields that are not for them; and it takes the instance out of sight along with a tag.
 * Rules GC4 and GC5 of src/core/SPEC.md.
 * @module
 */
import { $changes, type Ref, type StateView } from "@colyseus/schema";

type Tree = NonNullable<Ref[typeof $changes]>;

export class SessionView {
  readonly #view: StateView;

  constructor(view: StateView) {
    this.#view = view;
  }

  /** Shows an instance or list of the state, and with a tag the fields that have it. Throws on what is not in the state. */
  add(instance: object, tag?: number): void {
    if (tag === undefined) this.#view.add(asRef(instance));
    else this.#view.add(asRef(instance), tag);
  }

  /** Hides it; with a tag, only the fields that have it. */
  remove(instance: object, tag?: number): void {
    const ref = asRef(instance);
    const tree = treeOf(ref);
    if (tag !== undefined) {
      this.#removeTag(ref, tag);
      return;
    }
    for (const known of this.#tagsOf(tree)) this.#removeTag(ref, known);
    this.#view.remove(ref);
    this.#forgetTagsBelow(tree);
  }

  #removeTag(ref: Ref, tag: number): void {
    const tree = treeOf(ref);
    const wasVisible = this.#view.isVisible(tree);
    this.#view.remove(ref, tag);
    if (wasVisible) this.#view.markVisible(tree);
  }

  #tagsOf(tree: Tree): readonly number[] {
    return [...(tree.tagViews?.keys() ?? [])].filter((tag) => this.#view.hasTagOnTree(tree, tag));
  }

  #forgetTagsBelow(tree: Tree): void {
    tree.forEachChild((child) => {
      this.#view.removeAllTagsOnTree(child);
      this.#forgetTagsBelow(child);
    });
  }
}

function asRef(instance: object): Ref {
  if (isRef(instance)) return instance;
  throw new TypeError("only instances and lists of the state can be seen");
}

function treeOf(ref: Ref): Tree {
  const tree = ref[$changes];
  if (tree === undefined) throw new TypeError("only instances and lists of the state can be seen");
  return tree;
}

function isRef(instance: object): instance is Ref {
  return $changes in instance;
}
