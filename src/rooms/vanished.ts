/**
 * Which sockets are gone without a close event (DESIGN §3, Leaving). Families are judged by what they promise to send.
 * @module
 */
import type { Config } from "../config.ts";
import type { Room } from "../core/room.ts";
import type { SessionId } from "../core/events.ts";
import type { DocumentShell } from "./document-context.ts";

/** Families that renew awareness every 15 s: three renewals missed. */
export const RENEWAL_SILENCE_MS = 45_000;

type Moment = { readonly nowMs: number } & Pick<Config, "heartbeatSilenceMs">;

/** Sessions that have been silent for longer than their family ever is. */
export function findVanished(
  room: Room,
  { ctx, sockets }: DocumentShell,
  { nowMs, heartbeatSilenceMs }: Moment,
): readonly SessionId[] {
  const vanished: SessionId[] = [];
  for (const { id, lastSeenMs, facts } of room.sessions()) {
    const socket = sockets.get(id)?.socket;
    if (socket === undefined) continue;
    if (facts.traits.heartbeats) {
      const heardMs = Math.max(lastSeenMs, ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0);
      if (nowMs - heardMs > heartbeatSilenceMs) vanished.push(id);
    } else if (facts.traits.renewsAwareness) {
      // Without a state of its own such a client never sends anything: no sign of being gone.
      const owned = room.presence.ownedBy(id);
      const isShown = owned !== undefined && owned.state !== null;
      if (isShown && nowMs - lastSeenMs > RENEWAL_SILENCE_MS) vanished.push(id);
    }
  }
  return vanished;
}
