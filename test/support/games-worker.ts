/**
 * The real Worker, with the games of the tests beside those of the registry. `GET /probe` tells how often each room was made.
 * @module
 */
import type { Env } from "../../src/env.ts";
import { GAMES } from "../../src/games/registry.ts";
import worker from "../../src/index.ts";
import { GameRoom as GameObject } from "../../src/rooms/game-room.ts";
import { LobbyRoom as LobbyObject } from "../../src/rooms/lobby-room.ts";
import { projectsOf } from "../../src/router/project-cache.ts";
import { reauthenticate } from "../../src/router/reauthenticate.ts";
import { TRIAL_GAMES } from "./trial-games.ts";

export { DocumentRoom, PresenceRoom } from "../../src/index.ts";

const ports = { reauthenticate, projectsOf, games: new Map([...GAMES, ...TRIAL_GAMES]) };
// One isolate serves Worker and rooms here, so module state is shared; a kill clears it.
const wakes: Record<string, number> = {};

export class GameRoom extends GameObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ports);
    wakes[ctx.id.name ?? ""] = (wakes[ctx.id.name ?? ""] ?? 0) + 1;
  }
}

export class LobbyRoom extends LobbyObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ports);
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname === "/probe") return Response.json(wakes);
    return await worker.fetch(request, env, ctx);
  },
  async queue(batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> {
    await worker.queue(batch, env, ctx);
  },
};
