/**
 * What one socket may do from moment to moment: what it was granted, less what the end of its token and the room's lock take away.
 * Rules RG1–RG4 and RG9 of SPEC.md.
 * @module
 */
import type { Profile } from "../protocol/messages.ts";
import type { Limits } from "../protocol/room-limits.ts";
import type { LockMode } from "./ports.ts";

/** What a token, a key or open mode gives a socket. A fresh token replaces all of it. */
export type SessionGrant = {
  readonly scopes: readonly string[];
  /** Absent where others see what the client says. */
  readonly profile?: Profile;
  /** Unix ms; absent where it never ends. */
  readonly expiresMs?: number;
  /** Unix ms at which its socket is closed, whatever else; absent where it may stay. */
  readonly closesMs?: number;
  readonly limits: Limits;
};

/** `wanted`: a fresh one was asked for. `expired`: none came in time, and the socket reads only. */
export type TokenStage = "fresh" | "wanted" | "expired";

/** So long before its token's end a client is asked for another one. */
export const TOKEN_WANTED_MS = 30_000;
/** So long after it the token still counts (clocks differ), and after as much again its socket is closed. */
export const TOKEN_SKEW_MS = 30_000;

/** Of an expired token these stay until the socket is closed: nobody should vanish while a fresh one is on its way. */
const EXPIRED_SCOPES: readonly string[] = ["read", "presence"];

export class SessionRights {
  #grant: SessionGrant;
  #stage: TokenStage;
  #wantedMs: number;
  #lock: LockMode = "open";
  #scopes: readonly string[] = [];
  /** Fields, not sums: every update asks. */
  mayWrite = false;
  mayShow = false;

  constructor(grant: SessionGrant, stage: TokenStage) {
    this.#grant = grantOf(grant);
    this.#stage = stage;
    this.#wantedMs = (grant.expiresMs ?? Infinity) - TOKEN_WANTED_MS;
  }

  get grant(): SessionGrant {
    return this.#grant;
  }

  get stage(): TokenStage {
    return this.#stage;
  }

  /** What it may do now. */
  get scopes(): readonly string[] {
    return this.#scopes;
  }

  /** When a fresh token is asked for; Infinity where none is needed. */
  get wantedMs(): number {
    return this.#wantedMs;
  }

  /** From here on it reads only; Infinity for a grant without an end. */
  get readOnlyMs(): number {
    return (this.#grant.expiresMs ?? Infinity) + TOKEN_SKEW_MS;
  }

  /** From here on it is out. */
  get endMs(): number {
    return Math.min(this.readOnlyMs + TOKEN_SKEW_MS, this.#grant.closesMs ?? Infinity);
  }

  /** Nothing but a fresh token is missing for it to write. */
  get waitsForToken(): boolean {
    return this.#stage === "expired" && restrict(this.#grant.scopes, "fresh", this.#lock).includes("write");
  }

  /** Why it may not write. */
  get refusal(): string {
    return this.#grant.scopes.includes("write") && this.#lock !== "open" ? "the document is locked" : "read-only";
  }

  renew(grant: SessionGrant, nowMs: number): void {
    this.#grant = grantOf(grant);
    this.#stage = "fresh";
    // Half-way through a short life: one that is always shorter than the notice would be asked for again at once, for ever.
    const halfMs = ((grant.expiresMs ?? Infinity) - nowMs) / 2;
    this.#wantedMs = Math.max((grant.expiresMs ?? Infinity) - TOKEN_WANTED_MS, nowMs + halfMs);
  }

  enter(stage: TokenStage): void {
    this.#stage = stage;
  }

  /** Counts anew what it may do. True when that changed. */
  apply(lock: LockMode): boolean {
    const before = this.#scopes;
    this.#lock = lock;
    this.#scopes = restrict(this.#grant.scopes, this.#stage, lock);
    this.mayWrite = this.#scopes.includes("write");
    this.mayShow = this.#scopes.includes("presence");
    return before.length !== this.#scopes.length || before.some((scope) => !this.#scopes.includes(scope));
  }
}

/** Its fields alone: what comes along with it would be kept for as long as the socket. */
function grantOf({ scopes, profile, expiresMs, closesMs, limits }: SessionGrant): SessionGrant {
  return {
    ...{ scopes, limits },
    ...(profile !== undefined && { profile }),
    ...(expiresMs !== undefined && { expiresMs }),
    ...(closesMs !== undefined && { closesMs }),
  };
}

function restrict(scopes: readonly string[], stage: TokenStage, lock: LockMode): readonly string[] {
  if (stage === "expired") return scopes.filter((scope) => EXPIRED_SCOPES.includes(scope));
  if (lock === "open" || scopes.includes("admin")) return scopes;
  return lock === "closed" ? [] : scopes.filter((scope) => scope !== "write");
}
