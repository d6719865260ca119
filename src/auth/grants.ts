/**
 * What a caller may do in one room. The router makes it once, before any object is touched; the room enforces it again.
 * @module
 */
import type { ProjectId } from "../protocol/room-id.ts";

export type UserId = string & { readonly __brand: "UserId" };

export const SCOPES = ["read", "write", "presence", "history", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export type Grant = {
  readonly project: ProjectId;
  /** Stable id of the person; `anonymous` where nobody said. Shown to others, never a secret. */
  readonly user: UserId;
  /** Omitted means denied (DESIGN §5). */
  readonly scopes: readonly Scope[];
};

/** True when the grant carries the scope. */
export function allows(grant: Grant, scope: Scope): boolean {
  return grant.scopes.includes(scope);
}
