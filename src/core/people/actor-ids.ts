/**
 * Small numbers for people. Rule PP6.
 * @module
 */
import type { ActorId } from "../../protocol/presence-messages.ts";

/** So long a number that was somebody's is nobody's: what is still on its way must not be taken for the next one's. */
export const ACTOR_REST_MS = 60_000;

export class ActorIds {
  readonly #taken = new Set<ActorId>();
  /** In the order in which they were given back. */
  readonly #resting = new Map<ActorId, number>();
  /** Nothing below it is free. */
  #lowest = 1;

  /** The smallest number that is nobody's and was not for {@link ACTOR_REST_MS}. */
  take(nowMs: number): ActorId {
    this.#wake(nowMs);
    while (this.#taken.has(this.#lowest) || this.#resting.has(this.#lowest)) this.#lowest += 1;
    const actor = this.#lowest;
    this.#taken.add(actor);
    return actor;
  }

  /** One that is somebody's already, as after a sleep. */
  claim(actor: ActorId): void {
    this.#taken.add(actor);
  }

  isTaken(actor: ActorId): boolean {
    return this.#taken.has(actor);
  }

  release(actor: ActorId, nowMs: number): void {
    this.#taken.delete(actor);
    this.#resting.set(actor, nowMs);
  }

  #wake(nowMs: number): void {
    for (const [actor, sinceMs] of this.#resting) {
      if (nowMs - sinceMs < ACTOR_REST_MS) return;
      this.#resting.delete(actor);
      this.#lowest = Math.min(this.#lowest, actor);
    }
  }
}
