/**
 * How often anybody may ask, and how much they may send along: before it is known who asks by the platform's counters and by
 * size, after it by what their project allows.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import type { Member, Principal } from "../auth/principal.ts";
import { DEFAULT_LIMITS, mergeLimits } from "../protocol/room-limits.ts";
import { ADDRESS_HEADER, countedAddress } from "./caller-address.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { count } from "./metrics.ts";
import type { RouterError } from "./problem.ts";
import { projectsOf } from "./project-cache.ts";
import { TokenBuckets } from "./token-buckets.ts";
import { MAX_HOLD_MS, UpgradePace } from "./upgrade-pace.ts";

/** URL and headers of a request, other applications' cookies on the same domain included; the platform's own limit is 128 KB. */
const MAX_HEAD_BYTES = 32 * 1024;
/** The platform counts in windows of a minute and does not say where in it we are. */
const PLATFORM_RETRY_AFTER_SECONDS = 30;

/** Of what a project's pages and tokens may ask together, one address or one user has this part at most. */
const SHARE = 0.1;
/** And at least this: a page asks for a handful of things when it opens. */
const MIN_SHARE_PER_MINUTE = 60;
const ROOM_ADMINISTRATION = "/v1/rooms/";

const pace = new UpgradePace();
const connects = new TokenBuckets();
/** Of one address or user: apart from those of projects, which many of these must not push out. */
const shares = new TokenBuckets();
const projects = new TokenBuckets();
const servers = new TokenBuckets();

/** Before it is known who asks: one address comes in at a pace. On a developer's machine everybody has one. */
export const paceUpgrades: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const refused = isUpgrade(c) ? await awaitTurn(c) : null;
  return refused === null ? await next() : fail(c, refused);
};

/** For one socket into a room; the problem where its turn is too far away. */
export async function awaitTurn(c: RouterContext): Promise<RouterError | null> {
  if (c.get("config").isOpen) return null;
  const address = countedAddress(c.req.header(ADDRESS_HEADER));
  const isIn = await pace.admit(address, Date.now(), async (ms) => await scheduler.wait(ms));
  return isIn ? null : limited("connectsPerMinute", MAX_HOLD_MS);
}

/** What is refused here has cost next to nothing. */
export const boundRequests: MiddlewareHandler<RouterEnv> = async (c, next) => {
  if (headBytes(c.req.raw) > MAX_HEAD_BYTES) {
    return fail(c, { tag: "headers-too-large", limitBytes: MAX_HEAD_BYTES });
  }
  if (await isOverPlatformLimit(c)) {
    const limit = isUpgrade(c) ? "connectsPerMinute" : "requests";
    return fail(c, { tag: "rate-limited", limit, retryAfterSeconds: PLATFORM_RETRY_AFTER_SECONDS });
  }
  return await next();
};

/**
 * Takes one request from what `principal` may do; the problem when nothing is left. The operator is counted by address only, and a
 * back end by itself: however much its pages and people ask, it shows them out, locks, revokes and mints.
 */
export async function takeRequest(c: RouterContext, principal: Principal): Promise<RouterError | null> {
  if (principal.kind === "operator") return null;
  const nowMs = Date.now();
  if (isUpgrade(c)) {
    const perMinute = principal.limits.connectsPerMinute;
    const key = `${principal.project} ${perMinute} ${countedAddress(c.req.header(ADDRESS_HEADER))}`;
    const waitMs = connects.take(key, perMinute, nowMs);
    return waitMs === 0 ? null : limited("connectsPerMinute", waitMs);
  }
  const waitMs = await waitForRequest(c, principal, nowMs);
  return waitMs === 0 ? null : limited("requestsPerMinute", waitMs);
}

async function waitForRequest(c: RouterContext, member: Member, nowMs: number): Promise<number> {
  const { kind, project, user, limits } = member;
  if (kind === "server") return servers.take(project, limits.requestsPerMinute, nowMs);
  const ofProject = await projectRequestsPerMinute(c, member);
  // Who is above their share takes nothing from the others.
  if (kind !== "open") {
    const who = kind === "page" ? `at ${countedAddress(c.req.header(ADDRESS_HEADER))}` : `as ${user}`;
    const share = Math.max(MIN_SHARE_PER_MINUTE, Math.floor(ofProject * SHARE));
    const waitMs = shares.take(`${project} ${who}`, Math.min(share, limits.requestsPerMinute), nowMs);
    // An administrator among the users is not kept from its work by the others either.
    if (waitMs > 0 || isRoomAdministration(c)) return waitMs;
  }
  return projects.take(project, ofProject, nowMs);
}

/** Kick and lock: whoever may not is refused by rights, at the price of their own share. */
function isRoomAdministration(c: RouterContext): boolean {
  return c.req.method === "POST" && c.req.path.startsWith(ROOM_ADMINISTRATION);
}

async function projectRequestsPerMinute(c: RouterContext, { kind, project, limits }: Member): Promise<number> {
  if (kind !== "token") return limits.requestsPerMinute;
  // Cached: authentication has just asked for it.
  const found = await projectsOf(c.env).find(project, "proven");
  if (!found.ok || found.value === null) return limits.requestsPerMinute;
  return mergeLimits(DEFAULT_LIMITS, found.value.limits).requestsPerMinute;
}

function limited(limit: "connectsPerMinute" | "requestsPerMinute", waitMs: number): RouterError {
  return { tag: "rate-limited", limit, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}

/** Per location, and static. On a developer's machine everybody has one address, and nobody to keep out. */
async function isOverPlatformLimit(c: RouterContext): Promise<boolean> {
  if (c.get("config").isOpen) return false;
  try {
    const { success } = await (isUpgrade(c) ? c.env.CONNECTS : c.env.REQUESTS).limit({
      key: countedAddress(c.req.header(ADDRESS_HEADER)),
    });
    return !success;
  } catch {
    // A counter that fails should not close the door; what a project allows is counted all the same.
    count("roost_rate_limit_failures_total");
    return false;
  }
}

function headBytes({ url, headers }: Request): number {
  let total = url.length;
  for (const [name, value] of headers) total += name.length + value.length;
  return total;
}
