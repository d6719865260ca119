/**
 * Games: seats, sockets, the rooms that there are, and how one of them is.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { latencySocket } from "./games-latency.ts";
import { matchmake } from "./games-matchmake.ts";
import { parseOptions } from "./games-options.ts";
import { connectGame, connectLobby } from "./games-sockets.ts";
import { gameRoom, lobbyRoom } from "./room-client.ts";
import { ok } from "../protocol/result.ts";
import * as routes from "./routes-games.ts";

export function addGameRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.matchmake, async (c): Promise<Response> => {
    const { method, target } = c.req.valid("param");
    const options = parseOptions(c.req.valid("json"));
    if (!options.ok) return fail(c, options.error);
    const seat = await matchmake(c, { method, target, options: options.value });
    return seat.ok ? c.json(seat.value, 200) : fail(c, seat.error);
  });

  app.openapi(routes.connectGame, async (c): Promise<Response> => await connectGame(c));
  app.openapi(routes.connectLobby, async (c): Promise<Response> => await connectLobby(c));

  app.openapi(routes.latency, async (c: RouterContext): Promise<Response> => {
    const webSocket = latencySocket();
    if (webSocket === undefined) return fail(c, { tag: "overloaded" });
    return new Response(null, { status: 101, webSocket });
  });

  app.openapi(routes.listRooms, async (c): Promise<Response> => {
    const { limit } = c.req.valid("query");
    const { project, id } = c.get("room");
    const listed = await lobbyRoom(c.env, project, id).call(async (lobby) => ok(await lobby.listRooms(limit)));
    if (!listed.ok) return fail(c, listed.error);
    if (listed.value.ok) return c.json(listed.value.value, 200);
    const { tag, reason } = listed.value.error;
    return fail(c, { tag: "game-refused", refusal: tag, reason });
  });

  app.openapi(routes.describeGame, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const described = await gameRoom(c.env, project, id).call((room) => room.describeGame());
    return described.ok ? c.json(described.value, 200) : fail(c, described.error);
  });
}
