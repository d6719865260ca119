/**
 * Whether a socket that was let in would still be: what its project says now of its key and its user.
 * @module
 */
import { isVersionGood } from "./keys.ts";
import type { ConnectTicket } from "./connect-ticket.ts";
import type { Project } from "./project.ts";

/** `key-ended`: whoever has a new one may come back. `revoked`: nobody of that name. */
export type Fallen = "key-ended" | "revoked";

/** Null where it counts. Nobody vouched for the sockets of open mode: those count as long as they like. */
export function fallenFrom(
  { by, keyVersion, grant }: Pick<ConnectTicket, "by" | "keyVersion" | "grant">,
  project: Project | null,
  nowMs: number,
): Fallen | null {
  if (by === "open") return null;
  if (project === null) return "key-ended";
  // Of its own name in a token alone; a back end says what it likes.
  if (by === "token" && (project.revocations.get(grant.user) ?? 0) > nowMs) return "revoked";
  const isVouchedFor = keyVersion === undefined ? project.jwksUrl !== null : isVersionGood(project, keyVersion, nowMs);
  return isVouchedFor ? null : "key-ended";
}
