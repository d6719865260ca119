/**
 * What a request carries through the router, and the two ways out of a handler that fails.
 * @module
 */
import type { Context } from "hono";
import type { Grant } from "../auth/grants.ts";
import type { Principal } from "../auth/principal.ts";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import { count } from "./metrics.ts";
import { type RouterError, reasonOf, toProblem } from "./problem.ts";

export type Failure = { readonly tag: string; readonly reason?: string | undefined };

export type RouterEnv = {
  Bindings: Env;
  Variables: {
    requestId: string;
    config: Config;
    /** Whoever asks; absent until then, and where nobody has to say who they are. */
    principal: Principal;
    /** In the room of the path, behind `needs(scope)`. */
    grant: Grant;
    room: RoomAddress;
    /** For the log line of the request. */
    failure: Failure;
  };
};

export type RouterContext = Context<RouterEnv>;

/** The problem+json answer to `error`, counted; the log line of the request gets its full reason. */
export function fail(c: RouterContext, error: RouterError): Response {
  c.set("failure", { tag: error.tag, reason: reasonOf(error) });
  count("roost_refusals_total", { tag: error.tag, ...("limit" in error && { limit: error.limit }) });
  const { body, headers } = toProblem(error);
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}

/** True for a WebSocket handshake: its 101 must reach the runtime as it is, no middleware may wrap it. */
export function isUpgrade(c: RouterContext): boolean {
  return c.req.header("upgrade")?.toLowerCase() === "websocket";
}
