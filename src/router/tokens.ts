/**
 * Tokens for people, minted for a project's back end.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { auditLog } from "./audit-log.ts";
import { type RouterEnv, fail } from "./context.ts";
import { mintFor } from "./mint-for.ts";
import * as routes from "./routes-projects.ts";

export function addTokenRoute(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.mintToken, async (c): Promise<Response> => {
    const claims = c.req.valid("json");
    const minted = await mintFor(c, claims);
    if (!minted.ok) return fail(c, minted.error);
    const { token, expiresMs } = minted.value;
    const { user, rooms } = claims;
    await auditLog(c, { action: "mint-token", target: user, detail: { rooms, expiresMs } });
    return c.json({ token, expiresMs }, 201, { "cache-control": "no-store" });
  });
}
