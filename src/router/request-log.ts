/**
 * One JSON line, one id, one count and the same headers for each request. Queries, cookies and sub-protocols may hold tokens and are never logged.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { RouterEnv } from "./context.ts";
import { count } from "./metrics.ts";

const MAX_LOGGED_PATH_CHARS = 1_000;

/** What the platform sends. Without it in front anybody may write anything there, and it goes into logs and tickets. */
const RAY_PATTERN = /^[\da-fA-F]{8,32}(-[A-Z]{3})?$/;

/** Outermost: everything further in has a request id, and every answer passes here. */
export const logRequest: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const startMs = Date.now();
  const ray = c.req.header("cf-ray") ?? "";
  const requestId = RAY_PATTERN.test(ray) ? ray : crypto.randomUUID();
  c.set("requestId", requestId);
  await next();
  const { status } = c.res;
  // A 101 carries its socket; setting a header here would copy the answer and lose it.
  if (status !== 101) {
    c.res.headers.set("x-request-id", requestId);
    // Whoever writes a document writes what its answers say, and they come from the server's own origin.
    c.res.headers.set("x-content-type-options", "nosniff");
  }
  const ms = Date.now() - startMs;
  const { method } = c.req;
  const route = routePath(c, -1);
  count("roost_http_requests_total", { route, method: method.slice(0, 7), status });
  count("roost_http_request_ms_total", { route }, ms);
  const path = new URL(c.req.url).pathname.slice(0, MAX_LOGGED_PATH_CHARS);
  const level = status >= 500 ? "error" : "info";
  const event = status === 101 ? "upgrade" : "request";
  const principal = c.get("principal");
  const project = principal === undefined || principal.kind === "operator" ? undefined : principal.project;
  const line = { level, event, request: requestId, project, method, path, route, status, ms, ...c.get("failure") };
  if (status >= 500) console.error(JSON.stringify(line));
  else console.log(JSON.stringify(line));
};

/** What is not an expected failure: a bug. The caller learns the id of the request, the log everything. */
export function logBug(requestId: string, error: Error): void {
  const { name, message, stack } = error;
  console.error(JSON.stringify({ level: "error", event: "bug", request: requestId, name, message, stack }));
}
