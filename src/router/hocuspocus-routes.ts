/**
 * `/hocuspocus`: one socket for many documents, ended here. `/hocuspocus/<id>` is one document's and goes to its room, but where the
 * token comes in the socket it is ended here as well: nobody reaches a room before it is known who they are.
 * @module
 */
import { type OpenAPIHono, createRoute } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Credentials } from "../auth/authenticate.ts";
import { isBeginning, permissionDenied, readAddress } from "../protocol/hocuspocus-address.ts";
import { MAX_MS_BEFORE_HELLO } from "../protocol/limits.ts";
import type { DocumentId } from "../protocol/room-id.ts";
import { authorize } from "./access.ts";
import { ADDRESS_HEADER, countedAddress } from "./caller-address.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { readCredentials, stockSubprotocol } from "./credentials.ts";
import { parseRoomPath } from "./document-address.ts";
import { LegAdmission } from "./hocuspocus-admission.ts";
import { SharedSocket } from "./hocuspocus-socket.ts";
import { openClientEnd } from "./hocuspocus-wire.ts";
import type { Voice } from "./refused-socket.ts";
import { memberSecurity, socketFailures } from "./routes.ts";

const SHARED_PATH = "/hocuspocus";
/** Twice what a provider waits before it gives a silent socket up and asks anew. */
const MAX_UNPROVEN_MS = 60_000;
/** Closed with these, or without one, the client meant to go. */
const GOODBYE_CODES: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** Whoever begins at an address hears why it may not; what else is sent belongs to that. */
export const HOCUSPOCUS_VOICE: Voice = {
  answer: (frame, reason) => {
    const read = readAddress(frame);
    return read.ok && isBeginning(frame, read.value) ? permissionDenied(read.value.address, reason) : undefined;
  },
};

/** In the place of {@link authorize}, which it asks for everybody but those who will say in the socket who they are. */
export const authorizeHocuspocus: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const credentials = readCredentials(c);
  if (!credentials.ok) return fail(c, credentials.error);
  const isLate = isUpgrade(c) && !c.get("config").isOpen && showsNothing(credentials.value);
  if (!isLate) return await authorize(c, next);
  if (c.req.path === SHARED_PATH) return await next();
  const path = parseRoomPath(c.req.url);
  return path.ok ? terminate(c, credentials.value, path.value.id) : fail(c, path.error);
};

const connectShared = createRoute({
  method: "get",
  path: SHARED_PATH,
  summary:
    "WebSocket of HocuspocusProviderWebsocket, for many documents; who asks may be said in the socket, for each of them",
  security: memberSecurity,
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export function addHocuspocusRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(connectShared, async (c): Promise<Response> => {
    if (!isUpgrade(c)) return fail(c, { tag: "upgrade-required" });
    const credentials = readCredentials(c);
    return credentials.ok ? terminate(c, credentials.value, null) : fail(c, credentials.error);
  });
}

function showsNothing({ bearer, socketToken, queryToken, queryKey }: Credentials): boolean {
  return [bearer, socketToken, queryToken, queryKey].every((text) => text === null || text === "");
}

/** The client's socket, whose other end is here. `only`: the one document it may carry. */
function terminate(c: RouterContext, credentials: Credentials, only: DocumentId | null): Response {
  const [client, server] = Object.values(new WebSocketPair());
  if (client === undefined || server === undefined) throw new Error("a WebSocketPair has two ends");
  const admission = new LegAdmission(c, credentials, only);
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const end = openClientEnd(server, {
    heard: (frame) => socket.receive(frame),
    ended: (code) => socket.closed(GOODBYE_CODES.has(code)),
  });
  const { isOpen } = c.get("config");
  const after = (ms: number, run: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return () => {
      timers.delete(timer);
      clearTimeout(timer);
    };
  };
  const socket = new SharedSocket({
    client: end,
    isOpen,
    // As with upgrades: on a developer's machine everybody has one address.
    from: isOpen ? null : countedAddress(c.req.header(ADDRESS_HEADER)),
    afterSilence: (run) => after(MAX_MS_BEFORE_HELLO, run),
    openLeg: async (asked, applicant) => await admission.open(asked, applicant),
    over: () => timers.forEach((timer) => clearTimeout(timer)),
  });
  after(MAX_MS_BEFORE_HELLO, () => socket.endIfSilent());
  after(MAX_UNPROVEN_MS, () => socket.endIfUnproven());
  const headers = new Headers({ "x-request-id": c.get("requestId") });
  const subprotocol = stockSubprotocol(c);
  if (subprotocol !== undefined) headers.set("sec-websocket-protocol", subprotocol);
  return new Response(null, { status: 101, webSocket: client, headers });
}
