/**
 * Erasing users and projects, and receipts: begun here, worked off by the queue, page by page, with a receipt. Rules ER1–ER9.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Result, ok } from "../protocol/result.ts";
import { DEFAULT_PROJECT } from "../protocol/room-id.ts";
import { type Erasure, Erasures, type NewErasure } from "../storage/d1/erasures.ts";
import { Projects } from "../storage/d1/projects.ts";
import { memberOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { forgetProject } from "./project-cache.ts";
import * as routes from "./routes-erase.ts";
import { documentRoom } from "./room-client.ts";
import { parseUserSegment } from "./schemas-projects.ts";

const PREFIX = "/v1/users/";

export function addEraseRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.eraseUser, async (c): Promise<Response> => {
    const [segment = ""] = new URL(c.req.url).pathname.slice(PREFIX.length).split("/", 1);
    const user = parseUserSegment(segment);
    if (!user.ok) return fail(c, user.error);
    const { project } = memberOf(c);
    const { everywhere } = c.req.valid("json");
    const begun = await begin(c, { id: crypto.randomUUID(), project, kind: "user", user: user.value, everywhere });
    if (!begun.ok) return fail(c, begun.error);
    // The entry names nobody: it would be a trace.
    await auditLog(c, { action: "erase-user", target: begun.value.id, detail: { everywhere } });
    return c.json(shown(begun.value), 202);
  });

  app.openapi(routes.eraseProject, async (c): Promise<Response> => {
    const { project } = c.req.valid("param");
    if (project === DEFAULT_PROJECT) return fail(c, { tag: "conflict", reason: "The default project stays." });
    const before = await new Erasures(c.env.DB).ofProject(project);
    if (!before.ok) return fail(c, before.error);
    if (before.value !== null) {
      // Whoever asks again may ask because nothing happens.
      if (before.value.doneMs === null) await wake(c, before.value);
      return c.json(shown(before.value), 202);
    }
    const found = await new Projects(c.env.DB).find(project);
    if (!found.ok) return fail(c, found.error);
    if (found.value === null) return fail(c, { tag: "no-route" });
    const id = crypto.randomUUID();
    const begun = await begin(c, { id, project, kind: "project", user: "", everywhere: true });
    if (!begun.ok) return fail(c, begun.error);
    forgetProject(c.env, project);
    await auditLog(c, { action: "erase-project", target: project, project, detail: { erasure: id } });
    return c.json(shown(begun.value), 202);
  });

  app.openapi(routes.getErasure, async (c): Promise<Response> => {
    const principal = c.get("principal");
    if (principal.kind === "page" || principal.kind === "token") return fail(c, { tag: "forbidden", needs: "server" });
    const found = await new Erasures(c.env.DB).find(c.req.valid("param").id);
    if (!found.ok) return fail(c, found.error);
    const isTheirs = principal.kind !== "server" || found.value?.project === principal.project;
    return found.value === null || !isTheirs ? fail(c, { tag: "no-route" }) : c.json(shown(found.value));
  });

  app.openapi(routes.getDocumentErasure, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const found = await documentRoom(c.env, project, id).call((room) => room.erasure());
    if (!found.ok) return fail(c, found.error);
    return c.json({ id, ...found.value, isErased: found.value.remaining.length === 0 });
  });
}

async function begin(c: RouterContext, erasure: NewErasure): Promise<Result<Erasure, RouterError>> {
  const nowMs = Date.now();
  const begun = await new Erasures(c.env.DB).begin(erasure, nowMs);
  if (!begun.ok) return begun;
  await wake(c, erasure);
  const nothing = { rooms: 0, documents: 0, objects: 0, rows: 0 };
  const times = { askedMs: nowMs, workedMs: nowMs, doneMs: null };
  return ok({ ...erasure, phase: "rooms", cursor: "", counts: nothing, ...times });
}

/** What is not woken now is found by the queue's consumer after a while. */
async function wake(c: RouterContext, { id, project }: Pick<Erasure, "id" | "project">): Promise<void> {
  try {
    await c.env.EVENTS.send({ v: 1, kind: "erase", id, project });
  } catch (error) {
    console.error(JSON.stringify({ level: "error", event: "erase-not-woken", erasure: id, reason: String(error) }));
  }
}

function shown({ id, kind, phase, counts, askedMs, workedMs, doneMs }: Erasure) {
  return { id, kind, phase, isDone: doneMs !== null, counts, askedMs, workedMs, doneMs };
}
