/**
 * Fresh tokens and keys of open sockets. Judged beside the room's work: what arrives meanwhile is handled under the old rights.
 * Rules RO44–RO46 of SPEC.md.
 * @module
 */
import type { AuthError } from "../auth/auth-error.ts";
import type { ConnectTicket, DialectName } from "../auth/connect-ticket.ts";
import { grantFor } from "../auth/grant-for.ts";
import type { UserId } from "../auth/grants.ts";
import type { Member } from "../auth/principal.ts";
import { sessionEndMs } from "../auth/session-end.ts";
import { MAX_TOKEN_CHARS } from "../auth/token-text.ts";
import type { SessionId } from "../core/events.ts";
import type { SessionGrant } from "../core/session-rights.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import { type Result, assertNever, err } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import { logRoomError } from "./log.ts";
import { grantOf } from "./session-facts.ts";
import type { RoomSocket } from "./sockets.ts";

/** What somebody shows in a socket, who was `user` when it came. */
export type Shown = { readonly text: string; readonly user: UserId };

/** Judges it by the code and the projects of this moment that upgrades are judged by. */
export type Reauthenticate = (shown: Shown) => Promise<Result<Member, AuthError>>;

export type RenewingRoom = {
  readonly roomName: string;
  readonly address: RoomAddress;
  readonly reauthenticate: Reauthenticate;
  readonly sockets: { get(id: SessionId): RoomSocket<unknown> | undefined };
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
  readonly regrant: (id: SessionId, grant: SessionGrant) => void;
  /** After what a renewal changed. */
  readonly settle: () => void;
};

/** Families that show a token whether anybody wants one or not. */
const ALWAYS_SHOW: ReadonlySet<DialectName> = new Set(["hocuspocus"]);

type Refusal = { readonly close: CloseReason; readonly detail: string };

export class TokenRenewal {
  readonly #shell: RenewingRoom;
  /** Sockets whose token is being verified, and the latest one that came meanwhile. */
  readonly #busy = new Map<RoomSocket<unknown>, string | undefined>();

  constructor(shell: RenewingRoom) {
    this.#shell = shell;
  }

  /** One verification at a time for each socket. */
  renew(id: SessionId, token: string): void {
    const { sockets, end } = this.#shell;
    const entry = sockets.get(id);
    if (entry === undefined) return;
    if (token.length > MAX_TOKEN_CHARS) return end(id, "unauthorized", "the token is too long");
    const { by, dialect } = entry.ticket;
    if (by === "open" && ALWAYS_SHOW.has(dialect)) return this.#shell.regrant(id, grantOf(entry.ticket));
    if (this.#busy.has(entry)) return void this.#busy.set(entry, token);
    this.#busy.set(entry, undefined);
    void this.#run(entry, token);
  }

  async #run(entry: RoomSocket<unknown>, first: string): Promise<void> {
    const { sockets, end, settle, roomName } = this.#shell;
    let token: string | undefined = first;
    try {
      while (token !== undefined) {
        const verified = await this.#judge(token, entry.ticket);
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

  #take(entry: RoomSocket<unknown>, member: Member): void {
    const { regrant, address } = this.#shell;
    const { limits, joinsPerSecond, mayCreate, keyVersion, provider } = member;
    const closesMs = sessionEndMs(member, Date.now(), Math.random());
    const { keyVersion: _key, provider: _provider, ...kept } = entry.ticket;
    const vouched = { ...(keyVersion !== undefined && { keyVersion }), ...(provider !== undefined && { provider }) };
    const grant = grantFor(member, address);
    entry.ticket = { ...kept, grant, limits, joinsPerSecond, closesMs, mayCreate, ...vouched };
    regrant(entry.id, grantOf(entry.ticket));
  }

  async #judge(text: string, { grant, by }: ConnectTicket): Promise<Result<Member, Refusal>> {
    if (by === "open") return refused("unauthorized", "it came without a token");
    const judged = await this.#shell.reauthenticate({ text, user: grant.user });
    if (!judged.ok) return refusalOf(judged.error);
    const { project, user, kind } = judged.value;
    // A token in place of a key, or the other way round, would leave what its page and its user were looked at for.
    const isSame = project === grant.project && user === grant.user && kind === by;
    return isSame ? judged : refused("unauthorized", "the token names another user");
  }
}

function refusalOf(error: AuthError): Result<never, Refusal> {
  switch (error.tag) {
    case "token-expired":
      return refused("refresh-token", "");
    case "jwks-unavailable":
    case "projects-unavailable":
    case "too-many-lookups":
      return refused("unavailable", "the token cannot be verified now");
    case "revoked":
      return refused("forbidden", "access was revoked");
    case "unauthorized":
    case "origin-refused":
    case "bad-user":
      return refused("unauthorized", "the token is not good");
    default:
      return assertNever(error);
  }
}

function refused(close: CloseReason, detail: string): Result<never, Refusal> {
  return err({ close, detail });
}
