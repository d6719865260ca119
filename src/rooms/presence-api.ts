/**
 * What the router and the queue consumer may ask of a presence room over RPC. Types only: the router talks to a stub.
 * Rooms of people are not made and not found: one where nobody is and never was answers like any other, and stores nothing for it.
 * @module
 */
import type { DescribedPerson, PeopleCounts } from "../core/people/describe.ts";
import type { Result } from "../protocol/result.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import type { Asker, KickTarget, LockMode, RoomProblem } from "./room-api.ts";

export type { PeopleCounts } from "../core/people/describe.ts";

export type PersonHere = DescribedPerson & {
  /** Of its sockets that are open. */
  readonly sessions: readonly string[];
};

export type PeopleDescription = {
  readonly counts: PeopleCounts;
  /** Not everybody where `counts.people` is larger than its length. */
  readonly people: readonly PersonHere[];
  readonly lock: LockMode;
  /** What this instance refused since it started, by limit. */
  readonly refusals: Readonly<Partial<Record<LimitName, number>>>;
};

export interface PresenceRoomApi {
  describePeople(asker: Asker): Promise<Result<PeopleDescription, RoomProblem>>;
  /** What a closed room told may not be kept for others. */
  countPeople(asker: Asker): Promise<Result<PeopleCounts & { readonly lock: LockMode }, RoomProblem>>;
  /** Closes with 4403, which no client retries by itself. `closed` counts the sockets. */
  kick(target: KickTarget, reason: string): Promise<Result<{ readonly closed: number }, RoomProblem>>;
  /** Outlives sleep and restarts. */
  setLock(mode: LockMode): Promise<Result<{ readonly mode: LockMode }, RoomProblem>>;
  /** Everybody is out, and nothing is stored. */
  erase(): Promise<void>;
}
