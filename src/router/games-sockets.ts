/**
 * Sockets of Colyseus' SDK: of a seat, of the live list, and the one that measures latency.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { memberOf } from "./access.ts";
import { type RouterContext, fail } from "./context.ts";
import { isUpgrade } from "./context.ts";
import { type RoomClient, gameRoom, lobbyRoom } from "./room-client.ts";
import { refusalOf, ticketFor } from "./room-socket.ts";

/** What the router hands out, and then a lobby's filter. */
const SESSION = /^([A-Za-z0-9_-]{1,64})(?:\.([A-Za-z0-9_-]{1,3000}))?$/;
/** Longer ones are none of ours. */
const MAX_TOKEN_CHARS = 64;

type Visit = Pick<ConnectTicket, "session" | "seat" | "filter">;

export async function connectGame(c: RouterContext): Promise<Response> {
  const { project, id } = c.get("room");
  const session = SESSION.exec(c.req.query("sessionId") ?? "")?.[1];
  if (session === undefined) return badSession(c);
  const token = c.req.query("reconnectionToken");
  const seat = {
    skipHandshake: c.req.query("skipHandshake") !== undefined,
    ...(token !== undefined && token.length <= MAX_TOKEN_CHARS && { reconnectionToken: token }),
  };
  return await connect(c, gameRoom(c.env, project, id), { session, seat });
}

export async function connectLobby(c: RouterContext): Promise<Response> {
  const { project, id } = c.get("room");
  const [, session, filter] = SESSION.exec(c.req.query("sessionId") ?? "") ?? [];
  if (session === undefined) return badSession(c);
  return await connect(c, lobbyRoom(c.env, project, id), {
    session,
    ...(filter !== undefined && { filter: fromBase64Url(filter) }),
  });
}

async function connect(c: RouterContext, room: Pick<RoomClient<never>, "connect">, visit: Visit): Promise<Response> {
  if (!isUpgrade(c)) return fail(c, { tag: "upgrade-required" });
  const visitor = { member: memberOf(c), grant: c.get("grant"), dialect: "colyseus" } as const;
  const answer = await room.connect({ ...(await ticketFor(c, visitor)), ...visit });
  if (!answer.ok) return fail(c, answer.error);
  const { webSocket } = answer.value;
  if (webSocket === null) return fail(c, refusalOf(answer.value));
  return new Response(null, { status: 101, webSocket, headers: { "x-request-id": c.get("requestId") } });
}

function badSession(c: RouterContext): Response {
  return fail(c, { tag: "bad-request", reason: "`sessionId` is the one of a seat." });
}

/** What does not read is no filter; the room decides what is one. */
function fromBase64Url(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return "{}";
  }
}
