/**
 * The router Worker: request id and log, configuration, CORS, access, then the routes; one place for what goes wrong.
 * @module
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { ConfigError, loadConfig } from "../config.ts";
import { authorize } from "./access.ts";
import { addAssetRoutes } from "./assets.ts";
import { addAuditRoute } from "./audit.ts";
import { addConnectRoutes } from "./connect.ts";
import { type RouterEnv, fail } from "./context.ts";
import { addContentRoutes } from "./content.ts";
import { addDeadLetterRoutes } from "./dead-letters.ts";
import { addDocumentRoutes } from "./documents.ts";
import { addForkRoutes } from "./forks.ts";
import { addEraseRoutes } from "./erase.ts";
import { addEditRoutes } from "./edits.ts";
import { firstIssue } from "./first-issue.ts";
import { shareWithCookies, speakMatchmaking, speakSockets } from "./games-refusals.ts";
import { addGameRoutes } from "./games.ts";
import { filesUnlessSocket } from "./games-files.ts";
import { addHistoryRoutes } from "./history.ts";
import { HOCUSPOCUS_VOICE, addHocuspocusRoutes, authorizeHocuspocus } from "./hocuspocus-routes.ts";
import { addOperationRoutes } from "./operations.ts";
import { shareAnswers } from "./origin.ts";
import { addPresenceRoutes } from "./presence.ts";
import { addProjectRoutes } from "./projects.ts";
import { DENIED_VOICE, sayRefusals } from "./refused-socket.ts";
import { addReindexRoute } from "./reindex.ts";
import { boundRequests, paceUpgrades } from "./request-limits.ts";
import { logBug, logRequest } from "./request-log.ts";
import { addRoomAdminRoutes } from "./room-admin.ts";
import { describeComponents } from "./routes.ts";
import { addTokenRoute } from "./tokens.ts";
import { addUserRoutes } from "./users.ts";
import { addVersionRoutes } from "./versions.ts";
import { sayYSweetRefusals } from "./y-sweet-refusals.ts";
import { addWebhookRoutes } from "./webhooks.ts";
import { addYSweetRoutes } from "./y-sweet.ts";

/** Reachable by anybody. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(["/healthz", "/ready", "/v1/openapi.json"]);

/** The application, without anything it holds on to: bindings come with each request. */
export function createApp(): OpenAPIHono<RouterEnv> {
  const app = new OpenAPIHono<RouterEnv>({
    defaultHook: (result, c) =>
      result.success ? undefined : fail(c, { tag: "bad-request", reason: firstIssue(result.error.issues) }),
  });
  app.use("/matchmake/*", shareWithCookies);
  app.use(logRequest, configure, shareAnswers);
  app.use("/v1/*", boundRequests, paceUpgrades, guarded);
  const saysDenied = sayRefusals(DENIED_VOICE);
  app.use("/yjs/*", saysDenied, boundRequests, paceUpgrades, guarded);
  app.use("/parties/*", saysDenied, boundRequests, paceUpgrades, guarded);
  app.use("/hocuspocus/*", sayRefusals(HOCUSPOCUS_VOICE), boundRequests, paceUpgrades, authorizeHocuspocus);
  app.use("/d/*", sayYSweetRefusals, boundRequests, paceUpgrades, guarded);
  for (const path of ["/doc/*", "/check_store"]) app.use(path, boundRequests, guarded);
  app.use("/matchmake/*", speakMatchmaking, boundRequests, guarded);
  for (const path of ["/games/*", "/lobby/*"]) {
    app.use(path, filesUnlessSocket, speakSockets, boundRequests, paceUpgrades, guarded);
  }
  app.use("/", filesUnlessSocket, boundRequests, paceUpgrades);
  describeComponents(app);
  addOperationRoutes(app);
  addDocumentRoutes(app);
  addContentRoutes(app);
  addEditRoutes(app);
  addAssetRoutes(app);
  addVersionRoutes(app);
  addForkRoutes(app);
  addHistoryRoutes(app);
  addHocuspocusRoutes(app);
  addConnectRoutes(app);
  addDeadLetterRoutes(app);
  addReindexRoute(app);
  addPresenceRoutes(app);
  addRoomAdminRoutes(app);
  addGameRoutes(app);
  addProjectRoutes(app);
  addTokenRoute(app);
  addUserRoutes(app);
  addEraseRoutes(app);
  addAuditRoute(app);
  addWebhookRoutes(app);
  addYSweetRoutes(app);
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
