/**
 * What the router and the queue consumer may ask of a document room over RPC. Types only: the router talks to a stub.
 * Every answer is plain data. No method is called `name`, `id`, `fetch` or `connect`: stubs have those themselves.
 * @module
 */
import type { LockMode } from "../core/ports.ts";
import type { Result } from "../protocol/result.ts";
import type { Limits, LimitName } from "../protocol/room-limits.ts";
import type { Version } from "../protocol/version.ts";

export type ConnectedPeer = {
  readonly session: string;
  readonly user: string;
  readonly dialect: string;
  /** The `user` field of its awareness state (name, color), when it shows one. */
  readonly state: Readonly<Record<string, unknown>> | null;
};

export type DocumentHealth = {
  /** Sockets that hold an update back because something it depends on is missing. */
  readonly pending: number;
  /** Stored updates that failed compaction and were set aside. */
  readonly quarantined: number;
  readonly tailBytes: number;
  readonly lastVersion: Version;
  /** Age of the oldest update that no snapshot holds yet, in ms; 0 when all is saved in R2. */
  readonly lagMs: number;
  readonly outbox: { readonly rows: number; readonly oldestMs: number; readonly parked: number };
  /** Too large to hydrate: snapshots are merged, JSON and text answer 413. */
  readonly tooLarge: boolean;
  /** Some connected client family heartbeats in binary and keeps the room from sleeping. */
  readonly chatty: boolean;
  /** Last error of a background task, one line, when its last run failed. */
  readonly lastTaskError: string | null;
};

export type RoomDescription = {
  readonly version: Version;
  readonly bytes: number;
  readonly connected: readonly ConnectedPeer[];
  readonly lock: LockMode;
  /** What this instance refused since it started, by limit. */
  readonly refusals: Readonly<Partial<Record<LimitName, number>>>;
  readonly health: DocumentHealth;
};

/** Why a room could not do what was asked; the router maps each to a problem+json answer. */
export type RoomProblem =
  /** Never existed, or nothing is stored under this id. */
  | { readonly tag: "not-found" }
  /** A tombstone lies here. */
  | { readonly tag: "deleted" }
  /** R2 could not be asked whether this document exists; retry. */
  | { readonly tag: "unavailable"; readonly reason: string }
  | { readonly tag: "malformed-update"; readonly reason: string }
  /** The update depends on something this room lacks. */
  | { readonly tag: "missing-dependencies"; readonly stateVector: Uint8Array }
  | { readonly tag: "too-large"; readonly limitBytes: number }
  /** Locked, for reading too where it is closed, for everybody without the scope `admin`. */
  | { readonly tag: "locked" }
  /** Too many sockets, or too many joins at once: `limit` names which. */
  | { readonly tag: "room-limit"; readonly limit: LimitName }
  /** The caller has read or sent too many bytes over REST just now, or all into this room together; `answers` are what it has read. */
  | {
      readonly tag: "rate-limited";
      readonly limit: "syncBytesPerSecond" | "roomBytesPerSecond" | "answers";
      readonly retryAfterSeconds: number;
    }
  /** No such version of this document is stored. */
  | { readonly tag: "unknown-version" }
  /** It has changed since the version that the caller names, or holds something where it was to be empty. */
  | { readonly tag: "precondition-failed"; readonly version: Version }
  /** An edit that cannot be made: `reason` says which part of it, and why. */
  | { readonly tag: "bad-edit"; readonly reason: string }
  /** The project has all the rooms it may have, and this one never existed. */
  | { readonly tag: "no-more-rooms" };

export type ContentFormat = "update" | "json" | "text";

export type DocumentContent = {
  readonly version: Version;
  /** V1 update, UTF-8 JSON or UTF-8 text. */
  readonly body: Uint8Array;
};

/** Whom to close: one socket, or all of a user. */
export type KickTarget = { readonly session: string } | { readonly user: string };

export type { LockMode } from "../core/ports.ts";

/** Who asks over REST: a closed room answers administrators alone. */
export type Asker = { readonly isAdmin: boolean };

/** Who reads over REST. */
export type Reader = Asker & {
  readonly user: string;
  /** Stands for the caller's address, as in a ticket: those without a name are told apart by it. */
  readonly address: string;
};

/** Who edits over REST. */
export type Caller = Reader & {
  readonly limits: Limits;
  readonly mayCreate: boolean;
};

/** What of an erased document is not gone yet: `storage` is R2, `index` is D1. */
export type DocumentErasure = {
  readonly version: Version;
  readonly deletedMs: number;
  readonly remaining: readonly ("storage" | "index")[];
};

/** `rewritten` objects in R2 named the user; `cursor` is where to go on, null at the end. */
export type ForgottenPage = { readonly rewritten: number; readonly cursor: string | null };

export interface DocumentRoomApi {
  /** Does not create anything for an id that was never used. */
  describe(asker: Asker): Promise<Result<RoomDescription, RoomProblem>>;
  /** JSON and text of a document above the hydration limit answer `too-large`. */
  readContent(format: ContentFormat, reader: Reader): Promise<Result<DocumentContent, RoomProblem>>;
  /** Resolves when the update is durable; `changed` is false when everything in it was known. */
  applyUpdate(
    update: Uint8Array,
    caller: Caller,
    /** `precondition-failed` in a document that ever had content. */
    ifEmpty?: boolean,
  ): Promise<Result<{ readonly version: Version; readonly changed: boolean }, RoomProblem>>;
  /** Whether so many bytes may be stored beside the document; they count as sent. */
  admitBody(bytes: number, caller: Caller): Promise<Result<null, RoomProblem>>;
  /** Closes a user's sockets, and forgets whose what they wrote was: a page of it, from `cursor` on, null at first. Creates nothing. */
  forgetUser(user: string, cursor: string | null): Promise<Result<ForgottenPage, RoomProblem>>;
  /** Closes with 4403, which no client retries by itself. `closed` counts the sockets. Creates nothing. */
  kick(target: KickTarget, reason: string): Promise<Result<{ readonly closed: number }, RoomProblem>>;
  /** Outlives sleep and restarts. Creates nothing: an unknown document is `not-found`. */
  setLock(mode: LockMode): Promise<Result<{ readonly mode: LockMode }, RoomProblem>>;
  /** Erases the room's storage but for a tombstone, closes its sockets with 4404, and queues the rest. Idempotent. */
  erase(): Promise<Result<{ readonly version: Version }, RoomProblem>>;
  /** How far its erasure has come; `not-found` for a document that is there, or never was. */
  erasure(): Promise<Result<DocumentErasure, RoomProblem>>;
  /** The queue consumer has stored the event of this name: its outbox row may go. Unknown or older ones are ignored. */
  confirmStored(kind: "summary" | "deleted" | "version", event: string): Promise<void>;
}
