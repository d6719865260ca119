/**
 * A new document out of another one, and its edits back. Rules RT210–RT213.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { grantFor } from "../auth/grant-for.ts";
import { type Scope, allows } from "../auth/grants.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { DocumentId } from "../protocol/room-id.ts";
import { memberOf } from "./access.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { documentRoom } from "./room-client.ts";
import * as routes from "./routes-forks.ts";
import { callerOf, readerOf } from "./versions.ts";

export function addForkRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.forkDocument, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const { id: forkId, version } = c.req.valid("json");
    const isAdmin = adminOf(c, forkId, "write");
    if (!isAdmin.ok) return fail(c, isAdmin.error);
    const reader = await readerOf(c);
    const seed = await documentRoom(c.env, project, id).call((room) =>
      room.readSeed(version ?? "current", null, reader),
    );
    if (!seed.ok) return fail(c, seed.error);
    const from = { id, version: seed.value.version };
    const caller = { ...(await callerOf(c)), isAdmin: isAdmin.value };
    const origin = { ...from, request: c.get("requestId") };
    const planted = await documentRoom(c.env, project, forkId).call((room) =>
      room.plantSeed(seed.value, origin, caller),
    );
    if (!planted.ok) return fail(c, isThere(planted.error));
    return c.json({ id: forkId, version: planted.value.version, from }, 201);
  });

  app.openapi(routes.mergeDocument, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const { from, preview } = c.req.valid("json");
    // A preview shows text and whose it is, as any other difference.
    if (preview && !allows(c.get("grant"), "history")) return fail(c, { tag: "forbidden", needs: "history" });
    const isAdmin = adminOf(c, from, "read");
    if (!isAdmin.ok) return fail(c, isAdmin.error);
    const caller = await callerOf(c);
    const target = documentRoom(c.env, project, id);
    const known = await target.call((room) => room.readStateVector(caller));
    if (!known.ok) return fail(c, known.error);
    const forkReader = { ...(await readerOf(c)), isAdmin: isAdmin.value };
    const fork = documentRoom(c.env, project, from);
    const seed = await fork.call((room) => room.readSeed("current", known.value, forkReader));
    if (!seed.ok) return fail(c, seed.error);
    if (preview) {
      const diff = await target.call((room) => room.previewMerge(seed.value, caller));
      return diff.ok ? c.json({ diff: diff.value }) : fail(c, diff.error);
    }
    const merged = await target.call((room) => room.mergeSeed(seed.value, caller));
    if (!merged.ok) return fail(c, merged.error);
    const { version, changed } = merged.value;
    return c.json({ version, changed }, 200, { etag: `"${version}"` });
  });
}

/** Whether the caller is an administrator of another document, where it may do `scope` there. */
function adminOf(c: RouterContext, id: DocumentId, scope: Scope): Result<boolean, RouterError> {
  const grant = grantFor(memberOf(c), { kind: "document", id });
  return allows(grant, scope) ? ok(allows(grant, "admin")) : err({ tag: "forbidden", needs: scope });
}

function isThere(error: RouterError): RouterError {
  const isTaken = error.tag === "precondition-failed" || error.tag === "deleted";
  return isTaken ? { tag: "conflict", reason: "A document of this id exists, or did." } : error;
}
