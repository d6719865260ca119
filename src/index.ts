/**
 * The Worker: HTTP and WebSockets to the router, queue messages to their consumer, rooms by class. No logic.
 * @module
 */
import type { Env } from "./env.ts";
import { consumeBatch } from "./queue/consumer.ts";
import { sweepNowAndThen } from "./queue/webhook-sweep.ts";
import { DocumentRoom as DocumentObject } from "./rooms/document-room.ts";
import { GameRoom as GameObject } from "./rooms/game-room.ts";
import { LobbyRoom as LobbyObject } from "./rooms/lobby-room.ts";
import { PresenceRoom as PresenceObject } from "./rooms/presence-room.ts";
import { createApp } from "./router/app.ts";
import { projectsOf } from "./router/project-cache.ts";
import { reauthenticate } from "./router/reauthenticate.ts";

export class DocumentRoom extends DocumentObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, { reauthenticate, projectsOf });
  }
}

export class PresenceRoom extends PresenceObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, { reauthenticate, projectsOf });
  }
}

export class GameRoom extends GameObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, { reauthenticate, projectsOf });
  }
}

export class LobbyRoom extends LobbyObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, { reauthenticate, projectsOf });
  }
}

const app = createApp();

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    return await app.fetch(request, env, ctx);
  },
  async queue(batch: MessageBatch, env: Env, _ctx: ExecutionContext): Promise<void> {
    await consumeBatch(batch, env);
  },
  async scheduled(_controller: ScheduledController, env: Env, _ctx: ExecutionContext): Promise<void> {
    await sweepNowAndThen(env);
  },
};
