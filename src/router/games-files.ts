/**
 * Paths that are sockets of games and files at once: Colyseus' SDK measures its latency at `/`, and connects below `/games/`.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { type RouterEnv, isUpgrade } from "./context.ts";

export const filesUnlessSocket: MiddlewareHandler<RouterEnv> = async (c, next) => {
  if (isUpgrade(c) || !["GET", "HEAD"].includes(c.req.method)) return await next();
  const file = await c.env.ASSETS.fetch(c.req.raw);
  // Its headers cannot be added to.
  return new Response(file.body, file);
};
