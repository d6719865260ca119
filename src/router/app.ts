/**
 * The router Worker: request id and log, configuration, CORS, access, then the routes; one place for what goes wrong.
 * @module
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { isOriginAllowed } from "../auth/origins.ts";
import { ConfigError, loadConfig } from "../config.ts";
import { authorize, hostOf } from "./access.ts";
import { addConnectRoutes } from "./connect.ts";
import { type RouterContext, type RouterEnv, fail, isUpgrade } from "./context.ts";
import { addContentRoutes } from "./content.ts";
import { addDeadLetterRoutes } from "./dead-letters.ts";
import { addDocumentRoutes } from "./documents.ts";
import { addOperationRoutes } from "./operations.ts";
import { addReindexRoute } from "./reindex.ts";
import { logBug, logRequest } from "./request-log.ts";
import { describeProblems } from "./routes.ts";

/** Reachable without a grant. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(["/healthz", "/v1/openapi.json"]);

const CORS_MAX_AGE_SECONDS = 86_400;

/** The application, without anything it holds on to: bindings come with each request. */
export function createApp(): OpenAPIHono<RouterEnv> {
  const app = new OpenAPIHono<RouterEnv>({
    defaultHook: (result, c) =>
      result.success ? undefined : fail(c, { tag: "bad-request", reason: firstIssue(result.error.issues) }),
  });
  app.use(logRequest, configure, allowOrigins);
  app.use("/v1/*", guarded);
  app.use("/yjs/*", guarded);
  describeProblems(app);
  addOperationRoutes(app);
  addDocumentRoutes(app);
  addContentRoutes(app);
  addConnectRoutes(app);
  addDeadLetterRoutes(app);
  addReindexRoute(app);
  refuseOtherMethods(app);
  app.notFound(async (c) => fail(c, { tag: "no-route" }));
  app.onError(async (error, c) => {
    if (error instanceof ConfigError) return fail(c, { tag: "misconfigured", reason: error.message });
    // Hono's own, such as a body that is no JSON.
    if (error instanceof HTTPException && error.status < 500)
      return fail(c, { tag: "bad-request", reason: error.message });
    logBug(c.get("requestId"), error);
    return fail(c, { tag: "internal" });
  });
  return app;
}

const configure: MiddlewareHandler<RouterEnv> = async (c, next) => {
  c.set("config", loadConfig(c.env));
  await next();
};

const corsHeaders = cors({
  origin: (origin, c: RouterContext) => (isOriginAllowed(origin, hostOf(c), c.get("config")) ? origin : null),
  allowMethods: ["GET", "HEAD", "POST", "DELETE", "OPTIONS"],
  allowHeaders: ["authorization", "content-type", "if-none-match"],
  exposeHeaders: ["etag", "retry-after", "x-request-id"],
  maxAge: CORS_MAX_AGE_SECONDS,
});

const allowOrigins: MiddlewareHandler<RouterEnv> = async (c, next) =>
  isUpgrade(c) ? await next() : await corsHeaders(c, next);

const guarded: MiddlewareHandler<RouterEnv> = async (c, next) =>
  PUBLIC_PATHS.has(c.req.path) ? await next() : await authorize(c, next);

/** A known path with another method says which ones it has. */
function refuseOtherMethods(app: OpenAPIHono<RouterEnv>): void {
  const methods = new Map<string, string[]>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const known = methods.get(path) ?? [];
    const isNew = !known.includes(method);
    if (isNew) methods.set(path, [...known, method, ...(method === "GET" ? ["HEAD"] : [])]);
  }
  for (const [path, allow] of methods) app.all(path, async (c) => fail(c, { tag: "method-not-allowed", allow }));
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string };

function firstIssue(issues: readonly Issue[]): string {
  const [issue] = issues;
  return issue === undefined ? "The request does not fit." : `${issue.path.map(String).join(".")}: ${issue.message}`;
}
