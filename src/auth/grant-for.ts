/**
 * From what somebody may do to what they may do in one room.
 * @module
 */
import type { RoomAddress } from "../protocol/room-id.ts";
import { type LimitName, type Limits, LIMIT_NAMES } from "../protocol/room-limits.ts";
import type { Grant } from "./grants.ts";
import type { Member } from "./principal.ts";
import { scopesFor } from "./room-access.ts";

/** A member, or what a verified token says. */
type Holder = Pick<Member, "project" | "user" | "profile" | "access" | "expiresMs">;

/** The grant of a member, or of a verified token, in a room of its project; without scopes where no pattern matches. */
export function grantFor(holder: Holder, room: Pick<RoomAddress, "kind" | "id">): Grant {
  const { project, user, profile, expiresMs } = holder;
  return {
    project,
    user,
    scopes: scopesFor(holder.access, room),
    ...(profile !== undefined && { profile }),
    ...(expiresMs !== undefined && { expiresMs }),
  };
}

/** The lower of both for each limit: a token cannot raise what its project has. */
export function capLimits(limits: Limits, cap: Partial<Limits>): Limits {
  const lower = (name: LimitName) => [name, Math.min(limits[name], cap[name] ?? limits[name])] as const;
  // SAFETY: every name gets its number.
  return Object.fromEntries(LIMIT_NAMES.map(lower)) as Limits;
}
