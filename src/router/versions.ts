/**
 * A document's versions: listed from D1, everything else by the room. Rules RT200–RT206.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Result, err, ok } from "../protocol/result.ts";
import type { Version } from "../protocol/version.ts";
import type { Caller, Reader } from "../rooms/room-api.ts";
import type { KeptVersion, VersionFormat } from "../rooms/room-api-history.ts";
import { type ListedVersion, VersionIndex } from "../storage/d1/versions.ts";
import { VersionStore } from "../storage/version-store.ts";
import { askerOf, memberOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { documentRoom } from "./room-client.ts";
import { roomAddressOf } from "./room-socket.ts";
import * as routes from "./routes-versions.ts";

const CONTENT_TYPES: Readonly<Record<VersionFormat, string>> = {
  update: "application/octet-stream",
  snapshot: "application/octet-stream",
  json: "application/json",
  text: "text/plain; charset=utf-8",
  markdown: "text/markdown; charset=utf-8",
  html: "text/html; charset=utf-8",
  prosemirror: "application/json",
};
/** A document's own markup, opened as a page of this origin, must do nothing. */
const HARMLESS = { "content-security-policy": "sandbox; default-src 'none'" } as const;

export function addVersionRoutes(app: OpenAPIHono<RouterEnv>): void {
  addLists(app);
  addReads(app);

  app.openapi(routes.createVersion, async (c): Promise<Response> => {
    const { name } = c.req.valid("json");
    const caller = await callerOf(c);
    const kept = await roomOf(c).call((room) => room.createVersion({ kind: "named", name }, caller));
    if (!kept.ok) return fail(c, kept.error);
    return c.json(await listAtOnce(c, kept.value), 201);
  });

  app.openapi(routes.restoreVersion, async (c): Promise<Response> => {
    const { version } = c.req.valid("param");
    const caller = await callerOf(c);
    const restored = await roomOf(c).call((room) => room.restoreVersion(version, caller));
    if (!restored.ok) return fail(c, restored.error);
    const { version: now, changed, before, kept } = restored.value;
    for (const each of kept) await listAtOnce(c, each);
    return c.json({ version: now, changed, before }, 200, { etag: `"${now}"` });
  });
}

function addLists(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.listVersions, async (c): Promise<Response> => {
    const query = c.req.valid("query");
    const [described, page] = await Promise.all([
      roomOf(c).call((room) => room.describe(askerOf(c))),
      new VersionIndex(c.env.DB).list(c.get("room"), query),
    ]);
    if (!described.ok) return fail(c, described.error);
    return page.ok ? c.json(page.value) : fail(c, page.error);
  });

  app.openapi(routes.changeVersion, async (c): Promise<Response> => {
    const allowed = await mayWrite(c);
    if (!allowed.ok) return fail(c, allowed.error);
    const { version } = c.req.valid("param");
    const changed = await new VersionIndex(c.env.DB).change(c.get("room"), version, c.req.valid("json"), Date.now());
    if (!changed.ok) return fail(c, changed.error);
    if (changed.value === null) return fail(c, { tag: "unknown-version" });
    // For whoever rebuilds D1 alone: it fails without harm.
    await new VersionStore(c.env.SNAPSHOTS).relabel(c.get("room"), version, changed.value);
    return c.json(changed.value);
  });

  app.openapi(routes.deleteVersion, async (c): Promise<Response> => {
    const allowed = await mayWrite(c);
    if (!allowed.ok) return fail(c, allowed.error);
    const { version } = c.req.valid("param");
    const deleted = await deleteVersion(c, version);
    if (!deleted.ok) return fail(c, deleted.error);
    const { id } = c.get("room");
    await auditLog(c, { action: "delete-version", target: id, detail: { version } });
    return new Response(null, { status: 204 });
  });
}

function addReads(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.readVersion, async (c): Promise<Response> => {
    const { version } = c.req.valid("param");
    const { format } = c.req.valid("query");
    const reader = await readerOf(c);
    const content = await roomOf(c).call((room) => room.readVersion(version, format, reader));
    if (!content.ok) return fail(c, content.error);
    const headers = { etag: `"${version}"`, "cache-control": "private, no-cache", ...HARMLESS };
    return new Response(content.value.body, { headers: { ...headers, "content-type": CONTENT_TYPES[format] } });
  });

  app.openapi(routes.diffVersions, async (c): Promise<Response> => {
    const { from, to } = c.req.valid("query");
    const reader = await readerOf(c);
    const diff = await roomOf(c).call((room) => room.diffVersions(from, to, reader));
    if (!diff.ok) return fail(c, diff.error);
    const wantsText = /^text\/plain\b/.test(c.req.header("accept") ?? "");
    return wantsText ? c.text(diff.value.text) : c.json(diff.value);
  });
}

/** Lists show it with this answer; should that fail, the room's own event does it a moment later. */
async function listAtOnce(c: RouterContext, { namedMs, ...kept }: KeptVersion): Promise<ListedVersion> {
  const room = c.get("room");
  const index = new VersionIndex(c.env.DB);
  await index.put({ ...kept, project: room.project, id: room.id, namedMs });
  const listed = await index.find(room, kept.version);
  return listed.ok && listed.value !== null ? listed.value : { ...kept, isPinned: false };
}

/** In no list first, then its bytes: whoever comes in between finds nothing of it, or all. */
async function deleteVersion(c: RouterContext, version: Version): Promise<Result<void, RouterError>> {
  const room = c.get("room");
  const index = new VersionIndex(c.env.DB);
  const dropped = await index.drop(room, version, Date.now());
  if (!dropped.ok) return dropped;
  const deleted = await new VersionStore(c.env.SNAPSHOTS).delete(room, [version]);
  return deleted.ok ? await index.forget(room, [version]) : deleted;
}

/** What only D1 holds is changed by who may change the document. */
async function mayWrite(c: RouterContext): Promise<Result<void, RouterError>> {
  const asker = askerOf(c);
  const described = await roomOf(c).call((room) => room.describe(asker));
  if (!described.ok) return described;
  return described.value.lock === "open" || asker.isAdmin ? ok(undefined) : err({ tag: "locked" });
}

function roomOf(c: RouterContext): ReturnType<typeof documentRoom> {
  const { project, id } = c.get("room");
  return documentRoom(c.env, project, id);
}

/** What a room has to know of who reads, behind `needs(…)`. */
export async function readerOf(c: RouterContext): Promise<Reader> {
  return { ...askerOf(c), user: memberOf(c).user, address: await roomAddressOf(c) };
}

/** And of who writes. */
export async function callerOf(c: RouterContext): Promise<Caller> {
  const { limits, mayCreate } = memberOf(c);
  return { ...(await readerOf(c)), limits, mayCreate };
}
