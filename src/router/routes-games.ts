/**
 * Routes of games, as OpenAPI knows them.
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { needsRoomOfGame } from "./games-access.ts";
import { needsMatchmaking } from "./games-matchmake.ts";
import { accessFailures, memberSecurity, roomFailures, socketFailures } from "./routes.ts";
import * as schemas from "./schemas-games.ts";
import { PROBLEM, json } from "./route-parts.ts";

const SDK = "As Colyseus' SDK asks. A refusal has `code` and `message` beside the members of a problem.";

export const matchmake = createRoute({
  method: "post",
  path: "/matchmake/{method}/{target}",
  summary: "A seat in a room of a game",
  description: SDK,
  security: memberSecurity,
  middleware: [needsMatchmaking] as const,
  request: {
    params: schemas.matchmakingParams,
    body: { content: { "application/json": { schema: schemas.matchmakingOptions } } },
  },
  responses: {
    200: json("The seat", schemas.seat),
    409: PROBLEM,
    413: PROBLEM,
    423: PROBLEM,
    ...roomFailures,
  },
});

export const connectGame = createRoute({
  method: "get",
  path: "/games/{id}",
  summary: "WebSocket of a seat (Colyseus 0.18)",
  description: "A refusal is said in the socket. A token may stand in `_authToken`.",
  security: memberSecurity,
  middleware: [needsRoomOfGame("read")] as const,
  request: { params: schemas.roomParams, query: schemas.socketQuery },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export const connectLobby = createRoute({
  method: "get",
  path: "/lobby/{game}",
  summary: "WebSocket of the live list of a game's rooms (Colyseus 0.18)",
  description: "A refusal is said in the socket. A token may stand in `_authToken`.",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.gameParams, query: schemas.socketQuery },
  responses: { 101: { description: "The socket is open" }, ...socketFailures },
});

export const latency = createRoute({
  method: "get",
  path: "/",
  summary: "WebSocket that answers pings of Colyseus' SDK; the start page where it is no socket",
  responses: {
    101: { description: "The socket is open" },
    200: { description: "The start page", content: { "text/html": { schema: z.string() } } },
    429: PROBLEM,
    503: PROBLEM,
    default: PROBLEM,
  },
});

export const listRooms = createRoute({
  method: "get",
  path: "/v1/games/{game}/rooms",
  summary: "Public rooms of a game, fullest first",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.gameParams, query: schemas.listQuery },
  responses: { 200: json("The rooms", schemas.listedRooms), 404: PROBLEM, ...accessFailures },
});

export const describeGame = createRoute({
  method: "get",
  path: "/v1/games/rooms/{id}",
  summary: "Clock, players, exceptions and counts of a room",
  security: memberSecurity,
  middleware: [needsRoomOfGame("admin")] as const,
  request: { params: schemas.roomParams },
  responses: { 200: json("The room", schemas.gameDescription), ...roomFailures },
});
