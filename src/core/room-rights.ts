/**
 * Rights that change while sockets are open: tokens that end or are renewed, the room's lock. Rules RG1–RG9 of SPEC.md.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import type { RightsReason } from "../protocol/messages.ts";
import { COUNTS_ANEW } from "./ack-count.ts";
import type { Batch } from "./batch.ts";
import type { DocumentState } from "./document/document-state.ts";
import type { RoomMessage, SessionId } from "./events.ts";
import type { DocumentStorage, LockMode } from "./ports.ts";
import type { RoomPresence } from "./presence/room-presence.ts";
import type { Session } from "./session.ts";
import type { SessionGrant } from "./session-rights.ts";
import type { SessionRegistry } from "./session-registry.ts";

export type RightsRoom = {
  readonly storage: Pick<DocumentStorage, "meta">;
  readonly document: Pick<DocumentState, "stateVector">;
  readonly sessions: SessionRegistry;
  /** Drops what it holds: it may not write any more. */
  readonly dropHeld: (session: Session) => void;
  readonly presence: RoomPresence;
  /** The batch of the next flush. */
  readonly batch: () => Batch;
  /** Verifies a token of a session outside; what comes of it is told later. */
  readonly renewToken: (id: SessionId, token: string) => void;
  /** Somebody may do something else than before. */
  readonly changed: () => void;
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
};

/** Why a socket that may not even read is closed. */
const ENDS: Readonly<Record<RightsReason, string>> = {
  "token-renewed": "the fresh token does not allow it",
  "token-expired": "its token has expired",
  locked: "the document is locked",
  unlocked: "it may not read",
};

export class RoomRights {
  readonly #room: RightsRoom;
  #lock: LockMode | undefined;
  #dueMs = Infinity;

  constructor(room: RightsRoom) {
    this.#room = room;
  }

  /** When {@link expire} has something to do at the soonest; Infinity when no token ends. */
  get dueMs(): number {
    return this.#dueMs;
  }

  get lock(): LockMode {
    this.#lock ??= this.#room.storage.meta.read()?.lock ?? "open";
    return this.#lock;
  }

  /** The document was erased or came from elsewhere: read the lock again. */
  forget(): void {
    this.#lock = undefined;
  }

  /** A session that has just come, or that was there before the object slept. */
  admit(session: Session, nowMs: number): void {
    const { rights } = session;
    rights.apply(this.lock);
    this.#dueMs = Math.min(this.#dueMs, dueMs(session, nowMs));
    if (!rights.scopes.includes("read")) this.#room.end(session.id, "forbidden", "it may not read");
  }

  /** What follows its welcome: a token near its end is asked for at once. */
  greet(session: Session, nowMs: number): readonly RoomMessage[] {
    return this.#want(session, nowMs);
  }

  /** It shows a token: each costs a verification. */
  show({ id, rates }: Session, token: string, nowMs: number): void {
    if (rates.mayRenew(nowMs)) this.#room.renewToken(id, token);
    else this.#room.end(id, "too-fast", "");
  }

  /** A fresh token of the same user: told in any case, and what it wrote meanwhile is asked for. */
  regrant(id: SessionId, grant: SessionGrant, nowMs: number): void {
    const session = this.#room.sessions.byId.get(id);
    if (session === undefined) return;
    const { rights } = session;
    const before = rights.grant;
    const hasMoreRoom = session.full !== undefined && grant.limits.documentBytes > before.limits.documentBytes;
    rights.renew(grant, nowMs);
    session.rates.limit(grant.limits);
    session.full = undefined;
    this.#dueMs = Math.min(this.#dueMs, dueMs(session, nowMs));
    this.#room.sessions.markDirty(session.id);
    this.#room.changed();
    if (!this.#apply(session, "token-renewed", nowMs)) return;
    if (hasMoreRoom && rights.mayWrite && !session.hasAskedForGap && !this.#ask(session)) return;
    const { presence, batch } = this.#room;
    if (JSON.stringify(before.profile) !== JSON.stringify(rights.grant.profile)) presence.dress(session, batch());
  }

  /** Stored before anybody hears of it. */
  setLock(mode: LockMode, nowMs: number): void {
    if (mode === this.lock) return;
    this.#room.storage.meta.write({ lock: mode });
    this.#lock = mode;
    this.#room.changed();
    for (const session of [...this.#room.sessions.byId.values()]) this.#apply(session, lockReason(mode), nowMs);
  }

  /** Asks for tokens, takes rights away and closes, where it is time. */
  expire(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    let next = Infinity;
    for (const session of [...this.#room.sessions.byId.values()]) {
      if (this.#expireOne(session, nowMs)) next = Math.min(next, dueMs(session, nowMs));
    }
    this.#dueMs = next;
  }

  /** False when it was ended. */
  #expireOne(session: Session, nowMs: number): boolean {
    const { rights } = session;
    if (nowMs >= rights.endMs) {
      this.#room.end(session.id, "refresh-token", "");
      return false;
    }
    if (nowMs >= rights.readOnlyMs && rights.stage !== "expired") {
      rights.enter("expired");
      this.#room.sessions.markDirty(session.id);
      return this.#apply(session, "token-expired", nowMs);
    }
    if (session.hasSaidHello) this.#room.send(session, this.#want(session, nowMs));
    return true;
  }

  #want(session: Session, nowMs: number): readonly RoomMessage[] {
    const { rights } = session;
    if (!mayBeAsked(session) || nowMs < rights.wantedMs) return [];
    rights.enter("wanted");
    this.#room.sessions.markDirty(session.id);
    const leftMs = (rights.grant.expiresMs ?? nowMs) - nowMs;
    return [{ type: "token-wanted", seconds: Math.max(0, Math.ceil(leftMs / 1_000)) }];
  }

  /** Tells what has changed. False when nothing is left and it was ended. */
  #apply(session: Session, reason: RightsReason, nowMs: number): boolean {
    const { send, end, presence, batch, dropHeld } = this.#room;
    const { rights } = session;
    const [mayWrite, mayShow] = [rights.mayWrite, rights.mayShow];
    const hasChanged = rights.apply(this.lock);
    if (!rights.scopes.includes("read")) {
      end(session.id, "forbidden", ENDS[reason]);
      return false;
    }
    if (hasChanged) this.#room.sessions.markDirty(session.id);
    if (mayShow && !rights.mayShow) presence.leave(session.id, nowMs, true, batch());
    if (mayWrite && !rights.mayWrite) dropHeld(session);
    // Whoever sent a token wants to hear that it was taken. Before the welcome nothing is said, and that says it all.
    const isNews = (hasChanged || reason === "token-renewed") && session.isGreeted;
    const { profile } = rights.grant;
    const news = { scopes: rights.scopes, reason, ...(profile !== undefined && { profile }) };
    if (isNews) send(session, [{ type: "rights", rights: news }]);
    return mayWrite || !rights.mayWrite || this.#ask(session);
  }

  /** What it wrote while it might not is not lost: its step 2 brings it. False when it was ended. */
  #ask(session: Session): boolean {
    if (session.count !== undefined) {
      if (!session.count.hasMissed) return true;
      this.#room.end(session.id, COUNTS_ANEW, "it may write what was refused");
      return false;
    }
    // The first step 1 of one that is not synced is answered with ours.
    if (!session.isSynced) return true;
    session.hasAskedForGap = true;
    this.#room.send(session, [{ type: "sync-step-1", stateVector: this.#room.document.stateVector() }]);
    return true;
  }
}

/** A family that has no word for it cannot be asked. */
function mayBeAsked({ rights, facts }: Session): boolean {
  return rights.stage === "fresh" && facts.traits.renewsToken !== false;
}

/** When its rights change next. */
function dueMs(session: Session, nowMs: number): number {
  const { rights } = session;
  if (rights.stage === "expired") return rights.endMs;
  // One that owes its hello, or has not signed in, is asked right after it.
  const isAskedByTime = mayBeAsked(session) && (session.hasSaidHello || rights.wantedMs > nowMs);
  return Math.min(isAskedByTime ? rights.wantedMs : rights.readOnlyMs, rights.endMs);
}

function lockReason(mode: LockMode): RightsReason {
  return mode === "open" ? "unlocked" : "locked";
}
