/**
 * A project's webhooks: endpoints, their secrets, what became of deliveries, and doing them again. Delivery itself is the queue's.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { toBase64Url } from "../auth/hmac.ts";
import { checkWebhookUrl } from "../auth/webhook-address.ts";
import { webhookSecret } from "../auth/webhook-signing.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { MAX_ENDPOINTS, type WebhookEndpoint, WebhookEndpoints } from "../storage/d1/webhook-endpoints.ts";
import { WebhookEvents } from "../storage/d1/webhook-events.ts";
import type { Lane } from "../storage/d1/webhook-lanes.ts";
import { listDeliveries } from "../storage/d1/webhook-log.ts";
import { memberOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { forgetProject } from "./project-cache.ts";
import * as routes from "./routes-webhooks.ts";

/** Secrets belong into no cache on the way. */
const NO_STORE = { "cache-control": "no-store" } as const;
/** `sendBatch` takes a hundred. */
const MAX_WAKES = 100;
const ID_BYTES = 16;

export function addWebhookRoutes(app: OpenAPIHono<RouterEnv>): void {
  addEndpointRoutes(app);
  addChangeRoutes(app);
  addDeliveryRoutes(app);
}

function addEndpointRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.listWebhooks, async (c): Promise<Response> => {
    const page = await endpointsOf(c).list(memberOf(c).project, c.req.valid("query"));
    if (!page.ok) return fail(c, page.error);
    return c.json({ webhooks: page.value.endpoints.map(shown), cursor: page.value.cursor });
  });

  app.openapi(routes.createWebhook, async (c): Promise<Response> => {
    const { project } = memberOf(c);
    const asked = c.req.valid("json");
    const url = readUrl(c, asked.url);
    if (!url.ok) return fail(c, url.error);
    const [master] = c.get("config").secrets;
    if (master === undefined) return fail(c, NO_SECRETS);
    const id = `ep_${randomId()}`;
    const endpoint = { ...asked, url: url.value, id, project, secretMaster: master.id };
    const created = await endpointsOf(c).create(endpoint, Date.now());
    if (!created.ok) return fail(c, created.error);
    if (created.value === null)
      return fail(c, { tag: "conflict", reason: `A project has ${MAX_ENDPOINTS} endpoints at most.` });
    forgetProject(c.env, project);
    await auditLog(c, { action: "create-webhook", target: id, detail: { url: url.value, events: asked.events } });
    return await withSecret(c, created.value, 201);
  });

  app.openapi(routes.getWebhook, async (c): Promise<Response> => {
    const found = await find(c, c.req.valid("param").endpoint);
    return found.ok ? c.json(shown(found.value)) : fail(c, found.error);
  });
}

function addChangeRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.changeWebhook, async (c): Promise<Response> => {
    const { project } = memberOf(c);
    const id = c.req.valid("param").endpoint;
    const { url: text, events, description, isEnabled } = c.req.valid("json");
    const url = text === undefined ? ok(undefined) : readUrl(c, text);
    if (!url.ok) return fail(c, url.error);
    const changes = {
      ...(url.value !== undefined && { url: url.value }),
      ...(events !== undefined && { events }),
      ...(description !== undefined && { description }),
      ...(isEnabled !== undefined && { isEnabled }),
    };
    const updated = await endpointsOf(c).update(project, id, { changes, nowMs: Date.now() });
    if (!updated.ok) return fail(c, updated.error);
    if (updated.value === null) return fail(c, { tag: "no-route" });
    forgetProject(c.env, project);
    await auditLog(c, { action: "change-webhook", target: id, detail: changes });
    return c.json(shown(updated.value));
  });

  app.openapi(routes.deleteWebhook, async (c): Promise<Response> => {
    const { project } = memberOf(c);
    const id = c.req.valid("param").endpoint;
    const removed = await endpointsOf(c).remove(project, id);
    if (!removed.ok) return fail(c, removed.error);
    if (!removed.value) return fail(c, { tag: "no-route" });
    forgetProject(c.env, project);
    await auditLog(c, { action: "delete-webhook", target: id });
    return c.body(null, 204);
  });

  app.openapi(routes.rotateWebhook, async (c): Promise<Response> => {
    const id = c.req.valid("param").endpoint;
    const { overlapSeconds, force } = c.req.valid("json");
    const [master] = c.get("config").secrets;
    if (master === undefined) return fail(c, NO_SECRETS);
    const rotation = { master: master.id, overlapMs: overlapSeconds * 1_000, force, nowMs: Date.now() };
    const rotated = await endpointsOf(c).rotate(memberOf(c).project, id, rotation);
    if (!rotated.ok) {
      const { error } = rotated;
      return fail(c, error.tag === "rotation-overlap" ? overlapConflict(error.untilMs) : error);
    }
    if (rotated.value === null) return fail(c, { tag: "no-route" });
    const { secretVersion, previousUntilMs } = rotated.value;
    await auditLog(c, { action: "rotate-webhook", target: id, detail: { secretVersion, previousUntilMs, force } });
    return await withSecret(c, rotated.value, 200);
  });
}

function addDeliveryRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.listDeliveries, async (c): Promise<Response> => {
    const found = await find(c, c.req.valid("param").endpoint);
    if (!found.ok) return fail(c, found.error);
    const page = await listDeliveries(c.env.DB, found.value.number, c.req.valid("query"));
    return page.ok ? c.json(page.value) : fail(c, page.error);
  });

  app.openapi(routes.replayWebhook, async (c): Promise<Response> => {
    const id = c.req.valid("param").endpoint;
    const { from } = c.req.valid("query");
    const found = await find(c, id);
    if (!found.ok) return fail(c, found.error);
    if (found.value.disabledMs !== null) return fail(c, DISABLED);
    const since = /^\d{1,15}$/.test(from) ? { sinceMs: Number(from) } : { eventId: from };
    const replayed = await new WebhookEvents(c.env.DB).replay(found.value, since, Date.now());
    if (!replayed.ok) return fail(c, replayed.error);
    if (replayed.value === null) return fail(c, { tag: "bad-request", reason: "from: there is no such event." });
    const { events, next, lanes } = replayed.value;
    await wake(c, lanes);
    await auditLog(c, { action: "replay-webhook", target: id, detail: { from, events } });
    return c.json({ events, next }, 202);
  });

  app.openapi(routes.testWebhook, async (c): Promise<Response> => {
    const found = await find(c, c.req.valid("param").endpoint);
    if (!found.ok) return fail(c, found.error);
    if (found.value.disabledMs !== null) return fail(c, DISABLED);
    const { number, id, project } = found.value;
    const nowMs = Date.now();
    const event = {
      ...{ id: `msg_${randomId()}`, type: "webhook.test", subject: `${project}/webhook/${id}`, version: null },
      ...{ atMs: nowMs, data: { project, endpoint: id } },
    };
    const lanes = await new WebhookEvents(c.env.DB).recordFor(number, { project, event, nowMs });
    if (!lanes.ok) return fail(c, lanes.error);
    await wake(c, lanes.value);
    return c.json({ event: event.id }, 202);
  });
}

const NO_SECRETS: RouterError = { tag: "misconfigured", reason: "ROOST_SECRETS is not set: nothing can be signed." };
const DISABLED: RouterError = { tag: "conflict", reason: "The endpoint is disabled: enable it first." };

function overlapConflict(untilMs: number): RouterError {
  const until = new Date(untilMs).toISOString();
  const reason = `The secret of before signs as well until ${until}. Rotating now ends that; say force to do so.`;
  return { tag: "conflict", reason };
}

function endpointsOf(c: RouterContext): WebhookEndpoints {
  return new WebhookEndpoints(c.env.DB);
}

async function find(c: RouterContext, id: string): Promise<Result<WebhookEndpoint, RouterError>> {
  const found = await endpointsOf(c).find(memberOf(c).project, id);
  if (!found.ok) return found;
  return found.value === null ? err({ tag: "no-route" }) : ok(found.value);
}

function readUrl(c: RouterContext, text: string): Result<string, RouterError> {
  const url = checkWebhookUrl(text, c.get("config").webhookReach);
  return url.ok ? url : err({ tag: "bad-request", reason: `url: ${url.error.reason}` });
}

function shown(endpoint: WebhookEndpoint) {
  const { number: _number, project: _project, secretMaster: _master, previousMaster: _previous, ...rest } = endpoint;
  const isPaused = rest.pausedUntilMs > Date.now();
  return { ...rest, pausedUntilMs: isPaused ? rest.pausedUntilMs : null };
}

async function withSecret(c: RouterContext, endpoint: WebhookEndpoint, status: 200 | 201): Promise<Response> {
  const { id, secretVersion: version, secretMaster: master } = endpoint;
  const secret = await webhookSecret(c.get("config").secrets, { endpoint: id, version, master });
  if (secret === null) return fail(c, NO_SECRETS);
  return c.json({ ...shown(endpoint), secret }, status, NO_STORE);
}

/** Who is not woken now is found overdue. */
async function wake(c: RouterContext, lanes: readonly Lane[]): Promise<void> {
  for (let from = 0; from < lanes.length; from += MAX_WAKES) {
    const wakes = lanes
      .slice(from, from + MAX_WAKES)
      .map((lane) => ({ body: { v: 1, kind: "deliver", ...lane } as const }));
    try {
      await c.env.WEBHOOKS.sendBatch(wakes);
    } catch (error) {
      const line = { level: "error", event: "wake-failed", request: c.get("requestId"), reason: String(error) };
      return console.error(JSON.stringify(line));
    }
  }
}

/** 128 bits in 22 characters. */
function randomId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}
