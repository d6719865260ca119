/**
 * Who shows what in a room: one awareness entry per client id, each owned by one socket. Rules PR1–PR4, PR9, PR15 and ID1–ID4 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import { type AwarenessEntry, fitsAwareness } from "./awareness-codec.ts";
import { type KnownClocks, type PresenceOwner, PresenceRow, type WornEntry } from "./presence-row.ts";
import { wear } from "./worn.ts";

export type OwnedAwareness = { readonly client: number; readonly clock: number; readonly state: string | null };

export type PresenceChange =
  /** Nothing new: an echo, a claim of another's id, an old clock. */
  | { readonly kind: "ignored" }
  /** "renewed": the same state at a higher clock. */
  | { readonly kind: "changed" | "renewed"; readonly row: PresenceRow }
  | { readonly kind: "too-large" }
  | { readonly kind: "malformed"; readonly reason: string };

/** Ids whose owner left are remembered so that a late echo cannot bring a ghost back; bounded, oldest first out. */
const MAX_DEPARTED = 1_000;

export class PresenceTable {
  readonly #rows = new Map<number, PresenceRow>();
  readonly #clientOf = new Map<SessionId, number>();
  readonly #departed = new Map<number, KnownClocks>();
  /** Client ids without an owner. */
  readonly #held = new Set<number>();
  /** Sessions for which {@link ownedBy} says something else than before. */
  readonly #dirty = new Set<SessionId>();
  /** Sockets that joined since the last wake. */
  #joined = 0;

  /** Counts a new socket; returns its place. */
  join(): number {
    this.#joined += 1;
    return this.#joined;
  }

  /** After a wake: what the socket's attachment kept. Of two that kept the same id the younger socket has it. */
  restore(owner: PresenceOwner, owned: OwnedAwareness): void {
    const rival = this.#rows.get(owned.client)?.owner;
    if (rival !== undefined && rival.joinedMs > owner.joinedMs) return;
    if (rival !== undefined) this.#clientOf.delete(rival.id);
    this.#rows.set(owned.client, PresenceRow.restored(owner, owned));
    this.#clientOf.set(owner.id, owned.client);
  }

  /** What the attachment of this socket must keep. */
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
  apply(owner: PresenceOwner, entries: readonly AwarenessEntry[]): PresenceChange {
    let change: PresenceChange = { kind: "ignored" };
    for (const entry of entries) {
      const next = this.#applyEntry(owner, entry);
      if (next.kind === "malformed" || next.kind === "too-large") return next;
      if (next.kind !== "ignored") change = next;
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

  /** A socket is gone: its entry waits `holdMs` for it to come back, then {@link takeDeparted} hands it out. */
  leave(session: SessionId, nowMs: number, holdMs: number): void {
    this.#dirty.delete(session);
    const client = this.#clientOf.get(session);
    this.#clientOf.delete(session);
    const row = client === undefined ? undefined : this.#rows.get(client);
    // A late close of an old socket: the same person's newer socket owns the entry by now.
    if (row === undefined || row.owner?.id !== session) return;
    row.owner = undefined;
    row.heldUntilMs = nowMs + holdMs;
    this.#held.add(row.client);
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
      this.#remember(client, { clock, goneOrder, sentClocks: row.sentClocks });
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

  /** The attachment of the row's owner no longer tells its clock. */
  markDirty({ owner }: PresenceRow): void {
    if (owner !== undefined) this.#dirty.add(owner.id);
  }

  #applyEntry(owner: PresenceOwner, entry: AwarenessEntry): PresenceChange {
    const owned = this.#clientOf.get(owner.id);
    if (owned !== undefined && owned !== entry.client) return { kind: "ignored" };
    const row = this.#rows.get(entry.client);
    const isMine = row !== undefined && row.owner?.id === owner.id;
    if (!isMine && !this.#mayClaim(owner, entry, row)) return { kind: "ignored" };
    const shown = shownAs(entry, owner);
    if (shown === "too-large") return { kind: shown };
    if (shown === "malformed") return { kind: shown, reason: "an awareness state is not a JSON object" };
    if (!isMine) return { kind: "changed", row: this.#claim(owner, shown, row) };
    const kind = row.hear(shown, this.#joined);
    if (kind === "ignored") return { kind };
    this.#dirty.add(owner.id);
    return { kind, row };
  }

  #mayClaim(owner: PresenceOwner, entry: AwarenessEntry, row: PresenceRow | undefined): boolean {
    // A null state of somebody unknown is the tail of a leave, never a claim.
    if (entry.state === null) return false;
    if (row?.owner !== undefined && row.user !== owner.user) return false;
    const known = row ?? this.#departed.get(entry.client);
    if (known === undefined || entry.clock > known.clock) return true;
    // Who comes back after a blip says the clock it left with; so does an echo, though never with a clock that
    // was not sent, nor of somebody who left before it joined.
    if (!owner.repeatsPeers || !owner.hasAnswered || !known.sentClocks.mayHold(entry.clock)) return true;
    return row?.isShown !== true && owner.order > known.goneOrder;
  }

  #claim(owner: PresenceOwner, entry: AwarenessEntry, row: PresenceRow | undefined): PresenceRow {
    if (row?.owner !== undefined) {
      this.#clientOf.delete(row.owner.id);
      this.#dirty.add(row.owner.id);
    }
    const known = row ?? this.#departed.get(entry.client);
    this.#departed.delete(entry.client);
    this.#held.delete(entry.client);
    this.#clientOf.set(owner.id, entry.client);
    this.#dirty.add(owner.id);
    const claimed = PresenceRow.claimed(owner, entry, known);
    this.#rows.set(entry.client, claimed);
    return claimed;
  }

  #remember(client: number, departed: KnownClocks): void {
    this.#departed.delete(client);
    this.#departed.set(client, departed);
    if (this.#departed.size <= MAX_DEPARTED) return;
    const [oldest] = this.#departed.keys();
    if (oldest !== undefined) this.#departed.delete(oldest);
  }
}

function shownAs(entry: AwarenessEntry, { profile }: PresenceOwner): WornEntry | "too-large" | "malformed" {
  const { state } = entry;
  if (state === null) return { ...entry, isChanged: false };
  if (!fitsAwareness(state)) return "too-large";
  const worn = wear(state, profile);
  if (worn === undefined) return "malformed";
  return fitsAwareness(worn.state) ? { ...entry, ...worn } : "too-large";
}
