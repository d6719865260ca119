/**
 * A customer: whose keys and tokens count, from where, and how much they may do. D1 keeps it, the router caches it.
 * @module
 */
import type { Result } from "../protocol/result.ts";
import type { ProjectId } from "../protocol/room-id.ts";
import type { Limits } from "../protocol/room-limits.ts";
import type { RoomEventFamily } from "../protocol/webhook-events.ts";
import type { UserId } from "./grants.ts";
import type { RoomAccess } from "./room-access.ts";

/** What it takes to verify a token of a project: small enough to travel with a socket, whose fresh tokens its room verifies. */
export type TokenTrust = {
  /** The newest version of the project's keys, from 1. */
  readonly keyVersion: number;
  /** The version before, until its overlap ends. */
  readonly previousUntilMs: number | null;
  /** Where the project's own identity provider publishes its public keys; at most 512 characters of https. */
  readonly jwksUrl: string | null;
  /** Claim `iss` that their tokens must have: without it, keys that an identity provider uses for many customers verify all of them. */
  readonly issuer?: string;
};

export type Project = TokenTrust & {
  readonly id: ProjectId;
  readonly name: string;
  /** Of web pages that may use its `pk_` key, and its tokens. */
  readonly origins: readonly string[];
  readonly limits: Partial<Limits>;
  /** What a `pk_` key alone allows: read, presence and write at most. */
  readonly access: RoomAccess;
  /** Users who are refused everywhere, and until when (Unix ms). */
  readonly revocations: ReadonlyMap<UserId, number>;
  /** What its endpoints want to hear of rooms; absent where that is nothing. */
  readonly webhooks?: readonly RoomEventFamily[];
  /** Documents that are not deleted, as of now. */
  readonly documents: number;
};

/** D1 cannot be asked and nothing recent is cached: 503, never 401. */
export type ProjectsUnavailable = { readonly tag: "projects-unavailable"; readonly reason: string };

/** Somebody who has proven nothing yet has named a project that is not known here, as too many others did just now: 429. */
export type TooManyLookups = { readonly tag: "too-many-lookups"; readonly retryAfterMs: number };

/** `proven`: whoever names the project has a key of it, or a token that is rightly signed. `said`: anybody may have made it up. */
export type ProjectClaim = "proven" | "said";

export type ProjectSource = {
  /** Null for a project that does not exist. */
  readonly find: (
    id: ProjectId,
    claim: ProjectClaim,
  ) => Promise<Result<Project | null, ProjectsUnavailable | TooManyLookups>>;
};
