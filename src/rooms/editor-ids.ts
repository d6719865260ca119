/**
 * The Yjs client ids under which a room writes what callers ask for: one for each of them, so that each edit is theirs and a
 * document does not get a client more with every edit.
 * @module
 */

/** Callers whose ids are remembered; another one gets a fresh id when it comes back. */
const MAX_EDITORS = 100;

export class EditorIds {
  readonly #ids = new Map<string, number>();

  of(user: string): number {
    const id = this.#ids.get(user) ?? freshId();
    this.#ids.delete(user);
    this.#ids.set(user, id);
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size <= MAX_EDITORS) break;
      this.#ids.delete(oldest);
    }
    return id;
  }

  forget(user: string): void {
    this.#ids.delete(user);
  }
}

/** 32 bits, as Yjs's own. */
function freshId(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
