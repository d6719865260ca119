/**
 * What a document room says about itself, from memory and a few small rows.
 * @module
 */
import { decodeShown } from "../core/presence/shown.ts";
import type { DocumentStorage } from "../core/ports.ts";
import type { Room } from "../core/room.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import { formatVersion } from "../protocol/version.ts";
import { readCarried } from "./carried.ts";
import { type DocumentContext, currentVersion } from "./document-context.ts";
import { unsavedSinceMs } from "./unsaved.ts";
import type { ConnectedPeer, DocumentHealth, RoomDescription } from "./room-api.ts";

/** Events that were sent this often without being confirmed are called parked; they are still repeated. */
const PARKED_ATTEMPTS = 8;

export function describeRoom(
  context: DocumentContext,
  room: Room,
  tasks: { readonly lastError: string | null },
): RoomDescription {
  return {
    version: currentVersion(context.storage),
    bytes: room.document.bytes(),
    connected: connectedPeers(context, room),
    health: healthOf(context, room, tasks.lastError),
    lock: room.rights.lock,
    refusals: context.refusals.all(),
  };
}

function connectedPeers({ sockets }: DocumentContext, room: Room): readonly ConnectedPeer[] {
  return [...sockets.all()].map(({ id, ticket }) => ({
    session: ticket.session,
    user: ticket.grant.user,
    dialect: ticket.dialect,
    state: decodeShown(room.presence.ownedBy(id)?.state ?? null),
  }));
}

function healthOf({ storage }: DocumentContext, room: Room, lastTaskError: string | null): DocumentHealth {
  const nowMs = Date.now();
  const meta = storage.meta.read();
  const tail = storage.log.stats();
  const outbox = storage.outbox.stats();
  const sessions = [...room.sessions()];
  const sinceMs = unsavedSinceMs(storage);
  return {
    pending: sessions.filter(({ held }) => held.length > 0).length,
    quarantined: storage.quarantine.count(),
    tailBytes: tail.bytes,
    lastVersion: formatVersion({ epoch: meta?.epoch ?? 1, seq: meta?.snapshotSeq ?? 0 }),
    lagMs: sinceMs === undefined ? 0 : Math.max(1, nowMs - sinceMs),
    outbox: {
      rows: outbox.rows,
      oldestMs: outbox.rows === 0 ? 0 : nowMs - outbox.oldestMs,
      parked: storage.outbox.due(Infinity).filter(({ attempts }) => attempts >= PARKED_ATTEMPTS).length,
    },
    tooLarge: room.document.bytes() > MAX_HYDRATE_BYTES,
    chatty: sessions.some(({ facts }) => facts.traits.renewsAwareness),
    lastTaskError: lastTaskError ?? hydrateFailure(storage),
  };
}

/** Compaction goes on by its bytes, so no task fails; but text and summary are as they were. */
function hydrateFailure(storage: DocumentStorage): string | null {
  const { unhydratable } = readCarried(storage);
  return unhydratable === undefined ? null : `the document cannot be built: ${unhydratable.reason}`;
}
