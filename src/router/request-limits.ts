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

/** URL and headers of a request, other applications' cookies on the same domain included; the platform's own limit is 128 KB. */
const MAX_HEAD_BYTES = 32 * 1024;
/** The platform counts in windows of a minute and does not say where in it we are. */
const PLATFORM_RETRY_AFTER_SECONDS = 30;

const connects = new TokenBuckets();
const requests = new TokenBuckets();

/** First of all: what is refused here has cost next to nothing. */
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

/** Takes one request from what `principal` may do; the problem when nothing is left. The operator is counted by address only. */
export async function takeRequest(c: RouterContext, principal: Principal): Promise<RouterError | null> {
  if (principal.kind === "operator") return null;
  const nowMs = Date.now();
  if (isUpgrade(c)) {
    const perMinute = principal.limits.connectsPerMinute;
    const waitMs = connects.take(
      `${principal.project} ${perMinute} ${countedAddress(c.req.header(ADDRESS_HEADER))}`,
      perMinute,
      nowMs,
    );
    return waitMs === 0 ? null : limited("connectsPerMinute", waitMs);
  }
  const own = principal.limits.requestsPerMinute;
  const ofProject = await projectRequestsPerMinute(c, principal);
  // A token may say less than its project, for its user alone: who is above that takes nothing from the others.
  const ownWaitMs = own < ofProject ? requests.take(`${principal.project} ${principal.user}`, own, nowMs) : 0;
  const waitMs = ownWaitMs === 0 ? requests.take(principal.project, ofProject, nowMs) : ownWaitMs;
  return waitMs === 0 ? null : limited("requestsPerMinute", waitMs);
}

async function projectRequestsPerMinute(c: RouterContext, { kind, project, limits }: Member): Promise<number> {
  if (kind !== "token") return limits.requestsPerMinute;
  // Cached: authentication has just asked for it.
  const found = await projectsOf(c.env).find(project);
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
