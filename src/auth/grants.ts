/**
 * What a caller may do in one room. The router makes it once, before any object is touched; the room enforces it again.
 * @module
 */
import type { ProjectId } from "../protocol/room-id.ts";

export type UserId = string & { readonly __brand: "UserId" };

export const SCOPES = ["read", "write", "presence", "history", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** What a token says of its bearer: shown to others in place of whatever the client says of itself. */
export type Profile = {
  /** At most 128 characters. */
  readonly name?: string;
  /** `#rgb` or `#rrggbb`. */
  readonly color?: string;
  /** An https URL of at most 512 characters. */
  readonly avatar?: string;
};

export type Grant = {
  readonly project: ProjectId;
  /** Stable id of the person; `anonymous` where nobody said. Shown to others, never a secret. */
  readonly user: UserId;
  /** Omitted means denied (DESIGN §5). */
  readonly scopes: readonly Scope[];
  /** Absent where no token says who this is: then others see what the client says. */
  readonly profile?: Profile;
  /** Unix ms after which it counts no more, but for the clock skew; absent for keys and open mode. */
  readonly expiresMs?: number;
};

/** True when the grant carries the scope. */
export function allows(grant: Grant, scope: Scope): boolean {
  return grant.scopes.includes(scope);
}
