/**
 * WebSocket upgrades. Whatever can be refused is refused here, before a room has a socket: older clients hammer one that is
 * accepted and then closed (refused-socket.ts says what they get instead).
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { DialectName } from "../auth/connect-ticket.ts";
import { SUBPROTOCOL } from "../protocol/limits.ts";
import { memberOf, needs } from "./access.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { offeredProtocols, stockSubprotocol } from "./credentials.ts";
import { documentRoom } from "./room-client.ts";
import { refusalOf, ticketFor } from "./room-socket.ts";
import { connectHocuspocus, connectParty, connectYjs } from "./routes-sockets.ts";
import * as routes from "./routes.ts";

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
  app.openAPIRegistry.registerPath(connectHocuspocus);
  app.get("/hocuspocus/*", needs("read"), async (c) => await connectStock(c, "hocuspocus"));
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
  const answer = await room.connect(await ticketFor(c, { member: memberOf(c), grant: c.get("grant"), dialect }));
  if (!answer.ok) return fail(c, answer.error);
  const { webSocket } = answer.value;
  if (webSocket === null) return fail(c, refusalOf(answer.value, instead));
  const headers = new Headers({ "x-request-id": c.get("requestId") });
  if (subprotocol !== undefined) headers.set("sec-websocket-protocol", subprotocol);
  return new Response(null, { status: 101, webSocket, headers });
}
