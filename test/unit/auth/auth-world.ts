/**
 * Projects, keys and tokens for the tests of auth, and tokens that no honest library would sign.
 * @module
 */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { AuthError } from "../../../src/auth/auth-error.ts";
import type { AuthDeps, Credentials } from "../../../src/auth/authenticate.ts";
import type { UserId } from "../../../src/auth/grants.ts";
import type { JwksSource } from "../../../src/auth/jwks.ts";
import { type MasterSecret, formatKey, keyIdOf, signingKey } from "../../../src/auth/keys.ts";
import type { MintClaims } from "../../../src/auth/mint-token.ts";
import { mintToken } from "../../../src/auth/mint-token.ts";
import type { Project, TokenTrust } from "../../../src/auth/project.ts";
import type { VerifyDeps } from "../../../src/auth/verify-token.ts";
import { type Result, ok } from "../../../src/protocol/result.ts";
import type { ProjectId } from "../../../src/protocol/room-id.ts";

export const NOW_MS = 1_900_000_000_000;
export const NOW = NOW_MS / 1000;
export const ACME = "acme" as ProjectId;
export const OTHER = "other" as ProjectId;
export const JWKS_URL = "https://id.example.com/keys";

export const OLD_MASTER: MasterSecret = { id: "m1", secret: "an old master secret of 40 characters ok" };
export const NEW_MASTER: MasterSecret = { id: "m2", secret: "the newest master secret, 40 characters!" };

/** A fresh list each time, so that no test meets what another one verified. */
export function masters(): readonly MasterSecret[] {
  return [NEW_MASTER, OLD_MASTER];
}

export function projectOf(id: ProjectId, changes: Partial<Project> = {}): Project {
  return {
    id,
    name: id,
    keyVersion: 1,
    previousUntilMs: null,
    jwksUrl: null,
    origins: [`https://${id}.example.com`],
    limits: {},
    access: {},
    revocations: new Map<UserId, number>(),
    documents: 0,
    ...changes,
  };
}

export function secretKey(project: ProjectId = ACME, version = 1, secrets = masters()): Promise<string> {
  return formatKey(secrets, { kind: "sk", project, version });
}

export function pageKey(project: ProjectId = ACME, version = 1): Promise<string> {
  return formatKey(masters(), { kind: "pk", project, version });
}

/** A token of Alice, who may read and write in team/*, valid for an hour from NOW_MS. */
export async function aliceToken(claims: Partial<MintClaims> = {}, project: ProjectId = ACME): Promise<string> {
  const whole: MintClaims = { user: "alice", rooms: { "document:team/*": ["read", "write"] }, ...claims };
  const minted = await mintToken(await secretKey(project), whole, { nowMs: NOW_MS });
  if (!minted.ok) throw new Error(minted.error.reason);
  return minted.value.token;
}

export type Json = Readonly<Record<string, unknown>>;

export const base64url = (value: string | Uint8Array) => Buffer.from(value).toString("base64url");

export const ALICE: Json = { sub: "alice", exp: NOW + 3_600, rooms: { "document:*": ["read"] } };

/** The three parts, signed by whatever `signer` does; texts stand as they are, objects as JSON. */
export function forge(header: Json | string, payload: Json | string, signer: (input: string) => Uint8Array): string {
  const text = (part: Json | string) => base64url(typeof part === "string" ? part : JSON.stringify(part));
  const input = `${text(header)}.${text(payload)}`;
  return `${input}.${base64url(signer(input))}`;
}

export const hs256 = (key: string | Uint8Array) => (input: string) =>
  new Uint8Array(createHmac("sha256", key).update(input).digest());

/** Signed with the project's own derived key, whatever it says. */
export async function forgeOwn(
  header: Json,
  payload: Json | string = ALICE,
  project: ProjectId = ACME,
): Promise<string> {
  const key = await secretKey(project);
  const whole = { alg: "HS256", typ: "JWT", kid: keyIdOf(key), ...header };
  return forge(whole, payload, hs256(await signingKey(key)));
}

/** Keys of an identity provider, and their key set. */
export function providerKeys() {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ed = generateKeyPairSync("ed25519");
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const published = (kid: string, key: KeyObject) => ({ ...key.export({ format: "jwk" }), kid });
  const keys = [published("ec", ec.publicKey), published("ed", ed.publicKey), published("rsa", rsa.publicKey)];
  return { ec, ed, rsa, keys, keySet: JSON.stringify({ keys }) };
}

export const es256 = (key: KeyObject) => (input: string) =>
  new Uint8Array(sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }));
export const rs256 = (key: KeyObject) => (input: string) => new Uint8Array(sign("sha256", Buffer.from(input), key));
export const eddsa = (key: KeyObject) => (input: string) => new Uint8Array(sign(null, Buffer.from(input), key));

export const NO_JWKS: JwksSource = {
  find: async () => ({ ok: false, error: { tag: "jwks-unavailable", reason: "There is none here." } }),
};

export const TRUST: TokenTrust = { keyVersion: 1, previousUntilMs: null, jwksUrl: null };

/** What a verifier is asked, counted. */
export function verifier(trusts: Readonly<Record<string, TokenTrust>> = { acme: TRUST }, jwks: JwksSource = NO_JWKS) {
  const asked: ProjectId[] = [];
  const trustOf = async (project: ProjectId): Promise<Result<TokenTrust | null, AuthError>> => {
    asked.push(project);
    return ok(Object.hasOwn(trusts, project) ? (trusts[project] ?? null) : null);
  };
  const deps: VerifyDeps = { secrets: masters(), jwks, nowMs: NOW_MS, trustOf };
  return { asked, deps };
}

export const NOTHING: Credentials = {
  bearer: null,
  socketToken: null,
  queryToken: null,
  queryKey: null,
  user: null,
  origin: null,
};

export function authDeps(projects: readonly Project[], changes: Partial<AuthDeps> = {}) {
  const asked: ProjectId[] = [];
  const find: AuthDeps["projects"]["find"] = async (id) => {
    asked.push(id);
    return ok(projects.find((project) => project.id === id) ?? null);
  };
  const deps: AuthDeps = {
    isOpen: false,
    secrets: masters(),
    operatorSecret: "the operator's secret of this server, long",
    projects: { find },
    jwks: NO_JWKS,
    nowMs: NOW_MS,
    isOriginAllowed: () => true,
    ...changes,
  };
  return { asked, deps };
}

/** The error's tag, or "ok". */
export const outcome = (result: Result<unknown, { readonly tag: string }>) => (result.ok ? "ok" : result.error.tag);
