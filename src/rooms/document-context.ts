/**
 * What every part of a document room's shell shares.
 * @module
 */
import type { Config } from "../config.ts";
import type { Dialect, RoomMessage as DocumentMessage } from "../core/events.ts";
import type { DocumentStorage } from "../core/ports.ts";
import { type Version, formatVersion } from "../protocol/version.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import type { RoomMessage } from "../queue/messages.ts";
import type { SnapshotStore } from "../storage/snapshots.ts";
import type { VersionStore } from "../storage/version-store.ts";
import type { ContentReads } from "./content-reads.ts";
import type { JoinedUsers } from "./joined-users.ts";
import type { RefusalCounts } from "./refusal-counts.ts";
import type { RoomShell } from "./room-object.ts";
import type { DocumentSockets } from "./sockets.ts";
import type { Reauthenticate } from "./token-renewal.ts";

export type DocumentShell = RoomShell<DocumentMessage, Dialect>;

export type DocumentContext = {
  readonly roomName: string;
  readonly address: RoomAddress;
  readonly config: Config;
  readonly storage: DocumentStorage;
  readonly snapshots: SnapshotStore;
  readonly versions: VersionStore;
  readonly events: Queue<RoomMessage>;
  readonly sockets: DocumentSockets;
  readonly refusals: RefusalCounts;
  readonly content: ContentReads;
  readonly reauthenticate: Reauthenticate;
  readonly joined: JoinedUsers;
  /** Resolves when everything written so far is durable. */
  readonly durable: () => Promise<void>;
};

/** Version of what is stored now: (epoch, newest seq). */
export function currentVersion(storage: DocumentStorage): Version {
  return formatVersion({ epoch: storage.meta.read()?.epoch ?? 1, seq: storage.log.lastSeq() });
}

/** Of the erasure: above every version there was. */
export function tombstoneVersion(storage: DocumentStorage): Version {
  const { epoch = 1, snapshotSeq: seq = 0 } = storage.meta.read() ?? {};
  return formatVersion({ epoch, seq });
}

/** True once the document was erased: whatever a task has in hand must not be written. */
export function isErased(storage: DocumentStorage): boolean {
  const meta = storage.meta.read();
  return meta === undefined || meta.deletedMs !== null;
}
