/**
 * Who a request says it is, out of the four places where that may stand. Nothing of it goes into a log, an answer or a room.
 * @module
 */
import type { Credentials } from "../auth/authenticate.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type RouterContext, isUpgrade } from "./context.ts";
import { isGameSocketPath } from "./games-path.ts";
import type { RouterError } from "./problem.ts";

/** A browser cannot set headers on a WebSocket, so a token travels as a second sub-protocol. */
export const TOKEN_PROTOCOL_PREFIX = "roost.token.";

/** RFC 7235 §2.1: the scheme in any case, then the token. Another scheme is somebody else's, such as a proxy's. */
const BEARER = /^bearer +(\S+) *$/i;

/** Two that differ in one place are refused: whichever was meant, the other one should not count. */
export function readCredentials(c: RouterContext): Result<Credentials, RouterError> {
  const socketTokens = isUpgrade(c)
    ? offeredProtocols(c).flatMap((name) => {
        return name.startsWith(TOKEN_PROTOCOL_PREFIX) ? [name.slice(TOKEN_PROTOCOL_PREFIX.length)] : [];
      })
    : [];
  const socketToken = only(socketTokens);
  const queryToken = only([...(c.req.queries("token") ?? []), ...sdkTokens(c)]);
  const queryKey = only(c.req.queries("key") ?? []);
  if (!socketToken.ok) return socketToken;
  if (!queryToken.ok) return queryToken;
  if (!queryKey.ok) return queryKey;
  return ok({
    bearer: BEARER.exec(c.req.header("authorization") ?? "")?.[1] ?? null,
    socketToken: socketToken.value,
    queryToken: queryToken.value,
    queryKey: queryKey.value,
    user: c.req.query("user") ?? null,
    origin: c.req.header("origin") ?? null,
  });
}

/** How Colyseus' SDK shows a token with a socket. */
function sdkTokens(c: RouterContext): readonly string[] {
  return isGameSocketPath(c.req.path) ? (c.req.queries("_authToken") ?? []) : [];
}

/** The sub-protocols of a WebSocket handshake, in the client's order. */
export function offeredProtocols(c: RouterContext): readonly string[] {
  const offered = c.req.header("sec-websocket-protocol") ?? "";
  return offered.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
}

/** The one to answer with: a browser drops a socket whose answer names none of the protocols it offered. */
export function stockSubprotocol(c: RouterContext): string | undefined {
  return offeredProtocols(c).find((name) => !name.startsWith(TOKEN_PROTOCOL_PREFIX));
}

function only(found: readonly string[]): Result<string | null, RouterError> {
  const different = new Set(found);
  if (different.size > 1) return err({ tag: "unauthorized", reason: "two credentials of one kind" });
  return ok(found[0] ?? null);
}
