/**
 * A room of people for those who ask from outside.
 * @module
 */
import type { ActorId, Person, RoomSize } from "../../protocol/presence-messages.ts";
import type { PersonEntry } from "./person.ts";

/** `connections` has those that only hear, too. */
export type PeopleCounts = { readonly people: number; readonly connections: number; readonly size: RoomSize };

export type DescribedPerson = {
  readonly actor: ActorId;
  readonly person: Person;
  readonly connections: number;
  readonly joinedMs: number;
  /** When something was last received of it; heartbeats do not count. */
  readonly lastSeenMs: number;
};

export function describePerson(entry: PersonEntry): DescribedPerson {
  const { actor, voices, joinedMs, lastSeenMs } = entry;
  return { actor, person: entry.view().person, connections: voices.size, joinedMs, lastSeenMs };
}
