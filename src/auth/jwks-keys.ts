/**
 * Key sets as they are published (RFC 7517), and which of their keys verifies which token.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { isObject } from "./token-text.ts";

/** For each algorithm of tokens the only type of key that goes with it: what the token says of itself cannot change that. */
const KEY_TYPES = { ES256: "EC", EdDSA: "OKP", RS256: "RSA" } as const;

export type JwksAlgorithm = keyof typeof KEY_TYPES;

/** What it takes to verify, and nothing else of what was published. Of a type there is one curve: P-256 for EC, Ed25519 for OKP. */
export type PublicKey = {
  readonly kid: string;
  /** Where the publisher says so. */
  readonly alg: unknown;
  readonly jwk: { readonly kty: string; readonly [parameter: string]: string };
};

/** `reason` is for the log. */
export type BadKeySet = { readonly tag: "bad-key-set"; readonly reason: string };

export const MAX_KEYS = 50;
const MAX_KID_CHARS = 256;
/** 8,192 bits of an RSA modulus in base64url: above that one verification costs too much. */
const MAX_PARAMETER_CHARS = 1_366;
/** An exponent of 32 bits: 65,537 is what everybody has. */
const MAX_EXPONENT_CHARS = 6;

export function isJwksAlgorithm(alg: string): alg is JwksAlgorithm {
  return Object.hasOwn(KEY_TYPES, alg);
}

/** True for the key that a token with this `kid` and `alg` has to be signed with. */
export function isKeyFor(
  { kid, alg, jwk }: PublicKey,
  wanted: { readonly kid: string; readonly alg: JwksAlgorithm },
): boolean {
  return kid === wanted.kid && jwk.kty === KEY_TYPES[wanted.alg] && (alg ?? wanted.alg) === wanted.alg;
}

/** The keys that can verify tokens; others in the set are left out, as are private ones: what is published is no secret. */
export function parseKeySet(text: string): Result<readonly PublicKey[], BadKeySet> {
  const keys = readKeys(text);
  if (keys === null) return bad("It is no key set.");
  if (keys.length > MAX_KEYS) return bad(`It holds more than ${MAX_KEYS} keys.`);
  return ok(keys.flatMap((key) => parseKey(key) ?? []));
}

function readKeys(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && Array.isArray(value["keys"]) ? value["keys"] : null;
  } catch {
    return null;
  }
}

function parseKey(value: unknown): PublicKey | null {
  if (!isObject(value)) return null;
  const { kid, kty, crv, alg, use, key_ops: operations } = value;
  if (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_CHARS) return null;
  if (value["d"] !== undefined || (use !== undefined && use !== "sig")) return null;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return null;
  const { n, e, x, y } = value;
  if (kty === "RSA" && isNumber(n) && isNumber(e) && e.length <= MAX_EXPONENT_CHARS)
    return { kid, alg, jwk: { kty, n, e } };
  if (kty === "EC" && crv === "P-256" && isNumber(x) && isNumber(y)) return { kid, alg, jwk: { kty, crv, x, y } };
  if (kty === "OKP" && crv === "Ed25519" && isNumber(x)) return { kid, alg, jwk: { kty, crv, x } };
  return null;
}

/** In base64url, as the key types write their numbers. */
function isNumber(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_PARAMETER_CHARS && /^[\w-]+$/.test(value);
}

function bad(reason: string): Result<never, BadKeySet> {
  return err({ tag: "bad-key-set", reason });
}
