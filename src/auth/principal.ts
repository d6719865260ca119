/**
 * Who a request comes from, once its key or token is verified.
 * @module
 */
import type { ProjectId } from "../protocol/room-id.ts";
import type { Limits } from "../protocol/room-limits.ts";
import type { Profile, UserId } from "./grants.ts";
import type { KeyFacts } from "./keys.ts";
import type { TokenTrust } from "./project.ts";
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
  readonly expiresMs?: number;
  /** Web pages that may use it. A page without one of these origins is refused; no page at all is refused for `page` only. */
  readonly origins: readonly string[];
  readonly trust: TokenTrust | null;
  readonly mayCreate: boolean;
};

export type Principal = Operator | Member;
