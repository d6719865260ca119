/**
 * What one flush will store and send: the updates of one row, the acks that follow it, the presence that goes with it.
 * @module
 */
import { concatUpdates } from "./document/concat-updates.ts";
import { joinRow, wholeRow } from "./document/join-row.ts";
import type { UpdateReading } from "./document/update-reader.ts";
import type { SessionId } from "./events.ts";
import type { StampedUpdate } from "./ports.ts";
import type { AwarenessEntry } from "./presence/awareness-codec.ts";

type PendingUpdate = {
  readonly sender: SessionId | undefined;
  readonly user: string;
  readonly bytes: Uint8Array;
  readonly reading: UpdateReading;
};

export type CustomMessage = { readonly sender: SessionId; readonly payload: string };

/** From so many updates on their row is joined: below, it would cost more than it saves. */
const MIN_JOINED_UPDATES = 8;

export class Batch {
  #updates: PendingUpdate[] = [];
  #row: readonly StampedUpdate[] | undefined;
  /** Sessions whose settled number changed: they get one ack after the row. */
  readonly #acks = new Set<SessionId>();
  /** Client ids whose awareness changed, and whose it is, but for reminders. */
  readonly #presence = new Map<number, SessionId | undefined>();
  /** Client ids that go out again for families that drop silent peers. */
  readonly #renewals = new Set<number>();
  readonly #departures: AwarenessEntry[] = [];
  readonly #customs: CustomMessage[] = [];
  readonly #contributors = new Set<SessionId>();
  /** Something in it is no socket's own. */
  #isForEverybody = false;

  get isEmpty(): boolean {
    return this.#updates.length === 0 && this.#acks.size === 0 && !this.#hasPresence && this.#customs.length === 0;
  }

  get #hasPresence(): boolean {
    return this.#presence.size > 0 || this.#renewals.size > 0 || this.#departures.length > 0;
  }

  get hasUpdates(): boolean {
    return this.#updates.length > 0;
  }

  /** How many there are. */
  get updates(): number {
    return this.#updates.length;
  }

  addUpdate(update: PendingUpdate): void {
    this.#updates.push(update);
    this.#row = undefined;
    this.#contribute(update.sender);
  }

  addAck(session: SessionId): void {
    this.#acks.add(session);
  }

  addPresence(client: number, owner: SessionId): void {
    this.#presence.set(client, owner);
    this.#contribute(owner);
  }

  /** The present state of a client id, for everybody. */
  addReminder(client: number): void {
    this.#presence.set(client, undefined);
    this.#isForEverybody = true;
  }

  addRenewal(client: number): void {
    this.#renewals.add(client);
  }

  /** Somebody left: null at the clock everybody will take. */
  addDeparture(entry: AwarenessEntry): void {
    this.#departures.push(entry);
    this.#isForEverybody = true;
  }

  /** Somebody without a socket is there, or left. */
  addVisitor(entry: AwarenessEntry): void {
    this.addDeparture(entry);
  }

  /** Not stored; goes after the updates that came before it. */
  addCustom(message: CustomMessage): void {
    this.#customs.push(message);
  }

  customs(): readonly CustomMessage[] {
    return this.#customs;
  }

  /** Something that `session` sent waits for the row of this batch. */
  holdsOf(session: SessionId): boolean {
    return this.#acks.has(session) || this.#updates.some(({ sender }) => sender === session);
  }

  /** Takes over what another batch could not send, but for its updates and their acks. */
  addPresenceOf(other: Batch): void {
    for (const [client, owner] of other.#presence) this.#presence.set(client, owner);
    for (const client of other.#renewals) this.#renewals.add(client);
    this.#departures.push(...other.#departures);
    this.#isForEverybody = true;
  }

  departures(): readonly AwarenessEntry[] {
    return this.#departures;
  }

  /**
   * The row to append. Many updates are joined by user and typed runs become one struct each: a tenth of the bytes, in the file
   * and in every frame, so that the tail is compacted a tenth as often.
   */
  row(): readonly StampedUpdate[] {
    this.#row ??= this.#updates.length < MIN_JOINED_UPDATES ? this.#stamped() : joinRow(this.#stamped());
    return this.#row;
  }

  /** One update equal in effect to all of the batch. */
  merged(): Uint8Array {
    const row = this.row();
    const whole = row.length < this.#updates.length ? wholeRow(row) : undefined;
    return whole ?? concatUpdates(this.#updates);
  }

  senders(): ReadonlySet<SessionId> {
    return new Set(this.#updates.flatMap(({ sender }) => (sender === undefined ? [] : [sender])));
  }

  presence(): Iterable<number> {
    return this.#presence.keys();
  }

  /** Of {@link presence}, what one socket says of itself. */
  ownPresence(): readonly (readonly [client: number, owner: SessionId])[] {
    return [...this.#presence].flatMap(([client, owner]) => (owner === undefined ? [] : [[client, owner] as const]));
  }

  /** It goes with a later one. */
  withholdPresence(client: number): void {
    this.#presence.delete(client);
  }

  renewals(): ReadonlySet<number> {
    return this.#renewals;
  }

  acks(): ReadonlySet<SessionId> {
    return this.#acks;
  }

  /** The one socket that has nothing to learn from this batch; undefined when everybody has. */
  soleContributor(): SessionId | undefined {
    if (this.#isForEverybody || this.#contributors.size !== 1) return undefined;
    const [sole] = this.#contributors;
    return sole;
  }

  #stamped(): readonly StampedUpdate[] {
    return this.#updates.map(({ user, bytes }) => ({ user, update: bytes }));
  }

  #contribute(session: SessionId | undefined): void {
    if (session === undefined) this.#isForEverybody = true;
    else this.#contributors.add(session);
  }
}
