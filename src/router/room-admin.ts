/**
 * What an administrator does to the people in a room: show them out, or lock the door.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { formatRoomName } from "../protocol/room-id.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterEnv, fail } from "./context.ts";
import { forgetCount } from "./presence.ts";
import { anyRoom } from "./room-client.ts";
import * as routes from "./routes.ts";

const KICKED = "removed by an administrator";

export function addRoomAdminRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.kick, async (c): Promise<Response> => {
    const room = anyRoom(c.env, c.get("room"));
    const { reason = KICKED, ...whom } = c.req.valid("json");
    const kicked = await room.call((stub) => stub.kick(whom, reason));
    if (!kicked.ok) return fail(c, kicked.error);
    await auditLog(c, { action: "kick", target: formatRoomName(c.get("room")), detail: { ...whom, reason } });
    return c.json(kicked.value, 200);
  });

  app.openapi(routes.lock, async (c): Promise<Response> => {
    const room = anyRoom(c.env, c.get("room"));
    const { mode } = c.req.valid("json");
    const locked = await room.call((stub) => stub.setLock(mode));
    if (!locked.ok) return fail(c, locked.error);
    if (mode === "closed") await forgetCount(c);
    await auditLog(c, { action: "lock", target: formatRoomName(c.get("room")), detail: { mode } });
    return c.json(locked.value, 200);
  });
}
