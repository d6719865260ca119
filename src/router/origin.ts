/**
 * Which web pages a request may come from, and which may read its answer.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { isOriginAllowed } from "../auth/origins.ts";
import { type RouterContext, type RouterEnv, isUpgrade } from "./context.ts";

const ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const ALLOWED_HEADERS = "authorization, content-type, if-none-match";
const EXPOSED_HEADERS = "etag, retry-after, x-request-id";
const MAX_AGE_SECONDS = "86400";

/**
 * CORS: who may read an answer is known once it is made. A refusal of access names no project and no room, so in closed mode
 * any page may read it: one that has to learn that its token has expired must be able to.
 */
export const shareAnswers: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const origin = c.req.header("origin");
  // A 101 carries its socket, and browsers apply no CORS to sockets.
  if (isUpgrade(c)) return await next();
  if (c.req.method === "OPTIONS") return preflight(c, origin);
  await next();
  c.res.headers.append("vary", "Origin");
  if (origin === undefined || !mayRead(c, origin)) return undefined;
  c.res.headers.set("access-control-allow-origin", origin);
  c.res.headers.set("access-control-expose-headers", EXPOSED_HEADERS);
  return undefined;
};

/** True when what a request of `origin` asks for may be done with the rights of a caller whose pages are `origins`. */
export function isOriginTrusted(c: RouterContext, origin: string, origins: readonly string[]): boolean {
  const { isOpen, allowedOrigins } = c.get("config");
  return isOriginAllowed(origin, hostOf(c), {
    isOpen,
    allowedOrigins: isOpen ? [...origins, ...allowedOrigins] : origins,
  });
}

/** In closed mode it says nothing: the key or token, and with it the answer, comes with the request itself. */
function preflight(c: RouterContext, origin: string | undefined): Response {
  const headers = new Headers({ vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" });
  if (origin !== undefined && (!c.get("config").isOpen || isOriginTrusted(c, origin, []))) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-allow-methods", ALLOWED_METHODS);
    headers.set("access-control-allow-headers", ALLOWED_HEADERS);
    headers.set("access-control-max-age", MAX_AGE_SECONDS);
  }
  return new Response(null, { status: 204, headers });
}

function mayRead(c: RouterContext, origin: string): boolean {
  const principal = c.get("principal");
  if (principal === undefined) return !c.get("config").isOpen || isOriginTrusted(c, origin, []);
  return isOriginTrusted(c, origin, principal.kind === "operator" ? [] : principal.origins);
}

/** Host and port that the caller sees. */
export function hostOf(c: RouterContext): string {
  return c.req.header("host") ?? new URL(c.req.url).host;
}
