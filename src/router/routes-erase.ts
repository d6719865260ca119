/**
 * Routes of erasures, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needs, needsOperator, needsServer } from "./access.ts";
import { accessFailures, bearerSecurity, memberSecurity, roomFailures } from "./routes.ts";
import { documentParams } from "./schemas.ts";
import * as schemas from "./schemas-erase.ts";
import { projectParams, userParams } from "./schemas-projects.ts";
import { PROBLEM, json } from "./route-parts.ts";

export const eraseUser = createRoute({
  method: "post",
  path: "/v1/users/{user}/erase",
  summary: "Forget a user: who wrote what they wrote, where they were, what was done to them",
  description:
    "What they wrote stays, and is nobody's. Their sockets close, and their seats in games go. Who is to stay out is revoked first. It takes two minutes at least; the answer is a receipt that says how far it has come.",
  security: bearerSecurity,
  middleware: [needsServer()] as const,
  request: {
    params: userParams,
    body: { required: true, content: { "application/json": { schema: schemas.eraseUserBody } } },
  },
  responses: { 202: json("It has begun", schemas.erasure), 413: PROBLEM, ...accessFailures },
});

export const eraseProject = createRoute({
  method: "delete",
  path: "/v1/projects/{project}",
  summary: "Erase a project: every room, every object, every row; its keys count no more within 30 s",
  description: "Its id is not given again. Asked again, the answer is the same receipt.",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { params: projectParams },
  responses: { 202: json("It has begun", schemas.erasure), 404: PROBLEM, 409: PROBLEM, ...accessFailures },
});

export const getErasure = createRoute({
  method: "get",
  path: "/v1/erasures/{id}",
  summary: "How far an erasure has come: the receipt",
  security: bearerSecurity,
  request: { params: schemas.erasureParams },
  responses: { 200: json("The receipt", schemas.erasure), 404: PROBLEM, ...accessFailures },
});

export const getDocumentErasure = createRoute({
  method: "get",
  path: "/v1/documents/{id}/erasure",
  summary: "How far the erasure of a document has come: the receipt",
  description:
    "Of one that was deleted. It answers for as long as the tombstone is there, which is for good; 404 for a document that is there.",
  security: memberSecurity,
  middleware: [needs("admin")] as const,
  request: { params: documentParams },
  responses: { 200: json("The receipt", schemas.documentErasure), ...roomFailures },
});
