/**
 * Routes of forks and merges, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { memberSecurity, readFailures } from "./routes.ts";
import { documentParams } from "./schemas.ts";
import * as schemas from "./schemas-versions.ts";
import { PROBLEM } from "./route-parts.ts";

export const forkDocument = createRoute({
  method: "post",
  path: "/v1/documents/{id}/fork",
  summary: "Begin a new document with this one, or one of its versions",
  description:
    "It needs `write` on the new document too. Both go on by themselves; `merge` brings one's edits to the other.",
  security: memberSecurity,
  middleware: [needs("history")] as const,
  request: {
    params: documentParams,
    query: schemas.plainQuery,
    body: { required: true, content: { "application/json": { schema: schemas.forkBody } } },
  },
  responses: {
    201: { description: "It is there", content: { "application/json": { schema: schemas.forkResult } } },
    409: PROBLEM,
    413: PROBLEM,
    ...readFailures,
  },
});

export const mergeDocument = createRoute({
  method: "post",
  path: "/v1/documents/{id}/merge",
  summary: "Bring a fork's edits here, or say what they would change",
  description:
    "It needs `read` on the fork too; a preview needs `history` here. Either may be the fork, at any depth, or both of a third. 409 where the two share no history, which would put all of the one beside all of the other; `unrelated` insists.",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: {
    params: documentParams,
    query: schemas.plainQuery,
    body: { required: true, content: { "application/json": { schema: schemas.mergeBody } } },
  },
  responses: {
    200: { description: "Durable, or the preview", content: { "application/json": { schema: schemas.mergeResult } } },
    409: PROBLEM,
    413: PROBLEM,
    ...readFailures,
  },
});
