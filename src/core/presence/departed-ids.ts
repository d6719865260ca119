/**
 * Ids whose owner left, remembered so that a late echo cannot bring a ghost back, nor anybody else come in their place at once.
 * @module
 */
import type { KnownClocks } from "./presence-row.ts";

/** Bounded, oldest first out. */
const MAX_DEPARTED = 1_000;
/** So long after its leave an id is for nobody but its user: a phone in a tunnel should not come back as somebody unseen. */
const KEPT_MS = 60_000;

type Departed = KnownClocks & { readonly user: string; readonly keptUntilMs: number };

export class DepartedIds {
  readonly #byClient = new Map<number, Departed>();

  get(client: number): Departed | undefined {
    return this.#byClient.get(client);
  }

  delete(client: number): void {
    this.#byClient.delete(client);
  }

  put(client: number, departed: Omit<Departed, "keptUntilMs">, nowMs: number): void {
    this.#byClient.delete(client);
    this.#byClient.set(client, { ...departed, keptUntilMs: nowMs + KEPT_MS });
    if (this.#byClient.size <= MAX_DEPARTED) return;
    const [oldest] = this.#byClient.keys();
    if (oldest !== undefined) this.#byClient.delete(oldest);
  }
}
