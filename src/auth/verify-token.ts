/**
 * Tokens, verified: of our own derived keys (HS256), or of a project's identity provider (ES256, EdDSA, RS256). Which key verifies a
 * token follows from its algorithm and its project alone, never from what else the token says about keys.
 * @module
 */
import { compactVerify } from "jose";
import { type Result, ok } from "../protocol/result.ts";
import { type ProjectId, parseProjectId } from "../protocol/room-id.ts";
import type { Limits } from "../protocol/room-limits.ts";
import { type AuthError, unauthorized } from "./auth-error.ts";
import { BoundedCache } from "./bounded-cache.ts";
import type { Profile, UserId } from "./grants.ts";
import { JWKS_FRESH_MS, type JwksSource } from "./jwks.ts";
import { isJwksAlgorithm } from "./jwks-keys.ts";
import { type MasterSecret, isVersionGood, secretKeyOf, signingKey } from "./keys.ts";
import type { ProjectClaim, TokenTrust } from "./project.ts";
import type { RoomAccess } from "./room-access.ts";
import { type TokenClaims, parseClaims } from "./token-claims.ts";
import { MAX_TOKEN_CHARS, type TokenText, readTokenText } from "./token-text.ts";

/** What a token says, and may be believed to say. */
export type VerifiedToken = {
  readonly project: ProjectId;
  readonly user: UserId;
  readonly profile?: Profile;
  readonly access: RoomAccess;
  readonly limits: Partial<Limits>;
  readonly expiresMs: number;
  /** Version of the key it was made with; absent where a key set verifies it. */
  readonly keyVersion?: number;
};

export type VerifyDeps = {
  /** The same array for the whole isolate: what was verified with it is remembered with it. */
  readonly secrets: readonly MasterSecret[];
  readonly jwks: JwksSource;
  readonly nowMs: number;
  /** Null for a project that does not exist. Asked each time, for HS256 only once the signature is right. */
  readonly trustOf: (project: ProjectId, claim: ProjectClaim) => Promise<Result<TokenTrust | null, AuthError>>;
};

/** What clocks may differ by, either way. */
export const CLOCK_SKEW_MS = 30_000;
const CACHE_BOUNDS = { entries: 2_000, keyChars: 4 * 1024 * 1024 };

/** On what the signature's being right depends, besides itself. */
type Proof =
  | { readonly by: "derived-key"; readonly version: number }
  | { readonly by: "key-set"; readonly url: string; readonly untilMs: number };

type Proven = {
  readonly token: VerifiedToken;
  readonly notBeforeMs: number;
  /** Claim `iss`, as it stands there. */
  readonly issuer: unknown;
  readonly proof: Proof;
};

const caches = new WeakMap<readonly MasterSecret[], BoundedCache<Proven>>();

/**
 * What `token` grants, now. The second time it costs no cryptography and no fetch; what the project decides (key versions, the
 * address of its keys) and the time are looked at each time.
 */
export async function verifyToken(token: string, deps: VerifyDeps): Promise<Result<VerifiedToken, AuthError>> {
  const cache = cacheOf(deps.secrets);
  const known = token.length <= MAX_TOKEN_CHARS ? cache.get(token) : undefined;
  if (known !== undefined) {
    const trust = await trustIn(known.token.project, "proven", deps);
    if (!trust.ok) return trust;
    if (isProven(known, trust.value, deps.nowMs)) return inTime(known, deps.nowMs);
    cache.delete(token);
  }
  const proven = await prove(token, deps);
  if (!proven.ok) return proven;
  const timely = inTime(proven.value, deps.nowMs);
  if (timely.ok) cache.set(token, proven.value);
  return timely;
}

async function prove(token: string, deps: VerifyDeps): Promise<Result<Proven, AuthError>> {
  const text = readTokenText(token);
  if (text === null) return unauthorized("It does not have the form of a token.");
  const claims = parseClaims(text.payload);
  if (!claims.ok) return unauthorized(claims.error.reason);
  return text.alg === "HS256"
    ? await proveDerived(token, text, claims.value, deps)
    : await proveByKeySet(token, text, claims.value, deps);
}

async function proveDerived(
  token: string,
  text: TokenText,
  claims: TokenClaims,
  deps: VerifyDeps,
): Promise<Result<Proven, AuthError>> {
  const key = await secretKeyOf(deps.secrets, text.kid);
  if (key === null) return unauthorized("Its kid names no key of ours.");
  const { project, version } = key.facts;
  if (text.payload["project"] !== undefined && text.payload["project"] !== project) {
    return unauthorized("It claims another project than its key's.");
  }
  if (!(await isSigned(token, "HS256", await signingKey(key.text)))) return unauthorized("Its signature is not right.");
  const trust = await trustIn(project, "proven", deps);
  if (!trust.ok) return trust;
  const proven = provenBy({ by: "derived-key", version }, project, text, claims);
  return isProven(proven, trust.value, deps.nowMs) ? ok(proven) : unauthorized("Its key does not count any more.");
}

async function proveByKeySet(
  token: string,
  text: TokenText,
  claims: TokenClaims,
  deps: VerifyDeps,
): Promise<Result<Proven, AuthError>> {
  const { alg, kid, payload } = text;
  if (!isJwksAlgorithm(alg)) return unauthorized("Its algorithm is not accepted.");
  if (typeof kid !== "string") return unauthorized("It has no kid.");
  const project = parseProjectId(typeof payload["project"] === "string" ? payload["project"] : "");
  if (!project.ok) return unauthorized("It claims no project.");
  // Whose keys prove the signature is not known otherwise.
  const trust = await trustIn(project.value, "said", deps);
  if (!trust.ok) return trust;
  const url = trust.value.jwksUrl;
  if (url === null) return unauthorized("Its project has no keys of its own.");
  const key = await deps.jwks.find(url, { kid, alg });
  if (!key.ok) return key;
  if (key.value === null) return unauthorized("Its project publishes no such key.");
  if (!(await isSigned(token, alg, key.value))) return unauthorized("Its signature is not right.");
  const proof = { by: "key-set", url, untilMs: deps.nowMs + JWKS_FRESH_MS } as const;
  const proven = provenBy(proof, project.value, text, claims);
  return isProven(proven, trust.value, deps.nowMs) ? ok(proven) : unauthorized("Another issuer made it.");
}

/** The algorithm is the one that was chosen the key by; jose refuses every other, and keys of another type. */
async function isSigned(token: string, alg: string, key: CryptoKey | Uint8Array): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}

function provenBy(proof: Proof, project: ProjectId, { payload }: TokenText, claims: TokenClaims): Proven {
  const { user, profile, access, limits, expiresMs, notBeforeMs } = claims;
  const token = {
    ...{ project, user, access, limits, expiresMs },
    ...(profile !== undefined && { profile }),
    ...(proof.by === "derived-key" && { keyVersion: proof.version }),
  };
  return { token, notBeforeMs, issuer: payload["iss"], proof };
}

function isProven({ proof, issuer }: Proven, trust: TokenTrust, nowMs: number): boolean {
  if (proof.by === "derived-key") return isVersionGood(trust, proof.version, nowMs);
  const isIssuer = trust.issuer === undefined || trust.issuer === issuer;
  return isIssuer && proof.url === trust.jwksUrl && nowMs < proof.untilMs;
}

function inTime({ token, notBeforeMs }: Proven, nowMs: number): Result<VerifiedToken, AuthError> {
  if (nowMs >= token.expiresMs + CLOCK_SKEW_MS) return { ok: false, error: { tag: "token-expired" } };
  if (nowMs < notBeforeMs - CLOCK_SKEW_MS) return unauthorized("It is not valid yet.");
  return ok(token);
}

async function trustIn(
  project: ProjectId,
  claim: ProjectClaim,
  deps: VerifyDeps,
): Promise<Result<TokenTrust, AuthError>> {
  const trust = await deps.trustOf(project, claim);
  if (!trust.ok) return trust;
  return trust.value === null ? unauthorized("Its project does not exist.") : ok(trust.value);
}

function cacheOf(secrets: readonly MasterSecret[]): BoundedCache<Proven> {
  const known = caches.get(secrets);
  if (known !== undefined) return known;
  const created = new BoundedCache<Proven>(CACHE_BOUNDS);
  caches.set(secrets, created);
  return created;
}
