/**
 * Somebody who opens a document, and when they had all of it.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { type LoadAddress, LoadClient } from "./load-client.ts";
import type { ReplicaCheck } from "./replica-check.ts";

/** A server that answers before it has loaded sends the rest as updates: so long after its answer they count. */
const REST_MS = 10_000;
const REST_POLL_MS = 10;

export class Joiner {
  readonly client: LoadClient;
  readonly #updates: { readonly update: Uint8Array; readonly atMs: number }[] = [];
  #answered = 0;

  /** Comes with what `stateVector` says; with nothing when it is absent. */
  constructor(address: LoadAddress, stateVector?: Uint8Array) {
    this.client = new LoadClient(address, {
      ...(stateVector === undefined ? {} : { stateVector }),
      onHeard: (heard) => {
        if (heard.type !== "update") return;
        this.#updates.push({ update: heard.update, atMs: performance.now() });
        if (heard.completes && this.#answered === 0) this.#answered = this.#updates.length;
      },
    });
  }

  /** When it had everything; undefined when it never did. */
  async whenComplete(check: ReplicaCheck): Promise<number | undefined> {
    const deadline = performance.now() + REST_MS;
    for (let count = this.#answered; ; count += 1) {
      while (this.#updates.length < count) {
        if (performance.now() > deadline) return undefined;
        await pause(REST_POLL_MS);
      }
      const had = this.#updates.slice(0, count);
      if (check.isComplete(had.map(({ update }) => update))) return had.at(-1)?.atMs;
    }
  }
}

/** When the last of them was complete; undefined when one never was. They have to be in sync already: checking takes time. */
export async function lastComplete(joiners: readonly Joiner[], check: ReplicaCheck): Promise<number | undefined> {
  let lastMs = 0;
  for (const joiner of joiners) {
    const atMs = await joiner.whenComplete(check);
    if (atMs === undefined) return undefined;
    lastMs = Math.max(lastMs, atMs);
  }
  return lastMs;
}
