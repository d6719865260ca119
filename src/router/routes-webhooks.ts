/**
 * Routes of webhooks, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needsProjectAdmin } from "./access.ts";
import { accessFailures, memberSecurity } from "./routes.ts";
import * as schemas from "./schemas-webhooks.ts";
import { PROBLEM, body, json } from "./route-parts.ts";

/** Of routes that are about one endpoint. */
const failures = { 404: PROBLEM, ...accessFailures } as const;

const params = { params: schemas.webhookParams };

export const listWebhooks = createRoute({
  method: "get",
  path: "/v1/webhooks",
  summary: "The project's endpoints, newest first",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: { query: schemas.webhooksQuery },
  responses: { 200: json("A page", schemas.webhookPage), ...accessFailures },
});

export const createWebhook = createRoute({
  method: "post",
  path: "/v1/webhooks",
  summary: "Send events to an address; what rooms tell of counts within 30 s",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: { body: body(schemas.createWebhookBody) },
  responses: { 201: json("The endpoint", schemas.webhookWithSecret), 409: PROBLEM, 413: PROBLEM, ...accessFailures },
});

export const getWebhook = createRoute({
  method: "get",
  path: "/v1/webhooks/{endpoint}",
  summary: "One endpoint, and how it is doing",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: params,
  responses: { 200: json("The endpoint", schemas.webhook), ...failures },
});

export const changeWebhook = createRoute({
  method: "patch",
  path: "/v1/webhooks/{endpoint}",
  summary: "Change its address, events or description; disable or enable it",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: { ...params, body: body(schemas.changeWebhookBody) },
  responses: { 200: json("The endpoint as it is now", schemas.webhook), 413: PROBLEM, ...failures },
});

export const deleteWebhook = createRoute({
  method: "delete",
  path: "/v1/webhooks/{endpoint}",
  summary: "Remove it, with its log",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: params,
  responses: { 204: { description: "It is gone" }, ...failures },
});

export const rotateWebhook = createRoute({
  method: "post",
  path: "/v1/webhooks/{endpoint}/rotate",
  summary:
    "A new secret; that of before signs as well until the overlap ends, and none is made meanwhile unless forced",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: { ...params, body: body(schemas.rotateWebhookBody) },
  responses: { 200: json("With its new secret", schemas.webhookWithSecret), 409: PROBLEM, 413: PROBLEM, ...failures },
});

export const listDeliveries = createRoute({
  method: "get",
  path: "/v1/webhooks/{endpoint}/deliveries",
  summary: "What became of each event of the last 30 days, newest first",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: { ...params, query: schemas.deliveriesQuery },
  responses: { 200: json("A page", schemas.deliveryPage), ...failures },
});

export const replayWebhook = createRoute({
  method: "post",
  path: "/v1/webhooks/{endpoint}/replay",
  summary: "Deliver again what happened since, in order",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: { ...params, query: schemas.replayQuery },
  responses: { 202: json("On its way", schemas.replayResult), 409: PROBLEM, ...failures },
});

export const testWebhook = createRoute({
  method: "post",
  path: "/v1/webhooks/{endpoint}/test",
  summary: "Deliver an event of type `webhook.test`, whatever the endpoint's filter",
  security: memberSecurity,
  middleware: [needsProjectAdmin()] as const,
  request: params,
  responses: { 202: json("On its way", schemas.testResult), 409: PROBLEM, ...failures },
});
