/**
 * Rooms of people: their sockets, who is there, and how many.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { PRESENCE_SUBPROTOCOL } from "../protocol/presence-messages.ts";
import { formatRoomName } from "../protocol/room-id.ts";
import { askerOf } from "./access.ts";
import { connect } from "./connect.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { offeredProtocols } from "./credentials.ts";
import { presenceRoom } from "./room-client.ts";
import * as routes from "./routes-presence.ts";

/** So long a count is served again to whoever asks, here and in browsers. */
const COUNT_SECONDS = 5;

export function addPresenceRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.connectPresence, async (c): Promise<Response> => {
    if (!isUpgrade(c)) return fail(c, { tag: "upgrade-required" });
    if (!offeredProtocols(c).includes(PRESENCE_SUBPROTOCOL)) {
      return fail(c, { tag: "bad-subprotocol", expected: PRESENCE_SUBPROTOCOL });
    }
    const instead = `/v1/presence/${encodeURIComponent(c.get("room").id)}/count`;
    return await connect(c, roomOf(c), { dialect: "roost-presence", subprotocol: PRESENCE_SUBPROTOCOL, instead });
  });

  app.openapi(routes.getPeople, async (c): Promise<Response> => {
    const described = await roomOf(c).call((room) => room.describePeople(askerOf(c)));
    return described.ok ? c.json(described.value, 200) : fail(c, described.error);
  });

  // Whoever asks has shown by then that they may know: what is kept is kept by room, not by who asked.
  app.openapi(routes.countPeople, async (c): Promise<Response> => {
    const kept = await caches.default.match(keyOf(c));
    if (kept !== undefined) return answer(c, await kept.text());
    const counted = await roomOf(c).call((room) => room.countPeople(askerOf(c)));
    if (!counted.ok) return fail(c, counted.error);
    const { people, connections, size, lock } = counted.value;
    const body = JSON.stringify({ people, connections, size });
    if (lock === "closed") return answer(c, body, "no-store");
    c.executionCtx.waitUntil(keep(c, body));
    return answer(c, body);
  });
}

function roomOf(c: RouterContext): ReturnType<typeof presenceRoom> {
  const { project, id } = c.get("room");
  return presenceRoom(c.env, project, id);
}

/** The room of the path is closed: nobody in this location is told its count any more. In others that takes until it is old. */
export async function forgetCount(c: RouterContext): Promise<void> {
  await caches.default.delete(keyOf(c));
}

/** Of the location's cache, which holds it under a name that no request has. */
async function keep(c: RouterContext, body: string): Promise<void> {
  const headers = { "content-type": "application/json", "cache-control": `public, max-age=${COUNT_SECONDS}` };
  await caches.default.put(keyOf(c), new Response(body, { headers }));
}

function keyOf(c: RouterContext): string {
  return `https://counts.roost.invalid/${encodeURIComponent(formatRoomName(c.get("room")))}`;
}

function answer(c: RouterContext, body: string, control?: string): Response {
  // A proxy must not hand to others what a header alone has opened (RFC 9111 §3.5 would let it where it says public).
  const whose = c.req.header("authorization") === undefined ? "public" : "private";
  const headers = {
    "content-type": "application/json",
    "cache-control": control ?? `${whose}, max-age=${COUNT_SECONDS}`,
  };
  return new Response(body, { headers });
}
