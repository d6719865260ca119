/**
 * One socket as the core sees it: who, what it may do, what it still owes and is owed.
 * @module
 */
import type { DialectTraits, SessionId } from "./events.ts";

export type SessionFacts = {
  readonly id: SessionId;
  readonly user: string;
  readonly scopes: readonly string[];
  readonly traits: DialectTraits;
  readonly joinedMs: number;
};

/** The part of a session that outlives sleep in the socket's attachment. */
export type SessionProgress = {
  readonly hasSaidHello: boolean;
  /** Step 1 was answered: from here on it gets every update. */
  readonly isSynced: boolean;
};

/** An update that waits for what it depends on. */
export type HeldUpdate = { readonly update: Uint8Array; readonly number: number | undefined };

export class Session {
  readonly facts: SessionFacts;
  hasSaidHello: boolean;
  isSynced: boolean;
  lastSeenMs: number;
  #held: HeldUpdate[] = [];
  #heldBytes = 0;
  /** Set while our step 1 for a gap is unanswered: one question per gap. */
  hasAskedForGap = false;
  #highestNumber = 0;

  constructor(facts: SessionFacts, progress: SessionProgress, nowMs: number) {
    this.facts = facts;
    this.hasSaidHello = progress.hasSaidHello;
    this.isSynced = progress.isSynced;
    this.lastSeenMs = nowMs;
  }

  get id(): SessionId {
    return this.facts.id;
  }

  mayDo(scope: "read" | "write" | "presence"): boolean {
    return this.facts.scopes.includes(scope);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get held(): readonly HeldUpdate[] {
    return this.#held;
  }

  hold(held: HeldUpdate): void {
    this.#held.push(held);
    this.#heldBytes += held.update.length;
  }

  /** Hands the held updates over, for another try. */
  takeHeld(): readonly HeldUpdate[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  noteNumber(number: number): void {
    this.#highestNumber = Math.max(this.#highestNumber, number);
  }

  /** Every numbered message up to here is settled: acks are cumulative, so none passes a held one. */
  settledNumber(): number {
    let settled = this.#highestNumber;
    for (const { number } of this.#held) {
      if (number !== undefined) settled = Math.min(settled, number - 1);
    }
    return settled;
  }
}
