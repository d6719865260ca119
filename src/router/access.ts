/**
 * Who may do what, decided before any object is touched: who asks, from where, how often, then what its route needs.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { type Credentials, authenticate } from "../auth/authenticate.ts";
import { grantFor } from "../auth/grant-for.ts";
import { type Scope, allows } from "../auth/grants.ts";
import type { Member } from "../auth/principal.ts";
import { scopesEverywhere } from "../auth/room-access.ts";
import { ROOM_KINDS } from "../protocol/room-id.ts";
import type { Asker } from "../rooms/room-api.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { readCredentials } from "./credentials.ts";
import { parseRoomPath } from "./document-address.ts";
import { jwksOf } from "./isolate-jwks.ts";
import { isOriginTrusted } from "./origin.ts";
import type { Need } from "./problem.ts";
import { projectsOf } from "./project-cache.ts";
import { boundBody } from "./read-body.ts";
import { takeRequest } from "./request-limits.ts";

/** Gives the request its principal, or answers it. */
export const authorize: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const credentials = readCredentials(c);
  if (!credentials.ok) return fail(c, credentials.error);
  const { isOpen, secrets, operatorSecret } = c.get("config");
  const principal = await authenticate(credentials.value, {
    isOpen,
    secrets,
    operatorSecret,
    projects: projectsOf(c.env),
    jwks: jwksOf(c.get("config")),
    nowMs: Date.now(),
    isOriginAllowed: (origins) => isFromAllowedPage(c, credentials.value, origins),
  });
  if (!principal.ok) return fail(c, principal.error);
  c.set("principal", principal.value);
  const refused = await takeRequest(c, principal.value);
  if (refused !== null) return fail(c, refused);
  return await next();
};

/** Lets the request through when it may do all of `scopes` in the room of its path, and gives it its grant and that room. */
export function needs(...scopes: readonly Scope[]): MiddlewareHandler<RouterEnv> {
  return async (c, next) => {
    const member = c.get("principal");
    if (member.kind === "operator") return refuse(c, "member");
    const path = parseRoomPath(c.req.url);
    if (!path.ok) return fail(c, path.error);
    const grant = grantFor(member, path.value);
    const lacking = scopes.find((scope) => !allows(grant, scope));
    if (lacking !== undefined) return refuse(c, lacking);
    c.set("grant", grant);
    c.set("room", { project: member.project, ...path.value });
    return await boundBody(c, next);
  };
}

/** Lets the request through when it may do `scope` in every document: what lists and searches show is not sifted. */
export function needsEverywhere(scope: Scope): MiddlewareHandler<RouterEnv> {
  return async (c, next) => {
    const member = c.get("principal");
    if (member.kind === "operator") return refuse(c, "member");
    return scopesEverywhere(member.access, "document").includes(scope) ? await boundBody(c, next) : refuse(c, scope);
  };
}

/** Lets a project's back end through, and who may administer every room of the project. */
export function needsProjectAdmin(): MiddlewareHandler<RouterEnv> {
  return async (c, next) => {
    const member = c.get("principal");
    if (member.kind === "operator") return refuse(c, "member");
    const isAdmin = ROOM_KINDS.every((kind) => scopesEverywhere(member.access, kind).includes("admin"));
    return isAdmin ? await boundBody(c, next) : refuse(c, "admin");
  };
}

/** Lets a project's back end through. */
export function needsServer(): MiddlewareHandler<RouterEnv> {
  return async (c, next) => {
    const { kind } = c.get("principal");
    return kind === "server" || kind === "open" ? await boundBody(c, next) : refuse(c, "server");
  };
}

/** Lets whoever runs the deployment through. */
export function needsOperator(): MiddlewareHandler<RouterEnv> {
  return async (c, next) => {
    const { kind } = c.get("principal");
    return kind === "operator" || kind === "open" ? await boundBody(c, next) : refuse(c, "operator");
  };
}

/** Who asks, behind any of the above but {@link needsOperator}. */
export function memberOf(c: RouterContext): Member {
  const principal = c.get("principal");
  if (principal.kind === "operator") throw new Error("this route lets the operator through, who is no member");
  return principal;
}

/** What a room has to know of who asks, behind {@link needs}. */
export function askerOf(c: RouterContext): Asker {
  return { isAdmin: allows(c.get("grant"), "admin") };
}

function refuse(c: RouterContext, need: Need): Response {
  return fail(c, { tag: "forbidden", needs: need });
}

/**
 * A missing origin is no web page: it abuses nobody's rights. In open mode, where a page needs no credentials, it may ask what it
 * cannot read the answer of; but CORS keeps no page from sending a simple POST that does its work all the same.
 */
function isFromAllowedPage(c: RouterContext, credentials: Credentials, origins: readonly string[]): boolean {
  const { origin } = credentials;
  if (origin === null || isOriginTrusted(c, origin, origins)) return true;
  const { bearer, socketToken, queryToken, queryKey } = credentials;
  const hasNone = [bearer, socketToken, queryToken, queryKey].every((credential) => credential === null);
  return c.get("config").isOpen && hasNone && !isUpgrade(c) && ["GET", "HEAD"].includes(c.req.method);
}
