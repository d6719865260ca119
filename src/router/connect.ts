/**
 * WebSocket upgrades. Whatever can be refused is refused here, before a room has a socket: older clients hammer one that is
 * accepted and then closed (refused-socket.ts says what they get instead).
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { DialectName } from "../auth/connect-ticket.ts";
import { sessionEndMs } from "../auth/session-end.ts";
import { SUBPROTOCOL } from "../protocol/limits.ts";
import { LIMIT_NAMES } from "../protocol/room-limits.ts";
import { memberOf, needs } from "./access.ts";
import { ADDRESS_HEADER, countedAddress, hashAddress } from "./caller-address.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { offeredProtocols, stockSubprotocol } from "./credentials.ts";
import { documentRoom } from "./room-client.ts";
import { connectParty, connectYjs } from "./routes-sockets.ts";
import * as routes from "./routes.ts";

/** Tag of the problem of a room that refuses a socket, and the limit it is about (rooms/refusal.ts). */
const REFUSAL_HEADER = "x-roost-problem";
const LIMIT_HEADER = "x-roost-limit";

type Connection = {
  readonly dialect: DialectName;
  readonly subprotocol: string | undefined;
  /** A path that serves whoever finds the room full. */
  readonly instead?: string;
};

export function addConnectRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.connectDocument, async (c): Promise<Response> => {
    if (!isUpgrade(c)) return fail(c, { tag: "upgrade-required" });
    if (!offeredProtocols(c).includes(SUBPROTOCOL)) return fail(c, { tag: "bad-subprotocol", expected: SUBPROTOCOL });
    return await connect(c, documentOf(c), { dialect: "roost", subprotocol: SUBPROTOCOL });
  });

  // An id with slashes is more than OpenAPI's `{id}` can say, so these paths are registered by hand.
  app.openAPIRegistry.registerPath(connectYjs);
  app.get("/yjs/*", needs("read"), async (c) => await connectStock(c, "y-websocket"));
  app.openAPIRegistry.registerPath(connectParty);
  app.get("/parties/document/*", needs("read"), async (c) => await connectStock(c, "y-partyserver"));
}

/** The socket of a stock provider, behind {@link needs}. */
export async function connectStock(c: RouterContext, dialect: DialectName): Promise<Response> {
  if (!isUpgrade(c)) return fail(c, { tag: "upgrade-required" });
  return await connect(c, documentOf(c), { dialect, subprotocol: stockSubprotocol(c) });
}

function documentOf(c: RouterContext): ReturnType<typeof documentRoom> {
  const { project, id } = c.get("room");
  return documentRoom(c.env, project, id);
}

/** The room's socket, or what it says instead. */
export async function connect(
  c: RouterContext,
  room: Pick<ReturnType<typeof documentRoom>, "connect">,
  { dialect, subprotocol, instead }: Connection,
): Promise<Response> {
  const member = memberOf(c);
  const { limits, joinsPerSecond, kind, mayCreate, keyVersion } = member;
  const [master] = c.get("config").secrets;
  const answer = await room.connect({
    dialect,
    session: crypto.randomUUID(),
    grant: c.get("grant"),
    requestId: c.get("requestId"),
    address: await hashAddress(countedAddress(c.req.header(ADDRESS_HEADER)), master?.secret ?? ""),
    limits,
    joinsPerSecond,
    by: kind,
    closesMs: sessionEndMs(member, Date.now(), Math.random()),
    mayCreate,
    ...(keyVersion !== undefined && { keyVersion }),
  });
  if (!answer.ok) return fail(c, answer.error);
  const { webSocket } = answer.value;
  if (webSocket === null) return refusal(c, answer.value, instead);
  const headers = new Headers({ "x-request-id": c.get("requestId") });
  if (subprotocol !== undefined) headers.set("sec-websocket-protocol", subprotocol);
  return new Response(null, { status: 101, webSocket, headers });
}

/** The room says which problem it has; the caller hears it in the router's words. */
function refusal(c: RouterContext, answer: Response, instead: string | undefined): Response {
  const tag = answer.headers.get(REFUSAL_HEADER);
  if (tag === "deleted" || tag === "not-found" || tag === "locked" || tag === "no-more-rooms") return fail(c, { tag });
  const limit = LIMIT_NAMES.find((name) => name === answer.headers.get(LIMIT_HEADER));
  if (tag === "room-limit" && limit !== undefined)
    return fail(c, { tag, limit, ...(instead !== undefined && { instead }) });
  return fail(c, { tag: "unavailable", reason: `the room answered ${answer.status} ${tag ?? ""}` });
}
