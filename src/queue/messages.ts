/**
 * What rooms and the router put on the queue, at most 128 KB each. Consumers are idempotent: documents by (project, id, version),
 * audit entries by id.
 * @module
 */
import type { Version } from "../protocol/version.ts";
import type { RoomEventType } from "../protocol/webhook-events.ts";

/** A snapshot was stored in R2; D1 shows it when `version` is newer than what it has. */
export type SummaryMessage = {
  readonly v: 1;
  readonly kind: "summary";
  readonly project: string;
  readonly id: string;
  /** Durable Object name, so that the consumer can confirm. */
  readonly room: string;
  readonly version: Version;
  /**
   * R2 keys; the text is too big for a message. Of a document too large to hydrate `textKey`, title, excerpt and counts are those of
   * the last version that was not; `textKey` is null when there was none.
   */
  readonly snapshotKey: string;
  readonly textKey: string | null;
  readonly title: string;
  readonly excerpt: string;
  readonly words: number;
  readonly characters: number;
  readonly bytes: number;
  /** User ids, most recent first, at most 50. */
  readonly editors: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
};

/** The document was erased; D1 keeps a tombstone row so that a late summary revives nothing. */
export type DeletedMessage = {
  readonly v: 1;
  readonly kind: "deleted";
  readonly project: string;
  readonly id: string;
  readonly room: string;
  readonly version: Version;
  readonly deletedMs: number;
};

/** A version of a document was stored in R2: D1 lists it. */
export type VersionMessage = {
  readonly v: 1;
  readonly kind: "version";
  readonly project: string;
  readonly id: string;
  readonly room: string;
  readonly version: Version;
  readonly versionKind: "auto" | "named" | "restored";
  readonly name: string;
  /** Who asked for it; empty for automatic ones. */
  readonly user: string;
  /** User ids, most recent first, at most 50. */
  readonly editors: readonly string[];
  readonly bytes: number;
  readonly createdMs: number;
  /** When it got this kind and name. */
  readonly namedMs: number;
  /** {@link versionEvent} of the one before, while D1 has not confirmed it. Older rooms do not say. */
  readonly after?: string | null;
};

/** The first socket of a token's user has opened in a room: there it has to close when the user is revoked. */
export type JoinedMessage = {
  readonly v: 1;
  readonly kind: "joined";
  readonly project: string;
  readonly user: string;
  readonly room: string;
  readonly atMs: number;
};

export type AuditAction =
  | "create-project"
  | "change-project"
  | "rotate-project"
  | "show-keys"
  | "mint-token"
  | "revoke-user"
  | "delete-document"
  | "delete-version"
  | "delete-asset"
  | "kick"
  | "lock"
  | "replay-dead-letter"
  | "reindex"
  | "create-webhook"
  | "change-webhook"
  | "delete-webhook"
  | "rotate-webhook"
  | "replay-webhook"
  | "erase-user"
  | "erase-project";

/** Somebody did something administrative. */
export type AuditMessage = {
  readonly v: 1;
  readonly kind: "audit";
  /** Random: the same message twice is one entry. */
  readonly id: string;
  /** Null for what concerns the whole deployment. */
  readonly project: string | null;
  /** `operator`, `server`, `page` or `user:<id>`; never a key or token. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly target: string;
  readonly atMs: number;
  /** Id of the request. */
  readonly request: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** What happened in a room, as far as an endpoint of its project wants to hear of it; at most {@link MAX_TOLD_EVENTS}, oldest first. */
export type RoomEventsMessage = {
  readonly v: 1;
  readonly kind: "events";
  readonly project: string;
  readonly room: string;
  /** Where the message stands among those of its room: `run` is when it began to count, `position` counts from 1. Older rooms do not say. */
  readonly order?: { readonly run: number; readonly position: number };
  readonly events: readonly {
    /** The same event twice is one. */
    readonly id: string;
    readonly type: RoomEventType;
    readonly atMs: number;
    readonly data: Readonly<Record<string, string | number | null>>;
  }[];
};

/** Somebody has to go on with an erasure. */
export type EraseMessage = {
  readonly v: 1;
  readonly kind: "erase";
  readonly id: string;
  readonly project: string;
};

export const MAX_TOLD_EVENTS = 100;

/** On the queue of webhooks: somebody has to work on what an endpoint (by its number) is to be told of a room. */
export type WebhookWake = {
  readonly v: 1;
  readonly kind: "deliver";
  readonly endpoint: number;
  readonly subject: string;
  /** When the lane is due, as far as whoever sent this set it: it may come earlier, as a queue holds nothing back for longer than 12 h. */
  readonly dueMs?: number;
};

export type RoomMessage =
  | SummaryMessage
  | DeletedMessage
  | VersionMessage
  | JoinedMessage
  | AuditMessage
  | RoomEventsMessage
  | EraseMessage;

/** The name of a version's event in its room's outbox: another name of the same version is another event. */
export function versionEvent(version: Version, namedMs: number): string {
  return `${version} ${namedMs}`;
}
