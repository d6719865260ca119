/**
 * Tokens for people, minted for a project's back end.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { formatKey } from "../auth/keys.ts";
import { mintToken } from "../auth/mint-token.ts";
import { memberOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterEnv, fail } from "./context.ts";
import { projectsOf } from "./project-cache.ts";
import * as routes from "./routes-projects.ts";

export function addTokenRoute(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.mintToken, async (c): Promise<Response> => {
    const { secrets } = c.get("config");
    if (secrets.length === 0) return fail(c, { tag: "misconfigured", reason: "ROOST_SECRETS is not set." });
    const { project } = memberOf(c);
    const found = await projectsOf(c.env).find(project);
    if (!found.ok) return fail(c, found.error);
    if (found.value === null) return fail(c, { tag: "no-route" });
    // The newest key, whichever the caller came with: the token outlives the overlap of a rotation.
    const key = await formatKey(secrets, { kind: "sk", project, version: found.value.keyVersion });
    const claims = c.req.valid("json");
    const minted = await mintToken(key, claims, { nowMs: Date.now() });
    if (!minted.ok) return fail(c, { tag: "bad-request", reason: minted.error.reason });
    const { token, expiresMs } = minted.value;
    const { user, rooms } = claims;
    await auditLog(c, { action: "mint-token", target: user, detail: { rooms, expiresMs } });
    return c.json({ token, expiresMs }, 201, { "cache-control": "no-store" });
  });
}
