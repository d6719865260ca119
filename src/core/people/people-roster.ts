/**
 * The roster of a room whose sockets are all its own: people, the connections inside them, and those that are held for a blip.
 * Rules PP1, PP2, PP5 and PP6.
 * @module
 */
import type { ActorId } from "../../protocol/presence-messages.ts";
import { ActorIds } from "./actor-ids.ts";
import type { Connection } from "./connection.ts";
import { PersonEntry, type Voice } from "./person.ts";
import type { Roster, RosterChanges, RosterCounts } from "./roster.ts";

type Hold = { readonly person: PersonEntry; readonly untilMs: number };

export class PeopleRoster implements Roster {
  readonly #holdMs: number;
  readonly #byKey = new Map<string, PersonEntry>();
  readonly #byActor = new Map<ActorId, PersonEntry>();
  readonly #actors = new ActorIds();
  /** In the order in which they end. */
  readonly #held = new Map<Voice, Hold>();
  #connections = 0;
  #changed = new Set<PersonEntry>();
  #left: ActorId[] = [];

  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  counts(): RosterCounts {
    return { people: this.#byActor.size, connections: this.#connections + this.#held.size };
  }

  members(): Iterable<PersonEntry> {
    return this.#byActor.values();
  }

  member(actor: ActorId): PersonEntry | undefined {
    return this.#byActor.get(actor);
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0 || this.#left.length > 0;
  }

  takeChanges(): RosterChanges {
    const changes = { changed: this.#changed, left: this.#left };
    this.#changed = new Set();
    this.#left = [];
    return changes;
  }

  /** When the first hold ends; Infinity when nobody is held. */
  get holdEndMs(): number {
    for (const { untilMs } of this.#held.values()) return untilMs;
    return Infinity;
  }

  /**
   * A connection that has said hello. The first one of a key makes its person appear; one that is back takes the place of what
   * was held. One that may not be shown counts, and is nobody's.
   */
  add(connection: Connection, nowMs: number): void {
    this.#connections += 1;
    if (!connection.rights.mayShow) return;
    const { key, user } = connection;
    const person = this.#byKey.get(key) ?? this.#appear(new PersonEntry(this.#actors.take(nowMs), key, user));
    const held = person.firstHeld();
    if (held !== undefined) this.#drop(held, person);
    this.#speak(connection, person);
  }

  /** A connection from before a sleep. */
  restore(connection: Connection, actor: ActorId, nowMs: number): void {
    this.#connections += 1;
    if (!connection.rights.mayShow) return;
    const { key, user } = connection;
    const isFree = actor > 0 && !this.#actors.isTaken(actor);
    const person =
      this.#byKey.get(key) ?? this.#appear(new PersonEntry(isFree ? actor : this.#actors.take(nowMs), key, user));
    this.#actors.claim(person.actor);
    this.#speak(connection, person);
  }

  /** A connection is gone: with a goodbye at once, else what it said is held. */
  remove(connection: Connection, wasGoodbye: boolean, nowMs: number): void {
    const { person, id, said, view, joinedMs, lastSeenMs, profile } = connection;
    this.#connections -= 1;
    if (person === undefined) return;
    connection.person = undefined;
    person.remove(connection);
    if (!wasGoodbye) {
      const untilMs = nowMs + this.#holdMs;
      const voice = { id, said, view, joinedMs, lastSeenMs, profile, isHeld: true };
      this.#held.set(voice, { person, untilMs });
      person.add(voice);
    }
    this.#settle(person, nowMs);
  }

  /** One of its connections says something else. */
  note(person: PersonEntry, isState: boolean): void {
    person.touch(isState);
    this.#changed.add(person);
  }

  /** Holds that are over. */
  expire(nowMs: number): void {
    for (const [voice, { person, untilMs }] of this.#held) {
      if (untilMs > nowMs) break;
      this.#drop(voice, person);
      this.#settle(person, nowMs);
    }
  }

  #appear(person: PersonEntry): PersonEntry {
    this.#byKey.set(person.key, person);
    this.#byActor.set(person.actor, person);
    return person;
  }

  #speak(connection: Connection, person: PersonEntry): void {
    connection.person = person;
    person.add(connection);
    this.#changed.add(person);
  }

  #drop(voice: Voice, person: PersonEntry): void {
    this.#held.delete(voice);
    person.remove(voice);
  }

  /** Nobody speaks for it any more: it is gone. */
  #settle(person: PersonEntry, nowMs: number): void {
    this.#changed.add(person);
    if (!person.isEmpty) return;
    this.#changed.delete(person);
    this.#byKey.delete(person.key);
    this.#byActor.delete(person.actor);
    this.#actors.release(person.actor, nowMs);
    this.#left.push(person.actor);
  }
}
