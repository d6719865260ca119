/**
 * WebSocket upgrades. Whatever can be refused is refused here, before a socket exists: older clients hammer one that is
 * accepted and then closed.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { DialectName } from "../auth/connect-ticket.ts";
import { SUBPROTOCOL } from "../protocol/limits.ts";
import type { DocumentId } from "../protocol/room-id.ts";
import { OPEN_MODE_LIMITS } from "../protocol/room-limits.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { parseRestPath, parseYjsPath } from "./document-address.ts";
import { needs } from "./access.ts";
import { RoomClient } from "./room-client.ts";
import * as routes from "./routes.ts";

/** A browser cannot set headers on a WebSocket, so a token travels as a second sub-protocol: never echoed, logged or passed on. */
const TOKEN_PREFIX = "roost.token.";

/** Tag of the problem of a room that refuses a socket (rooms/refusal.ts). */
const REFUSAL_HEADER = "x-roost-problem";

type Connection = { readonly id: DocumentId; readonly dialect: DialectName; readonly subprotocol: string | undefined };

export function addConnectRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.connectDocument, async (c): Promise<Response> => {
    const id = parseRestPath(c.req.url);
    if (!id.ok) return fail(c, id.error);
    if (!isUpgrade(c)) return fail(c, { tag: "upgrade-required" });
    if (!offeredProtocols(c).includes(SUBPROTOCOL)) return fail(c, { tag: "bad-subprotocol", expected: SUBPROTOCOL });
    return await connect(c, { id: id.value, dialect: "roost", subprotocol: SUBPROTOCOL });
  });

  // An id with slashes is more than OpenAPI's `{id}` can say, so the path is registered by hand.
  app.openAPIRegistry.registerPath(routes.connectYjs);
  app.get("/yjs/*", needs("read"), async (c): Promise<Response> => {
    const id = parseYjsPath(c.req.url);
    if (!id.ok) return fail(c, id.error);
    if (!isUpgrade(c)) return fail(c, { tag: "upgrade-required" });
    // A browser drops a socket whose answer names none of the protocols it offered.
    const subprotocol = offeredProtocols(c).find((name) => !name.startsWith(TOKEN_PREFIX));
    return await connect(c, { id: id.value, dialect: "y-websocket", subprotocol });
  });
}

async function connect(c: RouterContext, { id, dialect, subprotocol }: Connection): Promise<Response> {
  const grant = c.get("grant");
  const ticket = {
    dialect,
    session: crypto.randomUUID(),
    grant,
    requestId: c.get("requestId"),
    address: "",
    limits: OPEN_MODE_LIMITS,
    trust: null,
    mayCreate: true,
  };
  const answer = await new RoomClient(c.env, grant.project, id).connect(ticket);
  if (!answer.ok) return fail(c, answer.error);
  const { webSocket } = answer.value;
  if (webSocket === null) return refusal(c, answer.value);
  const headers = new Headers({ "x-request-id": c.get("requestId") });
  if (subprotocol !== undefined) headers.set("sec-websocket-protocol", subprotocol);
  return new Response(null, { status: 101, webSocket, headers });
}

/** The room says which problem it has; the caller hears it in the router's words. */
function refusal(c: RouterContext, answer: Response): Response {
  const tag = answer.headers.get(REFUSAL_HEADER);
  if (tag === "deleted" || tag === "not-found") return fail(c, { tag });
  return fail(c, { tag: "unavailable", reason: `the room answered ${answer.status} ${tag ?? ""}` });
}

function offeredProtocols(c: RouterContext): readonly string[] {
  const offered = c.req.header("sec-websocket-protocol") ?? "";
  return offered.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
}
