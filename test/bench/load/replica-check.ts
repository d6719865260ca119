/**
 * Whether what a client was sent is the document. Most are sent the same bytes, so most are recognised, not rebuilt.
 * @module
 */
import { createHash } from "node:crypto";
import * as Y from "yjs";
import { type Expected, digestOf } from "./content.ts";

export class ReplicaCheck {
  readonly #expected: Expected;
  readonly #base: Uint8Array | undefined;
  readonly #known = new Map<string, boolean>();

  /** `base` is what every replica holds before; nothing when absent. */
  constructor(expected: Expected, base?: Uint8Array) {
    this.#expected = expected;
    this.#base = base;
  }

  /** These updates, applied in order to the replica, are the expected content, and nothing waits for more. */
  isComplete(updates: readonly Uint8Array[]): boolean {
    const hash = createHash("sha256");
    for (const update of updates) hash.update(`${update.length} `).update(update);
    const key = hash.digest("hex");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const isComplete = this.#rebuild(updates);
    this.#known.set(key, isComplete);
    return isComplete;
  }

  #rebuild(updates: readonly Uint8Array[]): boolean {
    const doc = new Y.Doc();
    doc.transact(() => {
      if (this.#base !== undefined) Y.applyUpdate(doc, this.#base);
      for (const update of updates) Y.applyUpdate(doc, update);
    });
    if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) return false;
    const { roots, digest } = this.#expected;
    return digestOf(doc, roots) === digest;
  }
}
