/**
 * The Worker: HTTP and WebSockets to the router, queue messages to their consumer, rooms by class. No logic.
 * @module
 */
import type { Env } from "./env.ts";
import { consumeBatch } from "./queue/consumer.ts";
import { createApp } from "./router/app.ts";

export { DocumentRoom } from "./rooms/document-room.ts";
export { PresenceRoom } from "./rooms/presence-room.ts";

const app = createApp();

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    return await app.fetch(request, env, ctx);
  },
  async queue(batch: MessageBatch, env: Env, _ctx: ExecutionContext): Promise<void> {
    await consumeBatch(batch, env);
  },
};
