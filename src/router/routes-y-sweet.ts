/**
 * Routes of Y-Sweet's clients and SDK, as OpenAPI knows them.
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { needs, needsEverywhere, needsServer } from "./access.ts";
import {
  accessFailures,
  bearerSecurity,
  memberSecurity,
  readFailures,
  roomFailures,
  socketFailures,
} from "./routes.ts";
import * as schemas from "./schemas-y-sweet.ts";
import { PROBLEM, json } from "./route-parts.ts";

const bytes = { schema: z.string().openapi({ format: "binary" }) };
const binary = (description: string) => ({ description, content: { "application/octet-stream": bytes } });

export const ready = createRoute({
  method: "get",
  path: "/ready",
  summary: "The Worker runs (Y-Sweet)",
  responses: { 200: json("It does", schemas.ready), 503: PROBLEM, default: PROBLEM },
});

export const checkStore = createRoute({
  method: "post",
  path: "/check_store",
  summary: "Whether snapshots can be stored (Y-Sweet)",
  security: bearerSecurity,
  middleware: [needsServer()] as const,
  responses: { 200: json("Whether they can", schemas.storeState), ...accessFailures },
});

export const newDocument = createRoute({
  method: "post",
  path: "/doc/new",
  summary: "A document, new or there already (Y-Sweet)",
  security: bearerSecurity,
  middleware: [needsEverywhere("write")] as const,
  request: { body: { content: { "application/json": { schema: schemas.newDocumentBody } } } },
  responses: {
    200: json("It is there", schemas.newDocument),
    410: PROBLEM,
    413: PROBLEM,
    423: PROBLEM,
    ...accessFailures,
  },
});

/** Paths with an id that may hold slashes are more than `{id}` can say: they are registered by hand. */
export const SLASHES = {
  auth: "/doc/:id{.+}/auth",
  // One parameter: `:id{.+}` in front of `/ws` is cut at the last segment that only begins with that.
  socket: "/d/:id{.+/ws/.+}",
  content: "/d/:id{.+}/as-update",
  update: "/d/:id{.+}/update",
} as const;

export const auth = createRoute({
  method: "post",
  path: "/doc/{id}/auth",
  summary: "A token for one document, and where its client connects (Y-Sweet)",
  security: bearerSecurity,
  middleware: [needs("admin")] as const,
  request: { params: schemas.documentParams, body: { content: { "application/json": { schema: schemas.authBody } } } },
  responses: { 200: json("The token", schemas.clientToken), 413: PROBLEM, ...roomFailures },
});

export const connect = createRoute({
  method: "get",
  path: "/d/{id}/ws/{same}",
  summary: "WebSocket of Y-Sweet's provider; the id may hold slashes",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.socketParams },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export const getContent = createRoute({
  method: "get",
  path: "/d/{id}/as-update",
  summary: "The whole document as a Yjs update (Y-Sweet)",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 200: binary("Yjs V1"), 413: PROBLEM, ...readFailures },
});

export const postUpdate = createRoute({
  method: "post",
  path: "/d/{id}/update",
  summary: "Apply a Yjs update (V1); answered when it is durable (Y-Sweet)",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: {
    params: schemas.documentParams,
    body: { required: true, content: { "application/octet-stream": bytes } },
  },
  responses: {
    200: { description: "Durable" },
    409: PROBLEM,
    413: PROBLEM,
    415: PROBLEM,
    423: PROBLEM,
    ...roomFailures,
  },
});
