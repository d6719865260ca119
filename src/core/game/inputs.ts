/**
 * Inputs that wait for their step. One is used for each step, and what was missed while the line stuttered is caught up with: who sends
 * faster than the game steps moves no faster. Rules GM40–GM43 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { NumberedInput } from "./ports.ts";

/** Waiting for one player; the oldest goes first. */
const MAX_QUEUED = 32;
/** Steps without an input that may be caught up with at once. */
const MAX_CREDIT = 8;

/** Nobody is served by going further back: it is for lines that are slow, not for who says what suits. */
const MAX_AGO_MS = 1_000;
const HALF_OF_TIME = 2 ** 31;

type Queue = { waiting: NumberedInput[]; lastQueued: number; lastUsed: number; credit: number };

export class Inputs {
  readonly #queues = new Map<SessionId, Queue>();
  /** Some input was used that its sender was not told of. */
  hasNews = false;

  /** Number of the last input that is in the state; 0 before the first. */
  lastUsed(session: SessionId): number {
    return this.#queues.get(session)?.lastUsed ?? 0;
  }

  /** After sleep, or where a connection begins: 0. */
  begin(session: SessionId, lastUsed: number): void {
    this.#queues.set(session, { waiting: [], lastQueued: lastUsed, lastUsed, credit: 0 });
  }

  delete(session: SessionId): void {
    this.#queues.delete(session);
  }

  /** How many of these, or of those that waited, are not used. */
  push(session: SessionId, inputs: readonly NumberedInput[]): number {
    const queue = this.#queues.get(session);
    if (queue === undefined) return inputs.length;
    let dropped = 0;
    for (const input of inputs) {
      if (!(input.number > queue.lastQueued)) {
        dropped += 1;
        continue;
      }
      queue.lastQueued = input.number;
      queue.waiting.push(input);
    }
    const tooMany = Math.max(0, queue.waiting.length - MAX_QUEUED);
    queue.waiting.splice(0, tooMany);
    return dropped + tooMany;
  }

  /** All that this session's step is due, oldest first. */
  takeStep(session: SessionId): readonly NumberedInput[] {
    const queue = this.#queues.get(session);
    if (queue === undefined) return [];
    queue.credit = Math.min(MAX_CREDIT, queue.credit + 1);
    return this.#take(queue, queue.credit);
  }

  /** Without steps: all at once. */
  takeAll(session: SessionId): readonly NumberedInput[] {
    const queue = this.#queues.get(session);
    return queue === undefined ? [] : this.#take(queue, MAX_QUEUED);
  }

  /** For {@link begin} after sleep. */
  saved(): readonly (readonly [SessionId, number])[] {
    return [...this.#queues].map(([session, { lastUsed }]) => [session, lastUsed]);
  }

  #take(queue: Queue, count: number): readonly NumberedInput[] {
    const taken = queue.waiting.splice(0, count);
    const last = taken.at(-1);
    if (last === undefined) return [];
    queue.credit -= Math.min(queue.credit, taken.length);
    queue.lastUsed = last.number;
    this.hasNews = true;
    return taken;
  }
}

/** With the time at which its client sampled it, which runs modulo 2^32 from `createdMs`, as unix ms. */
export function datedInput(input: NumberedInput, createdMs: number, nowMs: number): NumberedInput {
  const { sampledMs = 0, ...rest } = input;
  if (!(sampledMs > 0)) return rest;
  const agoMs = (nowMs - createdMs - sampledMs) >>> 0;
  // Of a clock that is ahead.
  const isAhead = agoMs >= HALF_OF_TIME;
  return { ...rest, sampledMs: nowMs - (isAhead ? 0 : Math.min(agoMs, MAX_AGO_MS)) };
}
