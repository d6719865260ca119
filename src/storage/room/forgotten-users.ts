/**
 * Users who were forgotten since this object started. What reads their names, waits, and writes them is as old as the object at most.
 * @module
 */
import type { Forgotten } from "../../core/ports.ts";

/** Work that began so many erasures ago does not end. */
const MAX_KEPT = 1_000;
const NOBODY: ReadonlySet<string> = new Set();

export class ForgottenUsers implements Forgotten {
  /** The newest last. */
  #users: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(user: string): void {
    this.#count += 1;
    this.#users.push(user);
    if (this.#users.length > MAX_KEPT) this.#users.shift();
  }

  /** @throws Error where so many were forgotten that it is not known whom. */
  since(count: number): ReadonlySet<string> {
    const fresh = this.#count - count;
    if (fresh > this.#users.length) throw new Error("too many users were erased meanwhile");
    return fresh === 0 ? NOBODY : new Set(this.#users.slice(-fresh));
  }
}
