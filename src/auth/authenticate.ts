/**
 * The one seam through which every request becomes somebody: by a key, a token, the operator's secret, or in open mode by
 * nothing at all. No room is touched before.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { DEFAULT_PROJECT, type ProjectId } from "../protocol/room-id.ts";
import { DEFAULT_LIMITS, OPEN_MODE_LIMITS, mergeLimits } from "../protocol/room-limits.ts";
import { type AuthError, unauthorized } from "./auth-error.ts";
import { capLimits } from "./grant-for.ts";
import { SCOPES, type UserId } from "./grants.ts";
import { hmac, isHmac } from "./hmac.ts";
import type { JwksSource } from "./jwks.ts";
import { type KeyFacts, type MasterSecret, isVersionGood, keyEndMs, looksLikeKey, verifyKey } from "./keys.ts";
import { pageAccess } from "./page-access.ts";
import type { Member, Principal } from "./principal.ts";
import type { Project, ProjectSource } from "./project.ts";
import { EVERY_ROOM, type RoomAccess } from "./room-access.ts";
import { providerOf } from "./standing.ts";
import { ANONYMOUS, parseUserId } from "./user-id.ts";
import { type VerifiedToken, type VerifyDeps, verifyToken } from "./verify-token.ts";

/** What a request says about who it is; an empty text says nothing. */
export type Credentials = {
  /** What follows `Bearer ` in Authorization: a key, a token or the operator's secret. */
  readonly bearer: string | null;
  /** Of the sub-protocol `roost.token.<…>`: a token or a key. */
  readonly socketToken: string | null;
  /** `?token=`: a token or a `pk_` key; URLs are kept in too many places for a secret. */
  readonly queryToken: string | null;
  /** `?key=`: a `pk_` key. */
  readonly queryKey: string | null;
  /** `?user=`: taken at its word in open mode and from a back end. */
  readonly user: string | null;
  /** Null where no web page asks. */
  readonly origin: string | null;
};

export type AuthDeps = {
  readonly isOpen: boolean;
  /** Newest first, and the same array for the whole isolate. */
  readonly secrets: readonly MasterSecret[];
  readonly operatorSecret: string | null;
  readonly projects: ProjectSource;
  readonly jwks: JwksSource;
  readonly nowMs: number;
  /** True where the page that asks is one of these origins, or nobody needs to know; the caller knows page and host. */
  readonly isOriginAllowed: (origins: readonly string[]) => boolean;
};

const SERVER = "server" as UserId;
const EVERYTHING: RoomAccess = { [EVERY_ROOM]: SCOPES };

/** Somebody whose key or token is right and counts, or why not. Projects are asked only for what is rightly signed, and for what names its own project, which they sift. */
export async function authenticate(credentials: Credentials, deps: AuthDeps): Promise<Result<Principal, AuthError>> {
  const offered = selectOffer(credentials);
  if (!offered.ok) return offered;
  const { main, key } = offered.value;
  const principal = await identify(main ?? key, credentials, deps);
  if (!principal.ok) return principal;
  if (main !== null && key !== null) {
    const beside = await verifyKey(deps.secrets, key);
    if (!beside.ok) return unauthorized(beside.error.reason);
    const isSameProject = principal.value.kind !== "operator" && principal.value.project === beside.value.project;
    if (!isSameProject) return unauthorized("The key beside it is of another project.");
  }
  return isOriginGood(principal.value, credentials, deps) ? principal : err({ tag: "origin-refused" });
}

type Offer = { readonly main: string | null; readonly key: string | null };

/** `main` says who it is; `key` stands beside it, or alone. */
function selectOffer(credentials: Credentials): Result<Offer, AuthError> {
  const { bearer, socketToken, queryToken, queryKey } = credentials;
  const mains = new Set([bearer, socketToken, queryToken].filter((text) => text !== null && text !== ""));
  if (mains.size > 1) return unauthorized("Several tokens say different things.");
  if (queryToken?.startsWith("sk_") === true) return unauthorized("A secret key stands in the URL.");
  const key = queryKey === "" ? null : queryKey;
  if (key !== null && !key.startsWith("pk_"))
    return unauthorized("What stands in the URL as a key is no publishable key.");
  const [main = null] = mains;
  return ok({ main, key });
}

async function identify(
  offered: string | null,
  credentials: Credentials,
  deps: AuthDeps,
): Promise<Result<Principal, AuthError>> {
  if (offered === null) return deps.isOpen ? openMember(credentials) : unauthorized("There is no key and no token.");
  if (looksLikeKey(offered)) return await keyMember(offered, credentials, deps);
  if (offered === credentials.bearer && (await isOperator(offered, deps))) return ok({ kind: "operator" });
  return await tokenMember(offered, deps);
}

/** Compared by MACs, in constant time but for the length, which is no secret: tokens rarely have it. */
async function isOperator(text: string, { operatorSecret }: AuthDeps): Promise<boolean> {
  if (operatorSecret === null || operatorSecret === "" || operatorSecret.length !== text.length) return false;
  return await isHmac(await hmac(operatorSecret, operatorSecret), operatorSecret, text);
}

function openMember({ user }: Credentials): Result<Member, AuthError> {
  const parsed = userOr(user, ANONYMOUS);
  if (!parsed.ok) return parsed;
  return ok({
    kind: "open",
    project: DEFAULT_PROJECT,
    user: parsed.value,
    access: EVERYTHING,
    limits: OPEN_MODE_LIMITS,
    joinsPerSecond: OPEN_MODE_LIMITS.joinsPerSecond,
    origins: [],
    mayCreate: true,
  });
}

async function keyMember(text: string, { user }: Credentials, deps: AuthDeps): Promise<Result<Member, AuthError>> {
  const key = await verifyKey(deps.secrets, text);
  if (!key.ok) return unauthorized(key.error.reason);
  const found = await findProject(key.value.project, deps);
  if (!found.ok) return found;
  const project = found.value;
  if (!isVersionGood(project, key.value.version, deps.nowMs)) return unauthorized("The key does not count any more.");
  const who = key.value.kind === "sk" ? userOr(user, SERVER) : ok(ANONYMOUS);
  return who.ok ? ok(memberByKey(key.value, project, who.value)) : who;
}

function memberByKey(key: KeyFacts, project: Project, user: UserId): Member {
  const { kind, version } = key;
  const limits = mergeLimits(DEFAULT_LIMITS, project.limits);
  return {
    kind: kind === "sk" ? "server" : "page",
    project: project.id,
    user,
    key,
    keyVersion: version,
    access: kind === "sk" ? EVERYTHING : pageAccess(project.access),
    limits,
    joinsPerSecond: limits.joinsPerSecond,
    ...endOf(project, version),
    origins: project.origins,
    mayCreate: project.documents < limits.roomsPerProject,
  };
}

async function tokenMember(text: string, deps: AuthDeps): Promise<Result<Member, AuthError>> {
  // Asked once: the key's version and the rest have to be of the same moment.
  const asked: { project: Project | null } = { project: null };
  const trustOf: VerifyDeps["trustOf"] = async (id, claim) => {
    const found = await deps.projects.find(id, claim);
    if (found.ok) asked.project = found.value;
    return found;
  };
  const { secrets, jwks, nowMs } = deps;
  const token = await verifyToken(text, { secrets, jwks, nowMs, trustOf });
  if (!token.ok) return token;
  return asked.project === null
    ? unauthorized("Its project does not exist.")
    : await memberByToken(token.value, asked.project, nowMs);
}

async function memberByToken(
  verified: VerifiedToken,
  project: Project,
  nowMs: number,
): Promise<Result<Member, AuthError>> {
  const { keyVersion, ...token } = verified;
  const untilMs = project.revocations.get(token.user) ?? 0;
  if (untilMs > nowMs) return err({ tag: "revoked", untilMs });
  const own = mergeLimits(DEFAULT_LIMITS, project.limits);
  const limits = capLimits(own, token.limits);
  const provider = keyVersion === undefined ? await providerOf(project) : undefined;
  return ok({
    ...token,
    kind: "token",
    limits,
    joinsPerSecond: own.joinsPerSecond,
    ...(keyVersion !== undefined && { keyVersion }),
    ...(provider !== undefined && { provider }),
    ...endOf(project, keyVersion ?? Infinity, token.expiresMs),
    origins: project.origins,
    mayCreate: project.documents < limits.roomsPerProject,
  });
}

/** What was made with a version that has an end lasts no longer than that. */
function endOf(project: Project, version: number, expiresMs = Infinity): Pick<Member, "expiresMs" | "keyEndsMs"> {
  const keyEndsMs = keyEndMs(project, version);
  return keyEndsMs === undefined ? {} : { keyEndsMs, expiresMs: Math.min(keyEndsMs, expiresMs) };
}

function isOriginGood(principal: Principal, { origin }: Credentials, { isOriginAllowed }: AuthDeps): boolean {
  if (principal.kind === "operator") return isOriginAllowed([]);
  // Whoever asks without a page is nobody that a publishable key was given to.
  if (principal.kind === "page" && origin === null) return false;
  return isOriginAllowed(principal.origins);
}

async function findProject(id: ProjectId, deps: AuthDeps): Promise<Result<Project, AuthError>> {
  const found = await deps.projects.find(id, "proven");
  if (!found.ok) return found;
  return found.value === null ? unauthorized("Its project does not exist.") : ok(found.value);
}

function userOr(text: string | null, fallback: UserId): Result<UserId, AuthError> {
  return text === null || text === "" ? ok(fallback) : parseUserId(text);
}
