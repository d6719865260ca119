/**
 * Who did what administrative thing: for a project's back end its own, for the operator all.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { AuditLog } from "../storage/d1/audit.ts";
import { type RouterEnv, fail } from "./context.ts";
import * as routes from "./routes-projects.ts";

export function addAuditRoute(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.listAudit, async (c): Promise<Response> => {
    const principal = c.get("principal");
    if (principal.kind === "page" || principal.kind === "token") return fail(c, { tag: "forbidden", needs: "server" });
    const { since, before, project, actor, action, limit, cursor } = c.req.valid("query");
    const visible = principal.kind === "server" ? principal.project : project;
    if (project !== undefined && project !== visible) return fail(c, { tag: "forbidden", needs: "operator" });
    const times = { sinceMs: since, beforeMs: before };
    const page = await new AuditLog(c.env.DB).list({ project: visible, actor, action, ...times, limit, cursor });
    return page.ok ? c.json(page.value) : fail(c, page.error);
  });
}
