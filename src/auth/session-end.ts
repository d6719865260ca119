/**
 * How long a socket may stay without its key or token being judged anew: what a rotation, a revocation or a change of the project
 * takes away is then gone from every socket, also from those of people who ask for nothing.
 * @module
 */
import type { Member } from "./principal.ts";

/** As long as projects are believed while they cannot be asked, and as a token lives by default. */
const MAX_UNJUDGED_MS = 3_600_000;
/** Sockets that came together, as after a deploy, do not go together. */
const SPREAD = 0.1;

/** Unix ms at which the socket of a member is closed and comes back; null in open mode. `random` is 0–1. */
export function sessionEndMs(
  { kind, keyEndsMs }: Pick<Member, "kind" | "keyEndsMs">,
  nowMs: number,
  random: number,
): number | null {
  if (kind === "open") return null;
  return Math.min(Math.round(nowMs + MAX_UNJUDGED_MS * (1 - SPREAD * random)), keyEndsMs ?? Infinity);
}
