/**
 * One socket as the core sees it: who, what it may do, what it still owes and is owed.
 * @module
 */
import type { Profile } from "../protocol/messages.ts";
import { Backlog } from "./backlog.ts";
import type { StructId } from "./document/client-block.ts";
import type { DialectTraits, SessionId } from "./events.ts";
import { SessionRates } from "./rate-limit.ts";

export type SessionFacts = {
  readonly id: SessionId;
  readonly user: string;
  readonly scopes: readonly string[];
  /** Absent where others see what the client says. */
  readonly profile?: Profile;
  readonly traits: DialectTraits;
  readonly joinedMs: number;
};

/** The part of a session that outlives sleep in the socket's attachment. */
export type SessionProgress = {
  readonly hasSaidHello: boolean;
  /** Step 1 was answered: from here on it gets every update. */
  readonly isSynced: boolean;
  /** When something was last received, as far as the attachment knows. */
  readonly lastSeenMs?: number;
};

/** An update that waits for `missing`, one of the structs it depends on. */
export type HeldUpdate = {
  readonly type: "update" | "sync-step-2";
  readonly update: Uint8Array;
  readonly number: number | undefined;
  readonly missing: StructId;
};

export class Session {
  readonly facts: SessionFacts;
  hasSaidHello: boolean;
  isSynced: boolean;
  /** It has answered our step 1, and so may have read all that we sent after it; before, nothing it sends repeats others. */
  hasAnswered: boolean;
  /** Its place among those that joined since the last wake; 0 for one that was there before. */
  order = 0;
  lastSeenMs: number;
  /** When a flush last sent it something; 0 when that is not known. */
  lastToldMs = 0;
  readonly rates: SessionRates;
  readonly backlog: Backlog;
  #held: HeldUpdate[] = [];
  #heldBytes = 0;
  /** Our step 1 is unanswered, or its answer has not closed the gap: one question per gap. */
  hasAskedForGap = false;
  #highestNumber = 0;

  constructor(facts: SessionFacts, progress: SessionProgress, nowMs: number) {
    this.facts = facts;
    this.hasSaidHello = progress.hasSaidHello;
    this.isSynced = progress.isSynced;
    this.hasAnswered = progress.isSynced;
    this.lastSeenMs = nowMs;
    this.rates = new SessionRates(nowMs);
    this.backlog = new Backlog(progress.isSynced);
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

  /** Hands over the first held update that need not wait any longer. */
  takeReady(isKnown: (struct: StructId) => boolean): HeldUpdate | undefined {
    const index = this.#held.findIndex(({ missing }) => isKnown(missing));
    const [ready] = index < 0 ? [] : this.#held.splice(index, 1);
    if (ready !== undefined) this.#heldBytes -= ready.update.length;
    return ready;
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
