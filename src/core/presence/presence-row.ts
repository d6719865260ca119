/**
 * One client id's awareness entry, as its owner says it and as everybody else hears it. Rules PR4–PR8 and ID2 of SPEC.md.
 * @module
 */
import type { Profile } from "../../protocol/messages.ts";
import type { SessionId } from "../events.ts";
import type { AwarenessEntry } from "./awareness-codec.ts";
import { OUT_OF_REACH, SentClocks } from "./sent-clocks.ts";
import { SentRuns } from "./sent-runs.ts";

/** The side of a session that presence needs. */
export type PresenceOwner = {
  readonly id: SessionId;
  readonly user: string;
  readonly joinedMs: number;
  /** How many had joined with it since the last wake; 0 when it was there before. */
  readonly order: number;
  /** Its family drops peers that were not renewed for 30 s. */
  readonly renewsAwareness: boolean;
  /** Its family sends back what it hears, and takes for its own state what it hears of itself. */
  readonly repeatsPeers: boolean;
  /** It may have heard of others by now. */
  readonly hasAnswered: boolean;
  /** What each of its states wears; undefined where it says itself who it is. */
  readonly profile: Profile | undefined;
};

/** An entry as its owner is shown with it. `isChanged`: the owner said something else. */
export type WornEntry = AwarenessEntry & { readonly isChanged: boolean };

/** `one` joined after `other`. */
export function isYounger(one: PresenceOwner, other: PresenceOwner): boolean {
  return one.order > other.order || (one.order === other.order && one.joinedMs > other.joinedMs);
}

/** What the room remembers of an id whose owner has changed or left. */
export type KnownClocks = Pick<PresenceRow, "clock" | "sentClocks" | "goneOrder">;

export class PresenceRow {
  readonly client: number;
  /** Undefined while held: the socket is gone, its leave not yet announced. */
  owner: PresenceOwner | undefined;
  /** Of the last owner. */
  readonly user: string;
  heldUntilMs = 0;
  /** When this entry last went out to all whose families drop silent peers; 0 when that is not known. */
  sentMs = 0;
  readonly sentClocks: SentClocks;
  /** How many sockets had joined when the state became null. */
  goneOrder = 0;
  #clock: number;
  #state: string | null;
  /** Highest clock the owner itself has sent. Behind `#clock` until the owner heard of a raise. */
  #ownerClock: number;
  #sentClock = -1;
  /** Sent to the owner: what comes back with one of these is its echo. */
  #told = new SentRuns();

  private constructor(owner: PresenceOwner, entry: AwarenessEntry, ownerClock: number, sentClocks: SentClocks) {
    this.client = entry.client;
    this.owner = owner;
    this.user = owner.user;
    this.#clock = entry.clock;
    this.#state = entry.state;
    this.#ownerClock = ownerClock;
    this.sentClocks = sentClocks;
  }

  /** An entry that `owner` claims, above every clock known of it, so that those who kept its old clock take it. */
  static claimed(owner: PresenceOwner, entry: AwarenessEntry, known: KnownClocks | undefined): PresenceRow {
    const clock = Math.max(known?.clock ?? 0, entry.clock) + 1;
    const sentClocks = known?.sentClocks ?? new SentClocks(clock);
    const row = new PresenceRow(owner, { ...entry, clock }, entry.clock, sentClocks);
    // Told with everybody else's since its socket joined, so it may send that back, after it has moved on.
    row.#told = sentClocks.sentSince(owner.order);
    row.#told.settle(entry.clock);
    // The others wait until they are at rest.
    if (known === undefined && !owner.repeatsPeers) row.#clock = sentClocks.next(clock);
    return row;
  }

  /** An entry after a wake. Its clock went out; whether its owner heard it is not known. */
  static restored(owner: PresenceOwner, entry: AwarenessEntry): PresenceRow {
    const row = new PresenceRow(owner, entry, entry.clock - 1, new SentClocks(entry.clock));
    row.#sentClock = entry.clock;
    row.sentClocks.noteSent(entry, 0);
    row.#told.add(entry);
    return row;
  }

  get clock(): number {
    return this.#clock;
  }

  get state(): string | null {
    return this.#state;
  }

  get entry(): AwarenessEntry {
    return { client: this.client, clock: this.#clock, state: this.#state };
  }

  get isShown(): boolean {
    return this.#state !== null;
  }

  /** The owner does not know the clock that others know. */
  get isOwnerBehind(): boolean {
    return this.#clock > this.#ownerClock;
  }

  /** One clock up: who kept the old one takes the same state again. Further for a socket that may be its owner's next one. */
  raiseFor({ user, repeatsPeers }: Pick<PresenceOwner, "user" | "repeatsPeers">): void {
    this.#clock += repeatsPeers && user === this.user ? OUT_OF_REACH : 1;
  }

  /**
   * It is about to go out to all, its owner too. What that is told is one clock above what it said, where it still shows the same, or
   * out of its reach. True when it has another clock for this.
   */
  setApart(): boolean {
    if (this.owner?.repeatsPeers !== true || this.#clock <= this.#ownerClock + 1) return false;
    const reached = Math.max(this.#ownerClock, this.#told.lastClock);
    if (this.#clock === this.#told.lastClock || this.#clock >= reached + OUT_OF_REACH) return false;
    this.#clock = reached + OUT_OF_REACH;
    return true;
  }

  /** At least one clock up where nothing of it has gone out for a while. True when that is news to everybody. */
  renew(): boolean {
    const mayLeap = this.sentClocks.mayLeap;
    if (this.isSent || mayLeap) this.#clock = this.sentClocks.next(this.#clock);
    return mayLeap;
  }

  /** Others know of its present clock. */
  get isSent(): boolean {
    return this.#clock === this.#sentClock;
  }

  /** It goes out now to all whose families drop silent peers. */
  noteSent(nowMs: number): void {
    this.sentMs = nowMs;
    this.#sentClock = this.#clock;
  }

  /** It goes out to its owner too, whose family may send it back. */
  noteTold(): void {
    if (this.isOwnerBehind) this.#told.add(this.entry);
  }

  /** `owner`, whose claim waits, has heard this since it joined. */
  wasHeardBy({ order }: PresenceOwner, entry: WornEntry): boolean {
    return !entry.isChanged && this.sentClocks.sentSince(order).has(entry);
  }

  /** Its owner wears another profile: one clock up, for everybody. */
  dress(state: string): void {
    this.#state = state;
    this.#clock += 1;
  }

  /**
   * A client that is told null says one clock above that what it shows. Where that is not what it said last, it is what it was
   * told in between, and will be told again.
   */
  #isAnswer({ clock, state }: AwarenessEntry): boolean {
    return this.#state !== null && state !== this.#state && this.#told.makesSay(clock, this.#ownerClock);
  }

  /** What its owner says of it, when `order` sockets had joined. "renewed" is the same state at a higher clock. */
  hear(entry: WornEntry, order: number): "ignored" | "changed" | "renewed" {
    const { clock, state, isChanged } = entry;
    // The rule of y-protocols against what this owner said last: a higher clock, or a null at the same one.
    const isNewer = clock > this.#ownerClock || (clock === this.#ownerClock && state === null && this.#state !== null);
    if (!isNewer) return "ignored";
    // What we tell needs no change.
    const isEcho = (!isChanged && this.#told.has(entry)) || this.#isAnswer(entry);
    this.#ownerClock = clock;
    this.#told.settle(clock);
    // Taken for news, an echo of an older state would undo a newer one, and be undone by that one's echo, for ever.
    if (isEcho) return "ignored";
    // Said before it heard of a raise: everybody must take it all the same, its owner too where it is shown otherwise than it said.
    this.#clock = Math.max(this.#clock + 1, isChanged ? clock + 1 : clock);
    if (state === this.#state) return "renewed";
    if (state === null) this.goneOrder = order;
    this.#state = state;
    return "changed";
  }
}
