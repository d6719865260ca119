/**
 * Projects, managed by whoever runs the deployment.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { checkJwksUrl } from "../auth/jwks-url.ts";
import { formatKey } from "../auth/keys.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type ProjectRecord, type ProjectSettings, Projects } from "../storage/d1/projects.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { forgetProject } from "./project-cache.ts";
import * as routes from "./routes-projects.ts";

type Keys = { readonly secretKey: string; readonly publishableKey: string };

/** Keys belong into no cache on the way. */
const NO_STORE = { "cache-control": "no-store" } as const;

export function addProjectRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.listProjects, async (c): Promise<Response> => {
    const page = await new Projects(c.env.DB).list(c.req.valid("query"));
    return page.ok ? c.json(page.value) : fail(c, page.error);
  });

  app.openapi(routes.createProject, async (c): Promise<Response> => {
    const { id, name = id, origins, limits = {}, access = {}, ...asked } = c.req.valid("json");
    const jwksUrl = readJwksUrl(c, asked.jwksUrl ?? null);
    if (!jwksUrl.ok) return fail(c, jwksUrl.error);
    const issuer = asked.issuer ?? null;
    const settings: ProjectSettings = { name, origins, jwksUrl: jwksUrl.value, issuer, limits, access };
    // Before anything is stored: a project whose keys cannot be made is of no use.
    const keys = await keysOf(c, { id, keyVersion: 1 });
    if (!keys.ok) return fail(c, keys.error);
    const created = await new Projects(c.env.DB).create(id, settings, Date.now());
    if (!created.ok) return fail(c, created.error);
    if (created.value === null) return fail(c, { tag: "conflict", reason: "There is a project of this id." });
    forgetProject(c.env, id);
    await auditLog(c, { action: "create-project", target: id, project: id, detail: settings });
    return c.json({ ...created.value, ...keys.value }, 201, NO_STORE);
  });

  app.openapi(routes.getProject, async (c): Promise<Response> => {
    const { project } = c.req.valid("param");
    const found = await new Projects(c.env.DB).find(project);
    if (!found.ok) return fail(c, found.error);
    return found.value === null ? fail(c, { tag: "no-route" }) : c.json(found.value);
  });

  app.openapi(routes.changeProject, async (c): Promise<Response> => {
    const { project } = c.req.valid("param");
    const asked = c.req.valid("json");
    const jwksUrl = asked.jwksUrl === undefined ? ok(undefined) : readJwksUrl(c, asked.jwksUrl);
    if (!jwksUrl.ok) return fail(c, jwksUrl.error);
    const changes = given({ ...asked, jwksUrl: jwksUrl.value });
    const changed = await new Projects(c.env.DB).update(project, changes, Date.now());
    if (!changed.ok) return fail(c, changed.error);
    if (changed.value === null) return fail(c, { tag: "no-route" });
    forgetProject(c.env, project);
    await auditLog(c, { action: "change-project", target: project, project, detail: changes });
    return c.json(changed.value);
  });

  addKeyRoutes(app);
}

function addKeyRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.getKeys, async (c): Promise<Response> => {
    const { project } = c.req.valid("param");
    const found = await new Projects(c.env.DB).find(project);
    if (!found.ok) return fail(c, found.error);
    if (found.value === null) return fail(c, { tag: "no-route" });
    const keys = await keysOf(c, found.value);
    if (!keys.ok) return fail(c, keys.error);
    const { keyVersion, previousUntilMs } = found.value;
    await auditLog(c, { action: "show-keys", target: project, project, detail: { keyVersion } });
    return c.json({ keyVersion, previousUntilMs, ...keys.value }, 200, NO_STORE);
  });

  app.openapi(routes.rotateProject, async (c): Promise<Response> => {
    const { project } = c.req.valid("param");
    const { overlapSeconds, force } = c.req.valid("json");
    if (c.get("config").secrets.length === 0) return fail(c, NO_SECRETS);
    const rotation = { overlapMs: overlapSeconds * 1000, force, nowMs: Date.now() };
    const rotated = await new Projects(c.env.DB).rotate(project, rotation);
    if (!rotated.ok) {
      const { error } = rotated;
      return fail(c, error.tag === "rotation-overlap" ? overlapConflict(error.untilMs) : error);
    }
    if (rotated.value === null) return fail(c, { tag: "no-route" });
    forgetProject(c.env, project);
    const { keyVersion, previousUntilMs } = rotated.value;
    await auditLog(c, {
      action: "rotate-project",
      target: project,
      project,
      detail: { keyVersion, previousUntilMs, force },
    });
    const keys = await keysOf(c, rotated.value);
    if (!keys.ok) return fail(c, keys.error);
    return c.json({ keyVersion, previousUntilMs, ...keys.value }, 200, NO_STORE);
  });
}

const NO_SECRETS: RouterError = { tag: "misconfigured", reason: "ROOST_SECRETS is not set: there are no keys." };

/** The newest keys of a project. */
async function keysOf(
  c: RouterContext,
  { id, keyVersion }: Pick<ProjectRecord, "id" | "keyVersion">,
): Promise<Result<Keys, RouterError>> {
  const { secrets } = c.get("config");
  if (secrets.length === 0) return err(NO_SECRETS);
  const [secretKey, publishableKey] = await Promise.all([
    formatKey(secrets, { kind: "sk", project: id, version: keyVersion }),
    formatKey(secrets, { kind: "pk", project: id, version: keyVersion }),
  ]);
  return ok({ secretKey, publishableKey });
}

function overlapConflict(untilMs: number): RouterError {
  const until = new Date(untilMs).toISOString();
  const reason = `Keys of the version before count until ${until}. Rotating now ends them; say force to do so.`;
  return { tag: "conflict", reason };
}

/** As it will be asked. */
function readJwksUrl(c: RouterContext, text: string | null): Result<string | null, RouterError> {
  if (text === null) return ok(null);
  const url = checkJwksUrl(text, { allowsLoopback: c.get("config").isOpen });
  return url.ok ? url : err({ tag: "bad-request", reason: `jwksUrl: ${url.error.reason}` });
}

type Maybe<T> = { readonly [name in keyof T]?: T[name] | undefined };

/** Without what is undefined: it would read as a change. */
function given({ name, origins, jwksUrl, issuer, limits, access }: Maybe<ProjectSettings>): Partial<ProjectSettings> {
  return {
    ...(name !== undefined && { name }),
    ...(origins !== undefined && { origins }),
    ...(jwksUrl !== undefined && { jwksUrl }),
    ...(issuer !== undefined && { issuer }),
    ...(limits !== undefined && { limits }),
    ...(access !== undefined && { access }),
  };
}
