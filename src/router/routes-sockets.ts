/**
 * Sockets of stock providers, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { memberSecurity, socketFailures } from "./routes.ts";
import * as schemas from "./schemas.ts";

const REFUSED = "A refusal of access is said in the socket, in the words of its family.";

export const connectYjs = createRoute({
  method: "get",
  path: "/yjs/{id}",
  summary: "WebSocket of y-websocket; the id is the rest of the path and may hold slashes",
  description: REFUSED,
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export const connectParty = createRoute({
  method: "get",
  path: "/parties/document/{id}",
  summary: "WebSocket of YProvider (y-partyserver); the id is the rest of the path and may hold slashes",
  description: REFUSED,
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export const connectHocuspocus = createRoute({
  method: "get",
  path: "/hocuspocus/{id}",
  summary: "WebSocket of a Hocuspocus provider for one document; the id is the rest of the path and may hold slashes",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.documentParams },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});
