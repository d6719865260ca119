/**
 * Sessions into the attachments of their sockets, where they outlive the object's sleep.
 * @module
 */
import type { Room } from "../core/room.ts";
import { type DocumentAttachment, packAwareness, writeAttachment } from "./attachment.ts";
import type { DocumentSockets } from "./sockets.ts";

/** Writes what has changed since the last call. */
export function keepSessions(room: Room, sockets: DocumentSockets): void {
  for (const session of room.takeDirty()) {
    const entry = sockets.get(session.id);
    if (entry === undefined) continue;
    writeAttachment<DocumentAttachment>(entry.socket, {
      v: 2,
      ticket: entry.ticket,
      joinedMs: entry.joinedMs,
      progress: session.progress(),
      awareness: packAwareness(room.presence.keptOf(session.id)),
    });
  }
}
