/**
 * One socket as the core sees it: who, what it may do, what it still owes and is owed.
 * @module
 */
import { AckCount } from "./ack-count.ts";
import { Backlog } from "./backlog.ts";
import type { StructId } from "./document/client-block.ts";
import type { DialectTraits, RoomMessage, SessionId } from "./events.ts";
import { SessionRates } from "./rate-limit.ts";
import { type SessionGrant, SessionRights, type TokenStage } from "./session-rights.ts";

export type SessionIdentity = {
  readonly id: SessionId;
  readonly user: string;
  readonly traits: DialectTraits;
  readonly joinedMs: number;
};

/** What a socket begins with. */
export type SessionFacts = SessionIdentity & SessionGrant;

/** The part of a session that outlives sleep in the socket's attachment. */
export type SessionProgress = {
  readonly hasSaidHello: boolean;
  /** Step 1 was answered: from here on it gets every update. */
  readonly isSynced: boolean;
  /** When something was last received, as far as the attachment knows. */
  readonly lastSeenMs?: number;
  /** Absent: fresh. */
  readonly tokenStage?: TokenStage;
  /** See {@link Session.leaveUnsettled}. */
  readonly unsettledFrom?: number;
  /** With it, in families whose messages are numbered here: the highest number. */
  readonly highestNumber?: number;
  /** Percent of the document's limit that it was told of. */
  readonly toldPercent?: number;
  /** See {@link AckCount.hasMissed}. */
  readonly hasMissed?: true;
};

/** An update that waits for `missing`, one of the structs it depends on. */
export type HeldUpdate = {
  readonly type: "update" | "sync-step-2";
  readonly update: Uint8Array;
  readonly number: number | undefined;
  readonly missing: StructId;
};

export class Session {
  readonly facts: SessionIdentity;
  readonly rights: SessionRights;
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
  /** An update of it did not fit when so many bytes were stored: until there are fewer, none will. */
  full: { readonly atBytes: number; readonly reason: string } | undefined;
  /** Percent of the document's limit that it was told of. */
  toldPercent: number;
  #highestNumber = 0;
  #unsettledFrom: number;
  /** Undefined in families that do not count. */
  readonly count: AckCount | undefined;
  /** Of families with marks: the newest one, and the newest that came back. */
  #waitingMark: { readonly mark: Uint8Array; readonly through: number } | undefined;
  #reachedMark: Uint8Array | undefined;

  constructor(facts: SessionFacts, progress: SessionProgress, nowMs: number) {
    this.facts = facts;
    this.rights = new SessionRights(facts, progress.tokenStage ?? "fresh");
    this.hasSaidHello = progress.hasSaidHello;
    this.isSynced = progress.isSynced;
    this.hasAnswered = progress.isSynced;
    this.toldPercent = progress.toldPercent ?? 0;
    this.#unsettledFrom = progress.unsettledFrom ?? Infinity;
    this.#highestNumber = progress.highestNumber ?? 0;
    const counts = facts.traits.acknowledges === "count";
    this.count = counts ? new AckCount(progress.isSynced, progress.hasMissed === true) : undefined;
    this.lastSeenMs = nowMs;
    this.rates = new SessionRates(facts.limits, nowMs);
    this.backlog = new Backlog(progress.isSynced);
  }

  get id(): SessionId {
    return this.facts.id;
  }

  /** It has said hello, or belongs to a family that does not. */
  get isGreeted(): boolean {
    return this.hasSaidHello || !this.facts.traits.saysHello;
  }

  /** For the attachment. */
  progress(): SessionProgress {
    const { hasSaidHello, isSynced, lastSeenMs, toldPercent } = this;
    return {
      ...{ hasSaidHello, isSynced, lastSeenMs, toldPercent, tokenStage: this.rights.stage },
      ...(this.#unsettledFrom < Infinity && { unsettledFrom: this.#unsettledFrom, highestNumber: this.#highestNumber }),
      ...(this.count?.hasMissed === true && { hasMissed: true }),
    };
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

  /** Lets go of all it holds, and hands it over. */
  dropHeld(): readonly HeldUpdate[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  /** Hands over the first held update that need not wait any longer. */
  takeReady(isKnown: (struct: StructId) => boolean): HeldUpdate | undefined {
    const index = this.#held.findIndex(({ missing }) => isKnown(missing));
    const [ready] = index < 0 ? [] : this.#held.splice(index, 1);
    if (ready !== undefined) this.#heldBytes -= ready.update.length;
    return ready;
  }

  /** The number of a sync message: the client's, or in families that do not number the next one. */
  numberOf(given: number | undefined): number | undefined {
    const number = this.#isNumberedHere ? this.#highestNumber + 1 : given;
    this.#highestNumber = Math.max(this.#highestNumber, number ?? 0);
    return number;
  }

  get #isNumberedHere(): boolean {
    const { acknowledges } = this.facts.traits;
    return acknowledges === "count" || acknowledges === "mark";
  }

  /** It has heard that this message will not become a row. True when the attachment has to know. */
  noteRefused(number: number | undefined): boolean {
    if (number === undefined) return false;
    if (this.count !== undefined) return this.count.miss(number);
    // No mark passes it until a step 2 has brought it.
    if (this.facts.traits.acknowledges === "mark") this.leaveUnsettled(number);
    return false;
  }

  /** What it is to hear once its messages are rows; undefined when nothing is new. */
  takeAck(): RoomMessage | undefined {
    const number = this.settledNumber();
    const { acknowledges } = this.facts.traits;
    if (acknowledges === "mark") return this.#takeMark(number);
    if (this.count === undefined) return { type: "ack", number };
    // The flush that acks follows what it sent, or tells it what others brought.
    const count = this.count.take(number, Math.max(this.lastSeenMs, this.lastToldMs));
    return count === 0 ? undefined : { type: "acks", count };
  }

  /** Its step 1 came. False where its count cannot be known any more. */
  beginCount(stateVector: Uint8Array, nowMs: number): boolean {
    return this.count?.begin(stateVector, this.#highestNumber, nowMs) ?? true;
  }

  /** Answers `mark` as soon as {@link takeAck} finds that all before it is settled; before its first step 2, that too. */
  setMark(mark: Uint8Array): void {
    this.#waitingMark = { mark, through: this.hasAnswered ? this.#highestNumber : Infinity };
  }

  /** A step 2 of this number came. What it wrote while it was away is in the first one, and behind none of the marks before. */
  noteAnswered(number: number | undefined): void {
    const waiting = this.#waitingMark;
    if (waiting?.through === Infinity) this.#waitingMark = { ...waiting, through: number ?? 0 };
    this.hasAnswered = true;
    this.count?.noteAnswered(number ?? 0, this.lastSeenMs);
    this.backlog.noteAnswered();
  }

  /** The newest mark that came back; undefined before the first. */
  get reachedMark(): Uint8Array | undefined {
    return this.#reachedMark;
  }

  #takeMark(settled: number): RoomMessage | undefined {
    const waiting = this.#waitingMark;
    if (waiting === undefined || waiting.through > settled) return undefined;
    this.#waitingMark = undefined;
    this.#reachedMark = waiting.mark;
    return { type: "checkpoint", mark: waiting.mark };
  }

  /** A message that was neither applied nor refused: acks stop before it until a step 2 has brought what it had. True when the attachment has to know. */
  leaveUnsettled(number: number | undefined): boolean {
    if (number === undefined) return false;
    if (number >= this.#unsettledFrom) return this.#isNumberedHere;
    this.#unsettledFrom = number;
    return true;
  }

  /** A step 2 of it was taken: it brings whatever was left. */
  settleAll(): void {
    this.#unsettledFrom = Infinity;
  }

  /** Every numbered message up to here is settled: acks are cumulative, so none passes a held one. */
  settledNumber(): number {
    let settled = Math.min(this.#highestNumber, this.#unsettledFrom - 1);
    for (const { number } of this.#held) {
      if (number !== undefined) settled = Math.min(settled, number - 1);
    }
    return settled;
  }
}
