/**
 * Who is in a room. What tells the sockets of it asks this interface alone: a hub could fill it from what relay objects report.
 * @module
 */
import type { ActorId, Person } from "../../protocol/presence-messages.ts";
import type { SessionId } from "../events.ts";
import type { Zone } from "./zones.ts";

/** A person as others see it; the JSON of each key of its state stands beside it. */
export type PersonView = { readonly person: Person; readonly state: ReadonlyMap<string, string> };

export interface Member {
  readonly actor: ActorId;
  /** The same object until something of it changes. */
  view(): PersonView;
  /** When it last said anything. */
  readonly activeMs: number;
  /** Where its cursor is. */
  readonly zone: Zone;
  /** Its sockets in this object. */
  readonly sessions: Iterable<SessionId>;
}

export type RosterCounts = { readonly people: number; readonly connections: number };

export type RosterChanges = {
  /** Who appeared, or may look different. */
  readonly changed: ReadonlySet<Member>;
  readonly left: readonly ActorId[];
};

export interface Roster {
  counts(): RosterCounts;
  members(): Iterable<Member>;
  member(actor: ActorId): Member | undefined;
  readonly hasChanges: boolean;
  /** Changes since they were last taken. */
  takeChanges(): RosterChanges;
}
