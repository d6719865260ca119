/**
 * Presence of one room: decides what of an awareness frame goes out, to whom, and what its sender hears at once. Rules PR1–PR18.
 * @module
 */
import type { Batch } from "../batch.ts";
import type { RoomMessage, SessionId } from "../events.ts";
import type { Session } from "../session.ts";
import { type AwarenessEntry, decodeAwareness, encodeAwareness } from "./awareness-codec.ts";
import type { PresenceOwner, PresenceRow } from "./presence-row.ts";
import { type KeptAwareness, type OwnedAwareness, PresenceTable } from "./presence-table.ts";
import { type Visitor, Visits } from "./visits.ts";

export type AwarenessTaken =
  | { readonly kind: "taken"; readonly reply: readonly RoomMessage[] }
  | { readonly kind: "too-large" }
  | { readonly kind: "malformed"; readonly reason: string };

/** What one flush sends. */
export type OutgoingPresence = {
  /** For everybody. */
  readonly changed: readonly AwarenessEntry[];
  /** For sessions whose families drop silent peers. */
  readonly renewed: readonly AwarenessEntry[];
  /** For the owner alone: the clock that the room has raised. */
  readonly own: ReadonlyMap<SessionId, AwarenessEntry>;
  /** Something in `changed` is news to its own owner. */
  readonly isForOwners: boolean;
};

/**
 * Renewals for families that drop silent peers after 30 s go out together, at most this often: N clients that renew every
 * 15 s would otherwise cost N² frames.
 */
export const RENEWAL_SPACING_MS = 5_000;
/** Whatever did not go out for this long goes with the next renewals. */
export const QUIET_RENEWAL_MS = 8_000;
/** A renewal does not wait when its own entry went out this long ago: the next one comes up to 18 s later. */
export const MAX_UNRENEWED_MS = 12_000;

const NOTHING: readonly RoomMessage[] = [];

export class RoomPresence {
  readonly #table = new PresenceTable();
  readonly #visits = new Visits();
  readonly #blipHoldMs: number;
  #lastRenewalMs = -Infinity;

  constructor(blipHoldMs: number) {
    this.#blipHoldMs = blipHoldMs;
  }

  /** A new socket. */
  open(session: Session): void {
    session.order = this.#table.join();
  }

  /** After a wake. */
  restore(session: Session, owned: KeptAwareness): void {
    this.#table.restore(toOwner(session), owned);
  }

  /** Takes a frame; what others must hear is added to the batch. */
  take(session: Session, update: Uint8Array, nowMs: number, batch: Batch): AwarenessTaken {
    const decoded = decodeAwareness(update);
    if (!decoded.ok) return { kind: "malformed", reason: decoded.error.reason };
    const entries = decoded.value.filter(({ client }) => !this.#visits.has(client));
    const change = this.#table.apply(toOwner(session), entries, nowMs);
    switch (change.kind) {
      case "malformed":
      case "too-large":
        return change;
      case "ignored":
        return { kind: "taken", reply: this.#repeat(session, change.row, nowMs, batch) };
      case "changed":
        batch.addPresence(change.row.client, session.id);
        return { kind: "taken", reply: NOTHING };
      case "renewed":
        return { kind: "taken", reply: this.#renew(session, change.row, nowMs, batch) };
    }
  }

  /**
   * What a newcomer hears at once. Families that keep the clocks of peers they forgot hear everybody one clock up; the others
   * hear of the raised clock when the entry changes or is renewed.
   */
  joined(session: Session, nowMs: number, batch: Batch): readonly RoomMessage[] {
    const { keepsPeerClocks, repeatsPeers } = session.facts.traits;
    // Whose socket is gone may be this one's own: told that, it would take an old state for its newer one.
    const mayBeOwn = ({ owner, user }: PresenceRow) =>
      repeatsPeers && owner === undefined && user === session.facts.user;
    const shown = this.#table.shown(session.id).filter((row) => !mayBeOwn(row));
    for (const row of shown) {
      if (!keepsPeerClocks && (!repeatsPeers || row.user !== session.facts.user)) continue;
      row.raiseFor({ user: session.facts.user, repeatsPeers });
      this.#table.markDirty(row);
    }
    if (keepsPeerClocks) this.#renewQuiet(nowMs, batch);
    return this.#awarenessOf(shown, this.#visits.raised());
  }

  /** Somebody without a socket, until a moment later; said with the next {@link expireHeld}. */
  visit(visitor: Visitor, nowMs: number): void {
    this.#visits.show(visitor, nowMs);
  }

  /** The profile of its owner is another one: everybody sees it at once, its owner too. */
  dress(session: Session, batch: Batch): void {
    const row = this.#table.dress(toOwner(session));
    if (row !== undefined) batch.addPresence(row.client, session.id);
  }

  /** A socket is gone: held for a blip, or gone at once. */
  leave(session: SessionId, nowMs: number, isGoodbye: boolean, batch: Batch): void {
    const heir = this.#table.leave(session, nowMs, isGoodbye ? 0 : this.#blipHoldMs);
    if (heir?.owner !== undefined) batch.addPresence(heir.client, heir.owner.id);
    this.expireHeld(nowMs, batch);
  }

  /** Holds and visits that are over become leaves. */
  expireHeld(nowMs: number, batch: Batch): void {
    for (const entry of this.#table.takeDeparted(nowMs)) batch.addDeparture(entry);
    for (const entry of this.#visits.takeUnsaid(nowMs)) batch.addVisitor(entry);
  }

  nextHoldEndMs(): number | undefined {
    const nextMs = Math.min(this.#table.nextHoldEndMs() ?? Infinity, this.#visits.nextEndMs() ?? Infinity);
    return nextMs === Infinity ? undefined : nextMs;
  }

  /** Awareness of all others who show something; no message when nobody does. */
  everybodyElse(session: SessionId): readonly RoomMessage[] {
    return this.#awarenessOf(this.#table.shown(session), this.#visits.shown());
  }

  /** What a flush sends: departures, then the present state of those who changed. */
  outgoing(batch: Batch, nowMs: number): OutgoingPresence {
    const changed = this.#rowsOf(batch.presence());
    const isNews = new Set(changed);
    const renewed = this.#rowsOf(batch.renewals()).filter((row) => !isNews.has(row));
    const isBack = new Set(changed.map(({ client }) => client));
    const departures = batch.departures().filter(({ client }) => !isBack.has(client));
    for (const entry of departures) this.#table.noteSent(entry);
    const isForOwners = changed.some((row) => row.isOwnerBehind);
    const own = new Map<SessionId, AwarenessEntry>();
    for (const row of [...changed, ...renewed]) if (row.setApart()) this.#table.markDirty(row);
    for (const row of renewed) {
      const { owner } = row;
      if (owner !== undefined && !owner.renewsAwareness && row.isOwnerBehind) own.set(owner.id, row.entry);
    }
    for (const row of [...changed, ...renewed]) {
      this.#table.noteSent(row.entry);
      row.noteTold();
      row.noteSent(nowMs);
    }
    return {
      changed: [...departures, ...changed.map(({ entry }) => entry)],
      renewed: renewed.map(({ entry }) => entry),
      own,
      isForOwners,
    };
  }

  /** What the socket's attachment must keep. */
  keptOf(session: SessionId): KeptAwareness | undefined {
    return this.#table.keptOf(session);
  }

  /** What the socket shows. */
  ownedBy(session: SessionId): OwnedAwareness | undefined {
    return this.#table.ownedBy(session);
  }

  /** Sessions whose attachment is out of date; forgets them. */
  takeDirty(): readonly SessionId[] {
    return this.#table.takeDirty();
  }

  #awarenessOf(rows: readonly PresenceRow[], visitors: readonly AwarenessEntry[] = []): readonly RoomMessage[] {
    if (rows.length + visitors.length === 0) return NOTHING;
    for (const { entry } of rows) this.#table.noteSent(entry);
    return [{ type: "awareness", update: encodeAwareness([...rows.map(({ entry }) => entry), ...visitors]) }];
  }

  #rowsOf(clients: Iterable<number>): readonly PresenceRow[] {
    return [...clients].flatMap((client) => this.#table.row(client) ?? []);
  }

  /**
   * What is said again is no news. But where newcomers had raised a clock, a renewal looks the same after a sleep, and if none counted,
   * all would drop each other.
   */
  #repeat(session: Session, row: PresenceRow | undefined, nowMs: number, batch: Batch): readonly RoomMessage[] {
    const { renewsAwareness } = session.facts.traits;
    if (row === undefined || !row.isShown || !renewsAwareness || nowMs - row.sentMs < QUIET_RENEWAL_MS) return NOTHING;
    return this.#renew(session, row, nowMs, batch);
  }

  #renew(session: Session, row: PresenceRow, nowMs: number, batch: Batch): readonly RoomMessage[] {
    if (!session.facts.traits.renewsAwareness) {
      batch.addPresence(row.client, session.id);
      return NOTHING;
    }
    if (nowMs - row.sentMs >= MAX_UNRENEWED_MS) this.#lastRenewalMs = -Infinity;
    if (this.#renewQuiet(nowMs, batch)) return NOTHING;
    // Its own state back: these families close a socket on which nothing arrives for 30 s.
    if (row.setApart()) this.#table.markDirty(row);
    row.noteTold();
    return this.#awarenessOf([row]);
  }

  /** False when the last renewals went out too recently. */
  #renewQuiet(nowMs: number, batch: Batch): boolean {
    if (nowMs - this.#lastRenewalMs < RENEWAL_SPACING_MS) return false;
    this.#lastRenewalMs = nowMs;
    for (const row of this.#table.shown()) {
      if (row.owner === undefined || nowMs - row.sentMs < QUIET_RENEWAL_MS) continue;
      if (row.renew()) batch.addReminder(row.client);
      else batch.addRenewal(row.client);
      this.#table.markDirty(row);
    }
    return true;
  }
}

function toOwner({ id, facts, rights, order, hasAnswered }: Session): PresenceOwner {
  const { user, joinedMs, traits } = facts;
  const { renewsAwareness, repeatsPeers } = traits;
  return { id, user, joinedMs, order, renewsAwareness, repeatsPeers, hasAnswered, profile: rights.grant.profile };
}
