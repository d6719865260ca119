/**
 * Routes of projects, tokens, users and the audit log, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needsOperator, needsServer } from "./access.ts";
import { accessFailures, bearerSecurity } from "./routes.ts";
import * as schemas from "./schemas-projects.ts";
import { PROBLEM, body, json } from "./route-parts.ts";

/** Of routes that take a body. */
const failures = { 413: PROBLEM, ...accessFailures } as const;

export const listProjects = createRoute({
  method: "get",
  path: "/v1/projects",
  summary: "Projects, newest first",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { query: schemas.projectsQuery },
  responses: { 200: json("A page", schemas.projectPage), ...accessFailures },
});

export const createProject = createRoute({
  method: "post",
  path: "/v1/projects",
  summary: "A new project and its keys",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { body: body(schemas.createProjectBody) },
  responses: { 201: json("The project", schemas.projectWithKeys), 409: PROBLEM, ...failures },
});

export const getProject = createRoute({
  method: "get",
  path: "/v1/projects/{project}",
  summary: "One project",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { params: schemas.projectParams },
  responses: { 200: json("The project", schemas.project), 404: PROBLEM, ...accessFailures },
});

export const changeProject = createRoute({
  method: "patch",
  path: "/v1/projects/{project}",
  summary: "Change its name, origins, JWKS URL, issuer, limits or access; counts everywhere within 30 s",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { params: schemas.projectParams, body: body(schemas.changeProjectBody) },
  responses: { 200: json("The project as it is now", schemas.project), 404: PROBLEM, ...failures },
});

export const getKeys = createRoute({
  method: "get",
  path: "/v1/projects/{project}/keys",
  summary: "Its keys, which are derived and stored nowhere",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { params: schemas.projectParams },
  responses: { 200: json("The newest keys", schemas.projectKeys), 404: PROBLEM, ...accessFailures },
});

export const rotateProject = createRoute({
  method: "post",
  path: "/v1/projects/{project}/rotate",
  summary: "New keys, which count everywhere within 30 s; those of before until the overlap ends",
  security: bearerSecurity,
  middleware: [needsOperator()] as const,
  request: { params: schemas.projectParams, body: body(schemas.rotateBody) },
  responses: { 200: json("The newest keys", schemas.projectKeys), 404: PROBLEM, 409: PROBLEM, ...failures },
});

export const mintToken = createRoute({
  method: "post",
  path: "/v1/tokens",
  summary: "A token for one person",
  security: bearerSecurity,
  middleware: [needsServer()] as const,
  request: { body: body(schemas.mintBody) },
  responses: { 201: json("The token", schemas.minted), ...failures },
});

export const revokeUser = createRoute({
  method: "post",
  path: "/v1/users/{user}/revoke",
  summary: "Refuse a user everywhere until a time, and close their sockets in every room",
  security: bearerSecurity,
  middleware: [needsServer()] as const,
  request: { params: schemas.userParams, body: body(schemas.revokeBody) },
  responses: { 200: json("What was done", schemas.revoked), 409: PROBLEM, ...failures },
});

export const listAudit = createRoute({
  method: "get",
  path: "/v1/audit",
  summary: "Who did what administrative thing, newest first: a secret key sees its project, the operator all",
  security: bearerSecurity,
  request: { query: schemas.auditQuery },
  responses: { 200: json("A page", schemas.auditPage), ...accessFailures },
});
