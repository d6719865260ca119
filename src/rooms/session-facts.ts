/**
 * What the engine is told of a socket.
 * @module
 */
import type { SessionFacts } from "../core/session.ts";
import type { RoomSocket } from "./sockets.ts";

export function factsOf(entry: RoomSocket): SessionFacts {
  const { grant } = entry.ticket;
  return {
    id: entry.id,
    user: grant.user,
    scopes: grant.scopes,
    ...(grant.profile === undefined ? {} : { profile: grant.profile }),
    traits: entry.dialect.traits,
    joinedMs: entry.joinedMs,
  };
}
