/**
 * Rights that change while sockets of a room of people are open: tokens that end or are renewed, the room's lock. Rule PP23.
 * @module
 */
import type { CloseReason } from "../../protocol/close-codes.ts";
import type { RightsReason } from "../../protocol/messages.ts";
import type { SessionId } from "../events.ts";
import type { LockMode } from "../ports.ts";
import type { SessionGrant } from "../session-rights.ts";
import type { Connection } from "./connection.ts";
import type { Messages } from "./telling.ts";

export type PeopleRightsRoom = {
  readonly connections: ReadonlyMap<SessionId, Connection>;
  /** It may be shown from here on, or not any more, or its profile is another one. */
  readonly reshow: (connection: Connection) => void;
  readonly markDirty: (id: SessionId) => void;
  readonly send: (id: SessionId, messages: Messages) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
};

/** One session, or all of a user. */
export type Kicked = { readonly session: string } | { readonly user: string };

/** Why a socket that may not even read is closed. */
const ENDS: Readonly<Record<RightsReason, string>> = {
  "token-renewed": "the fresh token does not allow it",
  "token-expired": "its token has expired",
  locked: "the room is locked",
  unlocked: "it may not read",
};

export class PeopleRights {
  readonly #room: PeopleRightsRoom;
  #lock: LockMode;
  #dueMs = Infinity;

  constructor(room: PeopleRightsRoom, lock: LockMode) {
    this.#room = room;
    this.#lock = lock;
  }

  get lock(): LockMode {
    return this.#lock;
  }

  /** When {@link expire} has something to do at the soonest; Infinity when no token ends. The alarm of the shell may be late. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** False, and it is ended, when it may not even read. */
  admit(connection: Connection, nowMs: number): boolean {
    const { rights, id } = connection;
    rights.apply(this.#lock);
    this.#dueMs = Math.min(this.#dueMs, dueMs(connection, nowMs));
    if (rights.scopes.includes("read")) return true;
    this.#room.end(id, "forbidden", this.#lock === "closed" ? ENDS.locked : "it may not read");
    return false;
  }

  /** Closes for good; how many. */
  kick(target: Kicked, detail: string): number {
    const kicked = [...this.#room.connections.values()].filter(({ id, user }) =>
      "session" in target ? id === target.session : user === target.user,
    );
    for (const { id } of kicked) this.#room.end(id, "forbidden", detail);
    return kicked.length;
  }

  /** One that was here before a sleep; what it may not do any more is taken away when everybody is back. */
  restore(connection: Connection, nowMs: number): void {
    connection.rights.apply(this.#lock);
    const mayStay = connection.rights.scopes.includes("read");
    this.#dueMs = Math.min(this.#dueMs, mayStay ? dueMs(connection, nowMs) : nowMs);
  }

  /** What follows its welcome: a token near its end is asked for at once. */
  greet(connection: Connection, nowMs: number): Messages {
    return this.#want(connection, nowMs);
  }

  /** A fresh token of the same user. */
  regrant(id: SessionId, grant: SessionGrant, nowMs: number): void {
    const connection = this.#room.connections.get(id);
    if (connection === undefined) return;
    connection.rights.renew(grant, nowMs);
    connection.rates.limit(grant.limits);
    this.#dueMs = Math.min(this.#dueMs, dueMs(connection, nowMs));
    this.#apply(connection, "token-renewed");
  }

  /** Stored by the shell before. */
  setLock(mode: LockMode): void {
    if (mode === this.#lock) return;
    this.#lock = mode;
    for (const connection of [...this.#room.connections.values()]) {
      this.#apply(connection, mode === "open" ? "unlocked" : "locked");
    }
  }

  /** Asks for tokens, takes rights away and closes, where it is time. */
  expire(nowMs: number): void {
    let next = Infinity;
    for (const connection of [...this.#room.connections.values()]) {
      if (this.#expireOne(connection, nowMs)) next = Math.min(next, dueMs(connection, nowMs));
    }
    this.#dueMs = next;
  }

  /** False when it was ended. */
  #expireOne(connection: Connection, nowMs: number): boolean {
    const { rights, id, isGreeted } = connection;
    if (!rights.scopes.includes("read")) {
      this.#room.end(id, "forbidden", "it may not read");
      return false;
    }
    if (nowMs >= rights.endMs) {
      this.#room.end(id, "refresh-token", "");
      return false;
    }
    if (nowMs >= rights.readOnlyMs && rights.stage !== "expired") {
      rights.enter("expired");
      return this.#apply(connection, "token-expired");
    }
    const wanted = isGreeted ? this.#want(connection, nowMs) : [];
    if (wanted.length > 0) this.#room.send(id, wanted);
    return true;
  }

  #want({ rights, id }: Connection, nowMs: number): Messages {
    if (rights.stage !== "fresh" || nowMs < rights.wantedMs) return [];
    rights.enter("wanted");
    this.#room.markDirty(id);
    const leftMs = (rights.grant.expiresMs ?? nowMs) - nowMs;
    return [{ type: "token-wanted", seconds: Math.max(0, Math.ceil(leftMs / 1_000)) }];
  }

  /** Tells what has changed. False when nothing is left and it was ended. */
  #apply(connection: Connection, reason: RightsReason): boolean {
    const { rights, id } = connection;
    const hasChanged = rights.apply(this.#lock);
    if (!rights.scopes.includes("read")) {
      this.#room.end(id, "forbidden", ENDS[reason]);
      return false;
    }
    this.#room.markDirty(id);
    if (!connection.isGreeted) return true;
    const { profile } = rights.grant;
    const news = { scopes: rights.scopes, reason, ...(profile !== undefined && { profile }) };
    if (hasChanged || reason === "token-renewed") this.#room.send(id, [{ type: "rights", rights: news }]);
    this.#room.reshow(connection);
    return true;
  }
}

/** When its rights change next. */
function dueMs({ rights, isGreeted }: Connection, nowMs: number): number {
  if (rights.stage === "expired") return rights.endMs;
  // One that owes its hello is asked right after it.
  const isAskedByTime = rights.stage === "fresh" && (isGreeted || rights.wantedMs > nowMs);
  return Math.min(isAskedByTime ? rights.wantedMs : rights.readOnlyMs, rights.endMs);
}
