/**
 * Fresh tokens of open sockets. Verified beside the room's work: what arrives meanwhile is handled under the old rights.
 * Rules RO44–RO46 of SPEC.md.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { capLimits, grantFor } from "../auth/grant-for.ts";
import { type JwksSource, createJwks } from "../auth/jwks.ts";
import { MAX_TOKEN_CHARS } from "../auth/token-text.ts";
import { type VerifiedToken, verifyToken } from "../auth/verify-token.ts";
import type { Config } from "../config.ts";
import type { SessionId } from "../core/events.ts";
import type { SessionGrant } from "../core/session-rights.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import { type Result, assertNever, err, ok } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import { logRoomError } from "./log.ts";
import { grantOf } from "./session-facts.ts";
import type { RoomSocket } from "./sockets.ts";

export type RenewingRoom = {
  readonly roomName: string;
  readonly address: RoomAddress;
  readonly config: Pick<Config, "secrets" | "isOpen">;
  readonly sockets: { get(id: SessionId): RoomSocket<unknown> | undefined };
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
  readonly regrant: (id: SessionId, grant: SessionGrant) => void;
  /** After what a renewal changed. */
  readonly settle: () => void;
};

type Refusal = { readonly close: CloseReason; readonly detail: string };

export class TokenRenewal {
  readonly #shell: RenewingRoom;
  /** Sockets whose token is being verified, and the latest one that came meanwhile. */
  readonly #busy = new Map<RoomSocket<unknown>, string | undefined>();
  #jwks: JwksSource | undefined;

  constructor(shell: RenewingRoom) {
    this.#shell = shell;
  }

  /** One verification at a time for each socket. */
  renew(id: SessionId, token: string): void {
    const { sockets, end } = this.#shell;
    const entry = sockets.get(id);
    if (entry === undefined) return;
    if (token.length > MAX_TOKEN_CHARS) return end(id, "unauthorized", "the token is too long");
    if (this.#busy.has(entry)) return void this.#busy.set(entry, token);
    this.#busy.set(entry, undefined);
    void this.#run(entry, token);
  }

  async #run(entry: RoomSocket<unknown>, first: string): Promise<void> {
    const { sockets, end, settle, roomName } = this.#shell;
    let token: string | undefined = first;
    try {
      while (token !== undefined) {
        const verified = await this.#verify(token, entry.ticket);
        // Gone meanwhile, or another socket has its session.
        if (sockets.get(entry.id) !== entry) break;
        if (verified.ok) this.#take(entry, verified.value);
        else end(entry.id, verified.error.close, verified.error.detail);
        settle();
        token = this.#busy.get(entry);
        this.#busy.set(entry, undefined);
      }
    } catch (error) {
      logRoomError("renewal-failed", roomName, error, { session: entry.ticket.session });
      end(entry.id, "internal", "");
      settle();
    } finally {
      this.#busy.delete(entry);
    }
  }

  #take(entry: RoomSocket<unknown>, verified: VerifiedToken): void {
    const { regrant, address } = this.#shell;
    // Never above what it came with: of that the project's part is not known here.
    const limits = capLimits(entry.ticket.limits, verified.limits);
    entry.ticket = { ...entry.ticket, grant: grantFor(verified, address), limits };
    regrant(entry.id, grantOf(entry.ticket));
  }

  async #verify(token: string, { grant, trust }: ConnectTicket): Promise<Result<VerifiedToken, Refusal>> {
    if (trust === null) return refused("unauthorized", "it came without a token");
    const verified = await verifyToken(token, {
      secrets: this.#shell.config.secrets,
      jwks: this.#keySets(),
      nowMs: Date.now(),
      trustOf: async (project) => ok(project === grant.project ? trust : null),
    });
    if (!verified.ok) {
      switch (verified.error.tag) {
        case "token-expired":
          return refused("refresh-token", "");
        case "jwks-unavailable":
        case "projects-unavailable":
          return refused("unavailable", "the token cannot be verified now");
        case "unauthorized":
        case "revoked":
        case "origin-refused":
        case "bad-user":
          return refused("unauthorized", "the token is not good");
        default:
          return assertNever(verified.error);
      }
    }
    const { project, user } = verified.value;
    const isSame = project === grant.project && user === grant.user;
    return isSame ? verified : refused("unauthorized", "the token names another user");
  }

  /** Of this room alone: a fetch of one object must not be awaited by another. */
  #keySets(): JwksSource {
    const { isOpen } = this.#shell.config;
    this.#jwks ??= createJwks(async (request) => await fetch(request), Date.now, { allowsLoopback: isOpen });
    return this.#jwks;
  }
}

function refused(close: CloseReason, detail: string): Result<never, Refusal> {
  return err({ close, detail });
}
