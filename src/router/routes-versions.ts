/**
 * Routes of a document's versions, as OpenAPI knows them.
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { memberSecurity, readFailures } from "./routes.ts";
import { documentParams } from "./schemas.ts";
import * as schemas from "./schemas-versions.ts";
import { PROBLEM, body, json } from "./route-parts.ts";

const VERSIONS = "/v1/documents/{id}/versions";
const VERSION = "/v1/documents/{id}/versions/{version}";

const bytes = { schema: z.string().openapi({ format: "binary" }) };

export const listVersions = createRoute({
  method: "get",
  path: VERSIONS,
  summary: "List versions, newest first",
  description:
    "Automatic versions are thinned out as they grow old: the last of each hour stays for a day, of each day for a month, of each month after that. Named, pinned and restored ones stay.",
  security: memberSecurity,
  middleware: [needs("history")] as const,
  request: { params: documentParams, query: schemas.versionsQuery },
  responses: { 200: json("A page", schemas.versionPage), ...readFailures },
});

export const createVersion = createRoute({
  method: "post",
  path: VERSIONS,
  summary: "Keep what is there now as a version with a name",
  description: "Answered when it is stored. The same content again is the same version, by the newer name.",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: { params: documentParams, query: schemas.plainQuery, body: body(schemas.versionBody) },
  responses: { 201: json("Kept", schemas.versionEntry), 413: PROBLEM, 422: PROBLEM, ...readFailures },
});

export const readVersion = createRoute({
  method: "get",
  path: VERSION,
  summary: "The document as it was",
  security: memberSecurity,
  middleware: [needs("history")] as const,
  request: { params: schemas.versionParams, query: schemas.versionQuery },
  responses: {
    200: {
      description: "Its content; it never changes",
      headers: z.object({ etag: z.string() }),
      content: {
        "application/json": { schema: z.record(z.string(), z.unknown()) },
        "application/octet-stream": bytes,
        "text/plain": { schema: z.string() },
        "text/markdown": { schema: z.string() },
        "text/html": { schema: z.string() },
      },
    },
    413: PROBLEM,
    ...readFailures,
  },
});

export const changeVersion = createRoute({
  method: "patch",
  path: VERSION,
  summary: "Name a version, or pin it",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: { params: schemas.versionParams, query: schemas.plainQuery, body: body(schemas.versionChange) },
  responses: { 200: json("As it is now", schemas.versionEntry), 413: PROBLEM, ...readFailures },
});

export const deleteVersion = createRoute({
  method: "delete",
  path: VERSION,
  summary: "Delete a version for good",
  security: memberSecurity,
  middleware: [needs("admin")] as const,
  request: { params: schemas.versionParams, query: schemas.plainQuery },
  responses: { 204: { description: "Gone, now or before" }, ...readFailures },
});

export const restoreVersion = createRoute({
  method: "post",
  path: `${VERSION}/restore`,
  summary: "Make the document what it was, as an edit that everybody sees",
  description:
    "What is there now is kept as a version of kind `restored`, `before` in the answer, and listed with it: restoring it takes the restore back. Where nothing changes no version is kept. Whoever was offline merges with what is restored.",
  security: memberSecurity,
  middleware: [needs("write", "history")] as const,
  request: { params: schemas.versionParams, query: schemas.plainQuery },
  responses: { 200: json("Durable", schemas.restoreResult), 413: PROBLEM, 422: PROBLEM, ...readFailures },
});

export const diffVersions = createRoute({
  method: "get",
  path: "/v1/documents/{id}/diff",
  summary: "What differs between two versions, and whose it is",
  description:
    "What is new has its author. What is gone has none: Yjs keeps that something was deleted, not by whom; `history` has the updates that did it, by their senders. `Accept: text/plain` answers its text alone.",
  security: memberSecurity,
  middleware: [needs("history")] as const,
  request: { params: documentParams, query: schemas.diffQuery },
  responses: {
    200: {
      description: "The difference",
      content: { "application/json": { schema: schemas.documentDiff }, "text/plain": { schema: z.string() } },
    },
    413: PROBLEM,
    ...readFailures,
  },
});
