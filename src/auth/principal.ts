/**
 * Who a request comes from, once its key or token is verified.
 * @module
 */
import type { ProjectId } from "../protocol/room-id.ts";
import type { Limits } from "../protocol/room-limits.ts";
import type { Profile, UserId } from "./grants.ts";
import type { KeyFacts } from "./keys.ts";
import type { RoomAccess } from "./room-access.ts";

/** Runs the deployment: projects, dead letters, the index. In no room. */
export type Operator = { readonly kind: "operator" };

/** Somebody of one project. */
export type Member = {
  /** `server`: a secret key. `page`: a publishable key alone. `token`: a person. `open`: nobody asked. */
  readonly kind: "server" | "page" | "token" | "open";
  readonly project: ProjectId;
  readonly user: UserId;
  /** Of a `server` and a `page`: the key that asks. */
  readonly key?: KeyFacts;
  readonly profile?: Profile;
  readonly access: RoomAccess;
  readonly limits: Limits;
  /** Of the project, whatever a token says: all who come to a room are counted by the same. */
  readonly joinsPerSecond: number;
  /** Of its token, or of the version of its key where that has an end. */
  readonly expiresMs?: number;
  /** When the version of its key, or of the key that its token was made with, stops counting: to the millisecond, whatever clocks say. */
  readonly keyEndsMs?: number;
  /** Of that key; absent where a provider's keys, or nobody's, vouch for it. */
  readonly keyVersion?: number;
  /** Stands for the provider whose keys vouch for it, if one's do. */
  readonly provider?: string;
  /** Web pages that may use it. A page without one of these origins is refused; no page at all is refused for `page` only. */
  readonly origins: readonly string[];
  readonly mayCreate: boolean;
};

export type Principal = Operator | Member;
