/**
 * Presence of one room: decides what of an awareness frame goes out, to whom, and what its sender hears at once. Rules PR1–PR14.
 * @module
 */
import type { Batch } from "../batch.ts";
import type { RoomMessage, SessionId } from "../events.ts";
import type { Session } from "../session.ts";
import { type AwarenessEntry, decodeAwareness, encodeAwareness } from "./awareness-codec.ts";
import { type OwnedAwareness, type PresenceOwner, PresenceTable } from "./presence-table.ts";

export type AwarenessTaken =
  | { readonly kind: "taken" | "ignored"; readonly reply: readonly RoomMessage[] }
  | { readonly kind: "too-large" }
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * Renewals of families that drop silent peers after 30 s go out together, at most this often: N clients that renew every
 * 15 s would otherwise cost N² frames.
 */
export const RENEWAL_SPACING_MS = 5_000;
/** Quiet peers are renewed for those families when nothing of theirs went out for this long; below 30 s − 15 s. */
export const QUIET_RENEWAL_MS = 12_000;

const NOTHING: readonly RoomMessage[] = [];

export class RoomPresence {
  readonly #table = new PresenceTable();
  readonly #blipHoldMs: number;
  /** Sessions whose family renews by itself. */
  readonly #renewing = new Set<SessionId>();
  #waitingRenewals = new Set<number>();
  #lastRenewalMs = 0;

  constructor(blipHoldMs: number) {
    this.#blipHoldMs = blipHoldMs;
  }

  /** After a wake. */
  restore(session: Session, owned: OwnedAwareness, nowMs: number): void {
    if (session.facts.traits.renewsAwareness) this.#renewing.add(session.id);
    this.#table.restore(toOwner(session), owned, nowMs);
  }

  /** Takes a frame; what others must hear is added to the batch. */
  take(session: Session, update: Uint8Array, nowMs: number, batch: Batch): AwarenessTaken {
    const decoded = decodeAwareness(update);
    if (!decoded.ok) return { kind: "malformed", reason: decoded.error.reason };
    if (session.facts.traits.renewsAwareness) this.#renewing.add(session.id);
    const change = this.#table.apply(toOwner(session), decoded.value, nowMs);
    switch (change.kind) {
      case "malformed":
      case "too-large":
        return change;
      case "ignored":
        return { kind: "ignored", reply: NOTHING };
      case "changed":
        batch.addPresence(change.client, session.id, change.toOwner);
        return { kind: "taken", reply: NOTHING };
      case "renewed":
        return { kind: "taken", reply: this.#renew(session, change.client, nowMs, batch) };
    }
  }

  /** What a newcomer hears at once. Families that keep old clocks hear everybody at clock + 1 with the flush, as all do. */
  joined(session: Session, batch: Batch): readonly RoomMessage[] {
    if (!session.facts.traits.keepsPeerClocks) return this.everybody();
    for (const client of this.#table.bump((owner) => owner !== session.id)) batch.addPresence(client, undefined, true);
    return NOTHING;
  }

  /** A socket is gone: held for a blip, or gone at once. */
  leave(session: SessionId, nowMs: number, isGoodbye: boolean, batch: Batch): void {
    this.#renewing.delete(session);
    this.#table.leave(session, nowMs, isGoodbye ? 0 : this.#blipHoldMs);
    this.expireHeld(nowMs, batch);
  }

  /** Holds that are over become leaves. */
  expireHeld(nowMs: number, batch: Batch): void {
    for (const entry of this.#table.takeDeparted(nowMs)) batch.addDeparture(entry);
  }

  nextHoldEndMs(): number | undefined {
    return this.#table.nextHoldEndMs();
  }

  /** Awareness of all who show something; no message when nobody does. */
  everybody(): readonly RoomMessage[] {
    const shown = this.#table.shown();
    return shown.length === 0 ? NOTHING : [{ type: "awareness", update: encodeAwareness(shown) }];
  }

  /** What a flush sends: departures, then the present state of those who changed. */
  entriesOf(batch: Batch, nowMs: number): readonly AwarenessEntry[] {
    const changed = this.#table.take(batch.presence(), nowMs);
    const isBack = new Set(changed.map(({ client }) => client));
    return [...batch.departures().filter(({ client }) => !isBack.has(client)), ...changed];
  }

  /** What the socket's attachment must keep. */
  ownedBy(session: SessionId): OwnedAwareness | undefined {
    return this.#table.ownedBy(session);
  }

  #renew(session: Session, client: number, nowMs: number, batch: Batch): readonly RoomMessage[] {
    if (!session.facts.traits.renewsAwareness) {
      batch.addPresence(client, session.id, false);
      return NOTHING;
    }
    this.#waitingRenewals.add(client);
    if (nowMs - this.#lastRenewalMs < RENEWAL_SPACING_MS) {
      // Its own state back: these families close a socket on which nothing arrives for 30 s.
      return [{ type: "awareness", update: encodeAwareness(this.#table.peek(client)) }];
    }
    this.#lastRenewalMs = nowMs;
    const quiet = this.#table.bump(
      (owner, sentMs) => owner !== undefined && !this.#renewing.has(owner) && nowMs - sentMs >= QUIET_RENEWAL_MS,
    );
    for (const renewed of [...this.#waitingRenewals, ...quiet]) batch.addPresence(renewed, undefined, true);
    this.#waitingRenewals = new Set();
    return NOTHING;
  }
}

function toOwner(session: Session): PresenceOwner {
  return { id: session.id, user: session.facts.user, joinedMs: session.facts.joinedMs };
}
