/**
 * Routes about who wrote what, and when, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { memberSecurity, readFailures } from "./routes.ts";
import { documentParams } from "./schemas.ts";
import * as schemas from "./schemas-history.ts";
import { PROBLEM, json } from "./route-parts.ts";

export const getBlame = createRoute({
  method: "get",
  path: "/v1/documents/{id}/blame",
  summary: "Who wrote what is there now, and when",
  description:
    "Kept through compaction and restores of versions. What is older than Roost's record of it goes by the first sender of its Yjs client id, without a time.",
  security: memberSecurity,
  middleware: [needs("history")] as const,
  request: { params: documentParams, query: schemas.blameQuery },
  responses: { 200: json("Whose it is", schemas.blame), 413: PROBLEM, ...readFailures },
});

export const getActivity = createRoute({
  method: "get",
  path: "/v1/documents/{id}/activity",
  summary: "Who did how much, by interval",
  description:
    "Oldest first. It says who brought what here: what a restore copies counts as the restorer's and what a merge brings as the merger's, at that moment. Whose it is by origin, `blame` says. 413 where so much was written in the range that it has to be asked for in pieces.",
  security: memberSecurity,
  middleware: [needs("history")] as const,
  request: { params: documentParams, query: schemas.activityQuery },
  responses: { 200: json("What everybody did", schemas.activity), 413: PROBLEM, ...readFailures },
});

export const getHistory = createRoute({
  method: "get",
  path: "/v1/documents/{id}/history",
  summary: "The document's past, step by step, for playback",
  description:
    "The first page begins with the document as it was before its first step. A page has at most 1,000 steps and 1 MB, or one larger step.",
  security: memberSecurity,
  middleware: [needs("history")] as const,
  request: { params: documentParams, query: schemas.historyQuery },
  responses: { 200: json("A page", schemas.history), 413: PROBLEM, ...readFailures },
});
