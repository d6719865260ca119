/**
 * Who may do what, decided before any room is touched: a grant for the request, then the scope its route needs.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { authenticate } from "../auth/authenticate.ts";
import { type Scope, allows } from "../auth/grants.ts";
import { isOriginAllowed } from "../auth/origins.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";

/** Gives the request its grant, or answers it. */
export const authorize: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const grant = authenticate({ user: c.req.query("user") ?? null }, c.get("config"));
  if (!grant.ok) return fail(c, grant.error);
  if ((isUpgrade(c) || changesSomething(c)) && !isOriginTrusted(c)) return fail(c, { tag: "origin-refused" });
  c.set("grant", grant.value);
  return await next();
};

/** Lets the request through when its grant carries the scope. */
export function needs(scope: Scope): MiddlewareHandler<RouterEnv> {
  return async (c, next) => (allows(c.get("grant"), scope) ? await next() : fail(c, { tag: "forbidden", scope }));
}

/** CORS keeps another site from reading an answer, not from sending a simple POST that does its work all the same. */
function changesSomething(c: RouterContext): boolean {
  return !["GET", "HEAD", "OPTIONS"].includes(c.req.method);
}

/** A missing origin is no web page: it has no cookies of somebody else to abuse. */
function isOriginTrusted(c: RouterContext): boolean {
  const origin = c.req.header("origin");
  return origin === undefined || isOriginAllowed(origin, hostOf(c), c.get("config"));
}

/** Host and port that the caller sees. */
export function hostOf(c: RouterContext): string {
  return c.req.header("host") ?? new URL(c.req.url).host;
}
