/**
 * Routes of presence rooms, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { memberSecurity, readFailures, socketFailures } from "./routes.ts";
import * as schemas from "./schemas-presence.ts";
import { json } from "./route-parts.ts";

export const connectPresence = createRoute({
  method: "get",
  path: "/v1/presence/{id}/connect",
  summary: "WebSocket with the sub-protocol roost.presence.v1",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.presenceParams },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export const getPeople = createRoute({
  method: "get",
  path: "/v1/presence/{id}",
  summary: "Who is in a room",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.presenceParams },
  responses: { 200: json("Who is there", schemas.peopleHere), ...readFailures },
});

export const countPeople = createRoute({
  method: "get",
  path: "/v1/presence/{id}/count",
  summary: "How many are in a room, at most 10 s ago; for pages that want no socket",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.presenceParams },
  responses: { 200: json("How many are there", schemas.peopleCounts), ...readFailures },
});
