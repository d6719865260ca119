/**
 * What a publishable key alone allows.
 * @module
 */
import type { Scope } from "./grants.ts";
import type { RoomAccess } from "./room-access.ts";

/** A publishable key is on every page: no more than these, whatever the project says. */
const PAGE_SCOPES: readonly Scope[] = ["read", "write", "presence"];

/** Of a project's `access`, what its pages may do. */
export function pageAccess(access: RoomAccess): RoomAccess {
  const low = Object.entries(access).map(([pattern, scopes]) => [
    pattern,
    PAGE_SCOPES.filter((one) => scopes.includes(one)),
  ]);
  // SAFETY: the same patterns, with some of their scopes.
  return Object.fromEntries(low) as RoomAccess;
}
