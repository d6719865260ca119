/**
 * Who shows what in a room: one awareness entry per client id, each owned by one socket. Rules PR1–PR4, PR9, PR15 and ID1–ID4 of SPEC.md.
 * @module
 */
import { NOBODY } from "../../protocol/profile.ts";
import type { SessionId } from "../events.ts";
import { type AwarenessEntry, fitsAwareness } from "./awareness-codec.ts";
import { DepartedIds } from "./departed-ids.ts";
import { type PresenceOwner, PresenceRow, type WornEntry, isYounger } from "./presence-row.ts";
import { WaitingClaims } from "./waiting-claims.ts";
import { wear } from "./worn.ts";

export type OwnedAwareness = { readonly client: number; readonly clock: number; readonly state: string | null };
/** `isWaiting`: another socket has the id, see waiting-claims.ts. */
export type KeptAwareness = OwnedAwareness & { readonly isWaiting?: boolean };

export type PresenceChange =
  /** Nothing new: an echo, a claim of another's id, an old clock. `row`: it said that of its own. */
  | { readonly kind: "ignored"; readonly row?: PresenceRow }
  /** "renewed": the same state at a higher clock. */
  | { readonly kind: "changed" | "renewed"; readonly row: PresenceRow }
  | { readonly kind: "too-large" }
  | { readonly kind: "malformed"; readonly reason: string };

export class PresenceTable {
  readonly #rows = new Map<number, PresenceRow>();
  readonly #clientOf = new Map<SessionId, number>();
  readonly #departed = new DepartedIds();
  readonly #waiting = new WaitingClaims();
  /** Client ids without an owner. */
  readonly #held = new Set<number>();
  /** Sessions for which {@link keptOf} says something else than before. */
  readonly #dirty = new Set<SessionId>();
  /** Sockets that joined since the last wake. */
  #joined = 0;

  /** Counts a new socket; returns its place. */
  join(): number {
    this.#joined += 1;
    return this.#joined;
  }

  /** After a wake: what the socket's attachment kept. Of two that kept the same id the younger socket has it. */
  restore(owner: PresenceOwner, { isWaiting = false, ...owned }: KeptAwareness): void {
    if (isWaiting) return void this.#waiting.put({ owner, entry: { ...owned, isChanged: false } });
    const rival = this.#rows.get(owned.client)?.owner;
    if (rival !== undefined && rival.joinedMs > owner.joinedMs) return;
    if (rival !== undefined) this.#clientOf.delete(rival.id);
    this.#rows.set(owned.client, PresenceRow.restored(owner, owned));
    this.#clientOf.set(owner.id, owned.client);
  }

  /** What the attachment of this socket must keep. */
  keptOf(session: SessionId): KeptAwareness | undefined {
    const waiting = this.#waiting.of(session);
    if (waiting === undefined) return this.ownedBy(session);
    const { client, clock, state } = waiting;
    return { client, clock, state, isWaiting: true };
  }

  /** What this socket shows. */
  ownedBy(session: SessionId): OwnedAwareness | undefined {
    const client = this.#clientOf.get(session);
    return client === undefined ? undefined : this.#rows.get(client)?.entry;
  }

  /** Sessions whose attachment is out of date; forgets them. */
  takeDirty(): readonly SessionId[] {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    return dirty;
  }

  /** Takes one frame of a socket; entries that are not its own change nothing. */
  apply(owner: PresenceOwner, entries: readonly AwarenessEntry[], nowMs: number): PresenceChange {
    let change: PresenceChange = { kind: "ignored" };
    for (const entry of entries) {
      const next = this.#applyEntry(owner, entry, nowMs);
      if (next.kind === "malformed" || next.kind === "too-large") return next;
      if (next.kind !== "ignored" || change.kind === "ignored") change = next;
    }
    return change;
  }

  /** The owner's profile is another one. Its row, where that changes what it shows. */
  dress(owner: PresenceOwner): PresenceRow | undefined {
    const row = this.#rows.get(this.#clientOf.get(owner.id) ?? -1);
    const worn = row === undefined || row.state === null ? undefined : wear(row.state, owner.profile);
    // One that would be too large keeps what it wears until it moves.
    if (row === undefined || worn?.isChanged !== true || !fitsAwareness(worn.state)) return undefined;
    row.dress(worn.state);
    this.#dirty.add(owner.id);
    return row;
  }

  /**
   * A socket is gone: its entry waits `holdMs` for it to come back, then {@link takeDeparted} hands it out. Returns it where
   * another socket waits for it, whose entry it is now.
   */
  leave(session: SessionId, nowMs: number, holdMs: number): PresenceRow | undefined {
    this.#dirty.delete(session);
    this.#waiting.drop(session);
    const client = this.#clientOf.get(session);
    this.#clientOf.delete(session);
    const row = client === undefined ? undefined : this.#rows.get(client);
    // A late close of an old socket: the same person's newer socket owns the entry by now.
    if (row === undefined || row.owner?.id !== session) return undefined;
    row.owner = undefined;
    const heir = this.#waiting.take(row.client);
    if (heir !== undefined) return this.#claim(heir.owner, heir.entry, row);
    row.heldUntilMs = nowMs + holdMs;
    this.#held.add(row.client);
    return undefined;
  }

  /** Removes entries whose hold is over; returns what to send: each with state null at clock + 1. */
  takeDeparted(nowMs: number): readonly AwarenessEntry[] {
    const gone: AwarenessEntry[] = [];
    for (const client of this.#held) {
      const row = this.#rows.get(client);
      if (row === undefined || row.heldUntilMs > nowMs) continue;
      this.#rows.delete(client);
      this.#held.delete(client);
      const clock = row.clock + 1;
      // A null that waits for the next flush would be lost with its row.
      if (row.isShown || !row.isSent) gone.push({ client, clock, state: null });
      const goneOrder = row.isShown ? this.#joined : row.goneOrder;
      const { user, sentClocks } = row;
      this.#departed.put(client, { clock, goneOrder, sentClocks, user }, nowMs);
    }
    return gone;
  }

  /** When the next hold ends; undefined when nobody is held. */
  nextHoldEndMs(): number | undefined {
    let next: number | undefined;
    for (const client of this.#held) {
      const heldUntilMs = this.#rows.get(client)?.heldUntilMs ?? 0;
      if (next === undefined || heldUntilMs < next) next = heldUntilMs;
    }
    return next;
  }

  /** Everybody who shows something, held ones included, but what `except` owns. */
  shown(except?: SessionId): readonly PresenceRow[] {
    return [...this.#rows.values()].filter(
      (row) => row.isShown && (row.owner === undefined || row.owner.id !== except),
    );
  }

  row(client: number): PresenceRow | undefined {
    return this.#rows.get(client);
  }

  /** It goes out, to one socket or all. */
  noteSent(entry: AwarenessEntry): void {
    const { client } = entry;
    (this.#rows.get(client) ?? this.#departed.get(client))?.sentClocks.noteSent(entry, this.#joined);
  }

  /** The attachment of the row's owner no longer tells its clock. */
  markDirty({ owner }: PresenceRow): void {
    if (owner !== undefined) this.#dirty.add(owner.id);
  }

  #applyEntry(owner: PresenceOwner, entry: AwarenessEntry, nowMs: number): PresenceChange {
    const owned = this.#clientOf.get(owner.id);
    if (owned !== undefined && owned !== entry.client) return { kind: "ignored" };
    const row = this.#rows.get(entry.client);
    const isMine = row !== undefined && row.owner?.id === owner.id;
    // A null state of somebody unknown is the tail of a leave, never a claim.
    if (!isMine && entry.state === null) return this.#giveUp(owner);
    const isFree = isMine || this.#isFree(entry.client, owner, nowMs);
    if (!isFree && !mayWait(owner, row)) return { kind: "ignored" };
    if (!isMine && !this.#mayClaim(owner, entry, row)) return { kind: "ignored" };
    const shown = shownAs(entry, owner);
    if (shown === "too-large") return { kind: shown };
    if (shown === "malformed") return { kind: shown, reason: "an awareness state is not a JSON object" };
    if (!isFree) return this.#wait(owner, shown, row);
    if (!isMine) return { kind: "changed", row: this.#claim(owner, shown, row) };
    const kind = row.hear(shown, this.#joined);
    if (kind !== "ignored") this.#dirty.add(owner.id);
    return { kind, row };
  }

  /** True where nobody else has the id, or may come back for it. Who has no name is the same as nobody: its id is free when its socket is gone. */
  #isFree(client: number, { user }: PresenceOwner, nowMs: number): boolean {
    const row = this.#rows.get(client);
    if (row?.owner !== undefined) return user === row.user && user !== NOBODY;
    const last = row ?? this.#departed.get(client);
    if (last === undefined || last.user === NOBODY || last.user === user) return true;
    return row === undefined && nowMs >= (this.#departed.get(client)?.keptUntilMs ?? 0);
  }

  #mayClaim(owner: PresenceOwner, entry: AwarenessEntry, row: PresenceRow | undefined): boolean {
    const known = row ?? this.#departed.get(entry.client);
    if (known === undefined || entry.clock > known.clock) return true;
    // What its older socket had still under way.
    if (row?.owner !== undefined && isYounger(row.owner, owner)) return false;
    // Who comes back after a blip says the clock it left with; so does an echo, though never with a clock that
    // was not sent, nor of somebody who left before it joined.
    if (!owner.repeatsPeers || !owner.hasAnswered || !known.sentClocks.mayHold(entry)) return true;
    return row?.isShown !== true && owner.order > known.goneOrder;
  }

  #wait(owner: PresenceOwner, entry: WornEntry, row: PresenceRow | undefined): PresenceChange {
    // Heard at its join and sent back: it waits with what it said since.
    if (this.#waiting.of(owner.id) !== undefined && row?.wasHeardBy(owner, entry) === true) return { kind: "ignored" };
    const before = this.#waiting.put({ owner, entry });
    if (before !== undefined) this.#dirty.add(before);
    this.#dirty.add(owner.id);
    return { kind: "ignored" };
  }

  /** It shows nothing any more: nor does it wait. */
  #giveUp({ id }: PresenceOwner): PresenceChange {
    if (this.#waiting.of(id) !== undefined) this.#dirty.add(id);
    this.#waiting.drop(id);
    return { kind: "ignored" };
  }

  #claim(owner: PresenceOwner, entry: AwarenessEntry, row: PresenceRow | undefined): PresenceRow {
    if (row?.owner !== undefined) {
      this.#clientOf.delete(row.owner.id);
      this.#dirty.add(row.owner.id);
    }
    const known = row ?? this.#departed.get(entry.client);
    this.#departed.delete(entry.client);
    this.#held.delete(entry.client);
    this.#waiting.drop(owner.id);
    this.#clientOf.set(owner.id, entry.client);
    this.#dirty.add(owner.id);
    const claimed = PresenceRow.claimed(owner, entry, known);
    this.#rows.set(entry.client, claimed);
    return claimed;
  }
}

function mayWait({ user }: PresenceOwner, row: PresenceRow | undefined): boolean {
  return user === NOBODY && row?.user === NOBODY;
}

function shownAs(entry: AwarenessEntry, { profile }: PresenceOwner): WornEntry | "too-large" | "malformed" {
  const { state } = entry;
  if (state === null) return { ...entry, isChanged: false };
  if (!fitsAwareness(state)) return "too-large";
  const worn = wear(state, profile);
  if (worn === undefined) return "malformed";
  return fitsAwareness(worn.state) ? { ...entry, ...worn } : "too-large";
}
