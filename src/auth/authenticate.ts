/**
 * The one seam through which every request gets its grant. Keys and tokens will come in here; until then access exists in
 * open mode only.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { DEFAULT_PROJECT } from "../protocol/room-id.ts";
import { type Grant, SCOPES, type UserId } from "./grants.ts";

/** What a request says about who it is. */
export type Claims = {
  /** The `user` parameter: taken at its word in open mode. */
  readonly user: string | null;
};

export type AuthError =
  | { readonly tag: "unauthorized" }
  /** `reason` is one sentence that may be shown to the caller. */
  | { readonly tag: "bad-user"; readonly reason: string };

export const MAX_USER_CHARS = 128;
const ANONYMOUS = "anonymous" as UserId;
const CONTROL = /\p{Cc}/u;

/** A grant for the caller's project, made before any room is touched. */
export function authenticate(claims: Claims, { isOpen }: { readonly isOpen: boolean }): Result<Grant, AuthError> {
  if (!isOpen) return err({ tag: "unauthorized" });
  const user = parseUser(claims.user);
  return user.ok ? ok({ project: DEFAULT_PROJECT, user: user.value, scopes: SCOPES }) : user;
}

function parseUser(text: string | null): Result<UserId, AuthError> {
  if (text === null || text === "") return ok(ANONYMOUS);
  if (text.length > MAX_USER_CHARS) return badUser(`A user id has at most ${MAX_USER_CHARS} characters.`);
  if (!text.isWellFormed() || CONTROL.test(text)) return badUser("A user id holds no control characters.");
  return ok(text as UserId);
}

function badUser(reason: string): Result<never, AuthError> {
  return err({ tag: "bad-user", reason });
}
