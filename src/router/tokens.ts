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
    const { project, key } = memberOf(c);
    const found = await projectsOf(c.env).find(project, "proven");
    if (!found.ok) return fail(c, found.error);
    if (found.value === null) return fail(c, { tag: "no-route" });
    const { keyVersion, previousUntilMs } = found.value;
    // With the caller's own key: whoever holds one that is rotated away makes nothing that outlives it.
    const { version = keyVersion, master } = key ?? {};
    const signer = await formatKey(secrets, { kind: "sk", project, version, ...(master !== undefined && { master }) });
    const untilMs = version < keyVersion ? (previousUntilMs ?? 0) : Infinity;
    const claims = c.req.valid("json");
    const minted = await mintToken(signer, claims, { nowMs: Date.now(), untilMs });
    if (!minted.ok) return fail(c, { tag: "bad-request", reason: minted.error.reason });
    const { token, expiresMs } = minted.value;
    const { user, rooms } = claims;
    await auditLog(c, { action: "mint-token", target: user, detail: { rooms, expiresMs } });
    return c.json({ token, expiresMs }, 201, { "cache-control": "no-store" });
  });
}
