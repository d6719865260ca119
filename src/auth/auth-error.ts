/**
 * Why somebody is not let in. Reasons never hold a key, a token or any part of one.
 * @module
 */
import type { ProjectsUnavailable, TooManyLookups } from "./project.ts";

export type AuthError =
  /** `reason` is for the log: callers learn nothing from it. */
  | { readonly tag: "unauthorized"; readonly reason: string }
  /** Signed by the right key, and over: a fresh one will do. */
  | { readonly tag: "token-expired" }
  | { readonly tag: "revoked"; readonly untilMs: number }
  | { readonly tag: "origin-refused" }
  /** `reason` is one sentence that may be shown to the caller. */
  | { readonly tag: "bad-user"; readonly reason: string }
  | ProjectsUnavailable
  | TooManyLookups
  /** The project's own keys cannot be fetched, and none that are recent enough are known. */
  | { readonly tag: "jwks-unavailable"; readonly reason: string };

export type Unauthorized = Extract<AuthError, { readonly tag: "unauthorized" }>;

/** A refusal whose `reason` only the log hears. */
export function unauthorized(reason: string): { readonly ok: false; readonly error: Unauthorized } {
  return { ok: false, error: { tag: "unauthorized", reason } };
}
