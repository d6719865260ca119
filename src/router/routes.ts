/**
 * Every route as OpenAPI knows it. A handler is registered with its entry here; a test fails on one that has none.
 * @module
 */
import { type OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import type { RouterEnv } from "./context.ts";
import { needs } from "./access.ts";
import * as schemas from "./schemas.ts";

const PROBLEM = { $ref: "#/components/responses/Problem" } as const;
/** Any failure. References, so that a handler may answer with a Response that is made elsewhere. */
const failures = { 503: PROBLEM, default: PROBLEM } as const;

const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});

/** What {@link failures} refers to. */
export function describeProblems(app: OpenAPIHono<RouterEnv>): void {
  app.openAPIRegistry.registerComponent("responses", "Problem", {
    description: "What went wrong (RFC 9457).",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  });
  app.openAPIRegistry.register("Problem", schemas.problemBody);
}

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
  middleware: [needs("admin")] as const,
  responses: { 200: { description: "Metrics", content: { "text/plain": { schema: z.string() } } }, ...failures },
});

export const listDocuments = createRoute({
  method: "get",
  path: "/v1/documents",
  summary: "List and search documents, newest change first",
  middleware: [needs("read")] as const,
  request: { query: schemas.documentsQuery },
  responses: { 200: json("A page", schemas.documentPage), ...failures },
});

export const getDocument = createRoute({
  method: "get",
  path: "/v1/documents/{id}",
  summary: "Summary, versions, who is connected, health",
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 200: json("The document", schemas.documentDetails), ...failures },
});

export const deleteDocument = createRoute({
  method: "delete",
  path: "/v1/documents/{id}",
  summary: "Erase the document everywhere, close its sockets, leave a tombstone",
  middleware: [needs("admin")] as const,
  request: { params: schemas.documentParams },
  responses: { 204: { description: "Erased, now or before" }, ...failures },
});

export const getContent = createRoute({
  method: "get",
  path: "/v1/documents/{id}/content",
  summary: "The whole document; its ETag is its version",
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
      },
    },
    304: { description: "`If-None-Match` names this version" },
    ...failures,
  },
});

export const postUpdate = createRoute({
  method: "post",
  path: "/v1/documents/{id}/updates",
  summary: "Apply a Yjs update (V1); answered when it is durable",
  middleware: [needs("write")] as const,
  request: {
    params: schemas.documentParams,
    body: { required: true, content: { "application/octet-stream": bytes } },
  },
  responses: { 200: json("Durable", schemas.updateResult), ...failures },
});

export const connectDocument = createRoute({
  method: "get",
  path: "/v1/documents/{id}/connect",
  summary: "WebSocket with the sub-protocol roost.v1",
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 101: { description: "The socket is open" }, ...failures },
});

export const connectYjs = createRoute({
  method: "get",
  path: "/yjs/{id}",
  summary: "WebSocket of stock Yjs providers (y-websocket); the id is the rest of the path and may hold slashes",
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 101: { description: "The socket is open" }, ...failures },
});

export const listDeadLetters = createRoute({
  method: "get",
  path: "/v1/dead-letters",
  summary: "Messages that could not be worked off, newest first",
  middleware: [needs("admin")] as const,
  request: { query: schemas.deadLettersQuery },
  responses: { 200: json("A page", schemas.deadLetterPage), ...failures },
});

export const replayDeadLetter = createRoute({
  method: "post",
  path: "/v1/dead-letters/{id}/replay",
  summary: "Put a dead letter back on the queue",
  middleware: [needs("admin")] as const,
  request: { params: schemas.deadLetterParams },
  responses: { 202: json("It is on the queue", schemas.replayed), ...failures },
});

export const reindex = createRoute({
  method: "post",
  path: "/v1/admin/reindex",
  summary: "Rebuild search from the snapshots in R2, a page at a time",
  middleware: [needs("admin")] as const,
  request: { body: { required: true, content: { "application/json": { schema: schemas.reindexBody } } } },
  responses: { 200: json("What this page did", schemas.reindexResult), ...failures },
});
