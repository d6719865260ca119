/**
 * The real Worker, with the games of the tests beside those of the registry. `GET /probe` tells how often each room was made,
 * `/end?room=<id>` aborts one, `/deploy?shape=<version>` has later starts of rooms of `shape` run another version of it.
 * @module
 */
import type { Env } from "../../src/env.ts";
import { GAMES } from "../../src/games/registry.ts";
import worker from "../../src/index.ts";
import { GameRoom as GameObject } from "../../src/rooms/game-room.ts";
import { LobbyRoom as LobbyObject } from "../../src/rooms/lobby-room.ts";
import { projectsOf } from "../../src/router/project-cache.ts";
import { reauthenticate } from "../../src/router/reauthenticate.ts";
import { MIRROR_GAMES, SHAPES } from "./mirror-games.ts";
import { TRIAL_GAMES } from "./trial-games.ts";

export { DocumentRoom, PresenceRoom } from "../../src/index.ts";

const games = new Map([...GAMES, ...TRIAL_GAMES, ...MIRROR_GAMES]);
const ports = { reauthenticate, projectsOf, games };
const END_URL = "https://room/end";
// One isolate serves Worker and rooms here, so module state is shared; a kill clears it.
const wakes: Record<string, number> = {};

export class GameRoom extends GameObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ports);
    wakes[ctx.id.name ?? ""] = (wakes[ctx.id.name ?? ""] ?? 0) + 1;
  }

  /** As where its machine is needed for something else, whatever it does at the moment. */
  override async fetch(request: Request): Promise<Response> {
    if (request.url === END_URL) this.ctx.abort("ended by a test");
    return await super.fetch(request);
  }
}

export class LobbyRoom extends LobbyObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ports);
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/probe") return Response.json(wakes);
    if (pathname === "/end") return await endRoom(env, searchParams.get("room") ?? "");
    if (pathname === "/deploy") return deploy(Number(searchParams.get("shape")));
    return await worker.fetch(request, env, ctx);
  },
  async queue(batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> {
    await worker.queue(batch, env, ctx);
  },
};

function deploy(version: number): Response {
  const shape = SHAPES.get(version);
  if (shape !== undefined) games.set("shape", shape);
  return new Response(null, { status: shape === undefined ? 404 : 204 });
}

async function endRoom(env: Env, id: string): Promise<Response> {
  const room = env.GAME_ROOM.getByName(`default/game/${id}`);
  return await room.fetch(END_URL).catch((error: unknown) => new Response(String(error)));
}
