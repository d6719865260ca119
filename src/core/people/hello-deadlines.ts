/**
 * Who owes a hello, and until when. Rule PP12.
 * @module
 */
import { MAX_MS_BEFORE_HELLO } from "../../protocol/limits.ts";
import type { SessionId } from "../events.ts";

export class HelloDeadlines {
  /** By when they joined, the first one first. */
  readonly #joinedMs = new Map<SessionId, number>();

  add(id: SessionId, joinedMs: number): void {
    this.#joinedMs.set(id, joinedMs);
  }

  delete(id: SessionId): void {
    this.#joinedMs.delete(id);
  }

  /** When the first of them is late; Infinity where nobody owes anything. */
  get dueMs(): number {
    let first = Infinity;
    for (const joinedMs of this.#joinedMs.values()) first = Math.min(first, joinedMs);
    return first + MAX_MS_BEFORE_HELLO;
  }

  late(nowMs: number): readonly SessionId[] {
    return [...this.#joinedMs].flatMap(([id, joinedMs]) => (nowMs - joinedMs >= MAX_MS_BEFORE_HELLO ? [id] : []));
  }
}
