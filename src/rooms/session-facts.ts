/**
 * What the engine is told of a socket.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { SessionFacts } from "../core/session.ts";
import type { SessionGrant } from "../core/session-rights.ts";
import type { DocumentSocket } from "./sockets.ts";

export function factsOf({ id, dialect, joinedMs, ticket }: DocumentSocket): SessionFacts {
  return { id, user: ticket.grant.user, traits: dialect.traits, joinedMs, ...grantOf(ticket) };
}

/** What its newest token gives it. */
export function grantOf({ grant, limits, closesMs }: ConnectTicket): SessionGrant {
  const { scopes, profile, expiresMs } = grant;
  return {
    ...{ scopes, limits },
    ...(profile !== undefined && { profile }),
    ...(expiresMs !== undefined && { expiresMs }),
    ...(closesMs !== null && { closesMs }),
  };
}
