/**
 * Every route as OpenAPI knows it. A handler is registered with its entry here; a test fails on one that has none.
 * @module
 */
import { type OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import type { RouterEnv } from "./context.ts";
import { needs, needsEverywhere, needsOperator } from "./access.ts";
import * as rooms from "./schemas-rooms.ts";
import * as schemas from "./schemas.ts";
import { PROBLEM, json } from "./route-parts.ts";

const failures = { 503: PROBLEM, default: PROBLEM } as const;
/** What any route says that asks who you are. */
export const accessFailures = {
  400: PROBLEM,
  401: PROBLEM,
  403: PROBLEM,
  429: PROBLEM,
  431: PROBLEM,
  ...failures,
} as const;
/** And one that is about a room. */
export const roomFailures = { 404: PROBLEM, 410: PROBLEM, ...accessFailures } as const;
/** And one that reads: a closed room is read by administrators alone. */
export const readFailures = { 423: PROBLEM, ...roomFailures } as const;
/** And one that opens a socket. */
export const socketFailures = { 426: PROBLEM, ...readFailures } as const;

/** What the routes refer to: problems, and the ways to say who you are. */
export function describeComponents(app: OpenAPIHono<RouterEnv>): void {
  app.openAPIRegistry.registerComponent("responses", "Problem", {
    description: "What went wrong (RFC 9457).",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  });
  app.openAPIRegistry.register("Problem", schemas.problemBody);
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description:
      "A token (JWT), a project's key (`sk_…`, `pk_…`) or the operator's secret. A WebSocket may offer a token or key as the sub-protocol `roost.token.<it>` instead.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "apiKey",
    in: "query",
    name: "token",
    description: "A token, for clients that can set neither headers nor sub-protocols.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "apiKey",
    in: "query",
    name: "key",
    description: "A publishable key (`pk_…`); a secret one is refused here.",
  });
}

/** Any of the ways of somebody of a project. Open mode asks nobody. */
export const memberSecurity = [{ bearer: [] }, { token: [] }, { key: [] }];
/** Back ends and the operator have headers. */
export const bearerSecurity = [{ bearer: [] }];

const bytes = { schema: z.string().openapi({ format: "binary" }) };

export const healthz = createRoute({
  method: "get",
  path: "/healthz",
  summary: "The Worker runs and its configuration is valid",
  responses: { 200: { description: "ok", content: { "text/plain": { schema: z.string() } } }, ...failures },
});

export const openapi = createRoute({
  method: "get",
  path: "/v1/openapi.json",
  summary: "This document",
  responses: { 200: json("OpenAPI 3.1", z.record(z.string(), z.unknown())), ...failures },
});

export const metrics = createRoute({
  method: "get",
  path: "/v1/metrics",
  summary: "Counters of one isolate in Prometheus' text format",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  responses: { 200: { description: "Metrics", content: { "text/plain": { schema: z.string() } } }, ...accessFailures },
});

export const listDocuments = createRoute({
  method: "get",
  path: "/v1/documents",
  summary: "List and search documents, newest change first or by id",
  security: memberSecurity,
  middleware: [needsEverywhere("read")] as const,
  request: { query: schemas.documentsQuery },
  responses: { 200: json("A page", schemas.documentPage), ...accessFailures },
});

export const getDocument = createRoute({
  method: "get",
  path: "/v1/documents/{id}",
  summary: "Summary, versions, who is connected, health",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 200: json("The document", schemas.documentDetails), ...readFailures },
});

export const deleteDocument = createRoute({
  method: "delete",
  path: "/v1/documents/{id}",
  summary: "Erase the document everywhere, close its sockets, leave a tombstone",
  description: "Its room is empty with the answer; the receipt, `…/erasure`, says when storage and index are too.",
  security: memberSecurity,
  middleware: [needs("admin")] as const,
  request: { params: schemas.documentParams },
  responses: { 204: { description: "Erased, now or before" }, ...roomFailures },
});

export const getContent = createRoute({
  method: "get",
  path: "/v1/documents/{id}/content",
  summary: "The whole document; its ETag is its version",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams, query: schemas.contentQuery },
  responses: {
    200: {
      description: "The content",
      headers: z.object({ etag: z.string() }),
      content: {
        "application/octet-stream": bytes,
        "application/json": { schema: z.record(z.string(), z.unknown()) },
        "text/plain": { schema: z.string() },
        "text/markdown": { schema: z.string() },
        "text/html": { schema: z.string() },
      },
    },
    304: { description: "`If-None-Match` names this version" },
    413: PROBLEM,
    422: PROBLEM,
    ...readFailures,
  },
});

export const postUpdate = createRoute({
  method: "post",
  path: "/v1/documents/{id}/updates",
  summary: "Apply a Yjs update (V1); answered when it is durable",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: {
    params: schemas.documentParams,
    body: { required: true, content: { "application/octet-stream": bytes } },
  },
  responses: {
    200: json("Durable", schemas.updateResult),
    409: PROBLEM,
    413: PROBLEM,
    415: PROBLEM,
    423: PROBLEM,
    ...roomFailures,
  },
});

export const connectDocument = createRoute({
  method: "get",
  path: "/v1/documents/{id}/connect",
  summary: "WebSocket with the sub-protocol roost.v1",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export const listDeadLetters = createRoute({
  method: "get",
  path: "/v1/dead-letters",
  summary: "Messages that could not be worked off, newest first",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { query: schemas.deadLettersQuery },
  responses: { 200: json("A page", schemas.deadLetterPage), ...accessFailures },
});

export const replayDeadLetter = createRoute({
  method: "post",
  path: "/v1/dead-letters/{id}/replay",
  summary: "Put a dead letter back on the queue",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { params: schemas.deadLetterParams },
  responses: { 202: json("It is on the queue", schemas.replayed), 404: PROBLEM, 409: PROBLEM, ...accessFailures },
});

export const reindex = createRoute({
  method: "post",
  path: "/v1/admin/reindex",
  summary: "Rebuild search from the snapshots in R2, a page at a time",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { body: { required: true, content: { "application/json": { schema: schemas.reindexBody } } } },
  responses: { 200: json("What this page did", schemas.reindexResult), 413: PROBLEM, ...accessFailures },
});

export const kick = createRoute({
  method: "post",
  path: "/v1/rooms/{kind}/{id}/kick",
  summary: "Close the sockets of a user, or one; who comes back is judged anew",
  description:
    "Each client is told why. Roost's own, y-websocket 3.1, Colyseus' SDK, and Hocuspocus' providers that show their token in the " +
    "socket, stay out until their page opens them again. All others (y-websocket 1.5, 2.1 and 4, YProvider, Y-Sweet) come back by " +
    "themselves, and are let in where a token still lets them: to keep somebody out, revoke the user, or lock the room.",
  security: memberSecurity,
  middleware: [needs("admin")] as const,
  request: {
    params: rooms.roomParams,
    body: { required: true, content: { "application/json": { schema: rooms.kickBody } } },
  },
  responses: { 200: json("Who was there is out", rooms.kickResult), 413: PROBLEM, ...roomFailures },
});

export const lock = createRoute({
  method: "post",
  path: "/v1/rooms/{kind}/{id}/lock",
  summary: "Let nobody write, or nobody in, but administrators; until it is opened again",
  security: memberSecurity,
  middleware: [needs("admin")] as const,
  request: {
    params: rooms.roomParams,
    body: { required: true, content: { "application/json": { schema: rooms.lockBody } } },
  },
  responses: { 200: json("It is so from now on", rooms.lockBody), 413: PROBLEM, ...roomFailures },
});
