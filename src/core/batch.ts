/**
 * What one flush will store and send: the updates of one row, the acks that follow it, the presence that goes with it.
 * @module
 */
import { concatUpdates } from "./document/concat-updates.ts";
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

export class Batch {
  #updates: PendingUpdate[] = [];
  /** Sessions whose settled number changed: they get one ack after the row. */
  readonly #acks = new Set<SessionId>();
  /** Client ids whose awareness changed. */
  readonly #presence = new Set<number>();
  readonly #departures: AwarenessEntry[] = [];
  readonly #contributors = new Set<SessionId>();
  /** Somebody must hear its own part too: several contributors, or a clock the owner does not know. */
  #isForEverybody = false;

  get isEmpty(): boolean {
    return this.#updates.length === 0 && this.#acks.size === 0 && this.#presence.size + this.#departures.length === 0;
  }

  get hasUpdates(): boolean {
    return this.#updates.length > 0;
  }

  addUpdate(update: PendingUpdate): void {
    this.#updates.push(update);
    this.#contribute(update.sender);
  }

  addAck(session: SessionId): void {
    this.#acks.add(session);
  }

  addPresence(client: number, owner: SessionId | undefined, toOwner: boolean): void {
    this.#presence.add(client);
    if (toOwner) this.#isForEverybody = true;
    else this.#contribute(owner);
  }

  /** Somebody left: null at the clock everybody will take. */
  addDeparture(entry: AwarenessEntry): void {
    this.#departures.push(entry);
    this.#isForEverybody = true;
  }

  departures(): readonly AwarenessEntry[] {
    return this.#departures;
  }

  /** The row to append. */
  row(): readonly StampedUpdate[] {
    return this.#updates.map(({ user, bytes }) => ({ user, update: bytes }));
  }

  /** One update equal in effect to all of the batch. */
  merged(): Uint8Array {
    return concatUpdates(this.#updates);
  }

  senders(): ReadonlySet<SessionId> {
    return new Set(this.#updates.flatMap(({ sender }) => (sender === undefined ? [] : [sender])));
  }

  presence(): ReadonlySet<number> {
    return this.#presence;
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

  #contribute(session: SessionId | undefined): void {
    if (session === undefined) this.#isForEverybody = true;
    else this.#contributors.add(session);
  }
}
