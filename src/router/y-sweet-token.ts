/**
 * What a Y-Sweet client connects with: a token of ours for exactly one document, and where that is.
 * @module
 */
import type { z } from "@hono/zod-openapi";
import { type Scope, allows } from "../auth/grants.ts";
import { MAX_TOKEN_SECONDS, type MintClaims } from "../auth/mint-token.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { DocumentId } from "../protocol/room-id.ts";
import { askerOf, memberOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterContext, fail } from "./context.ts";
import { firstIssue } from "./first-issue.ts";
import { mintFor } from "./mint-for.ts";
import { hostOf } from "./origin.ts";
import type { RouterError } from "./problem.ts";
import { documentRoom } from "./room-client.ts";
import { authBody } from "./schemas-y-sweet.ts";

type Asked = z.infer<typeof authBody>;

const SCOPES_OF: Readonly<Record<Asked["authorization"], readonly Scope[]>> = {
  full: ["read", "write", "presence"],
  "read-only": ["read", "presence"],
};

/** Behind `needs("admin")`. The document has to be there: whoever is refused for good should hear it here, not in a loop. */
export async function giveToken(c: RouterContext): Promise<Response> {
  const { project, id } = c.get("room");
  const asked = await readAsked(c, id);
  if (!asked.ok) return fail(c, asked.error);
  const { authorization } = asked.value;
  const claims = claimsOf(c, id, asked.value);
  if (!claims.ok) return fail(c, claims.error);
  const there = await documentRoom(c.env, project, id).call((stub) => stub.describe(askerOf(c)));
  if (!there.ok) return fail(c, there.error);
  const token = await mint(c, claims.value, authorization);
  if (!token.ok) return fail(c, token.error);
  const { protocol } = new URL(c.req.url);
  const base = `${protocol}//${hostOf(c)}/d/${encodeURIComponent(id)}`;
  const where = { url: `${base.replace(/^http/, "ws")}/ws`, baseUrl: base, docId: id };
  return c.json({ ...where, ...token.value, authorization }, 200, { "cache-control": "no-store" });
}

async function readAsked(c: RouterContext, id: DocumentId): Promise<Result<Asked, RouterError>> {
  const text = await c.req.text();
  const parsed = authBody.safeParse(text === "" ? {} : parseJson(text));
  if (!parsed.success) return err({ tag: "bad-request", reason: firstIssue(parsed.error.issues) });
  const { docId = id } = parsed.data;
  if (docId !== id) return err({ tag: "bad-request", reason: "docId: is another than that of the path" });
  return ok(parsed.data);
}

/** What a schema refuses, where it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Nobody gives what they do not have: neither rights, nor another's name, nor higher limits. */
function claimsOf(c: RouterContext, id: DocumentId, asked: Asked): Result<MintClaims, RouterError> {
  const { kind, user, profile, limits } = memberOf(c);
  const scopes = SCOPES_OF[asked.authorization];
  const missing = scopes.find((scope) => !allows(c.get("grant"), scope));
  if (missing !== undefined) return err({ tag: "forbidden", needs: missing });
  // In a pattern it would stand for every id, or for none.
  if (id.includes("*")) {
    return err({ tag: "bad-request", reason: "No token names a document with a * in its id." });
  }
  const isPerson = kind === "token";
  if (isPerson && asked.userId !== undefined && asked.userId !== user)
    return err({ tag: "forbidden", needs: "server" });
  return ok({
    // People who are not told apart should not be taken for one.
    user: asked.userId ?? (isPerson ? user : `guest-${crypto.randomUUID()}`),
    rooms: { [`document:${id}`]: scopes },
    expiresInSeconds: Math.min(asked.validForSeconds, MAX_TOKEN_SECONDS),
    ...(isPerson && { ...profile, limits }),
  });
}

/** Nothing where the server is open, has no secret to sign with, and the token would say no more than that everything is allowed. */
async function mint(
  c: RouterContext,
  claims: MintClaims,
  authorization: Asked["authorization"],
): Promise<Result<{ readonly token?: string }, RouterError>> {
  const isOpen = memberOf(c).kind === "open" && c.get("config").secrets.length === 0;
  if (isOpen && authorization === "full") return ok({});
  const minted = await mintFor(c, claims);
  if (!minted.ok) return minted;
  const { token, expiresMs } = minted.value;
  const { user, rooms } = claims;
  await auditLog(c, { action: "mint-token", target: user, detail: { rooms, expiresMs } });
  return ok({ token });
}
