/**
 * Who shows what in a room: one awareness entry per client id, each owned by one socket. Rules PR1–PR12 of SPEC.md.
 * @module
 */
import { MAX_AWARENESS_BYTES } from "../../protocol/limits.ts";
import type { SessionId } from "../events.ts";
import { type AwarenessEntry, isState } from "./awareness-codec.ts";

/** The side of a session that presence needs. */
export type PresenceOwner = {
  readonly id: SessionId;
  readonly user: string;
  readonly joinedMs: number;
};

type Row = {
  /** Clock of the entry as everybody else knows it. */
  clock: number;
  /** Highest clock its owner has sent: behind `clock` after a bump that the owner has not heard of yet. */
  ownerClock: number;
  state: string | null;
  user: string;
  /** Undefined while held: the socket is gone, its leave not yet announced. */
  owner: SessionId | undefined;
  heldUntilMs: number;
  /** When this entry last went out to everybody. */
  sentMs: number;
};

export type OwnedAwareness = { readonly client: number; readonly clock: number; readonly state: string | null };

export type PresenceChange =
  /** Nothing new: an echo, a claim of another's id, an old clock. */
  | { readonly kind: "ignored" }
  /** Same state, higher clock: a renewal. */
  | { readonly kind: "renewed"; readonly client: number }
  /** `toOwner`: the owner's clock lags behind the room's, so it must hear its own state too. */
  | { readonly kind: "changed"; readonly client: number; readonly toOwner: boolean }
  | { readonly kind: "too-large" }
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * How long after its opening a socket may claim an id at a clock the room already knows. A stock client sends its own
 * state right at open; later frames that repeat a known clock are echoes of somebody else.
 */
export const CLAIM_WINDOW_MS = 5_000;
/** Ids whose owner left are remembered so that a late echo cannot bring a ghost back; bounded, oldest first out. */
const MAX_DEPARTED = 1_000;

export class PresenceTable {
  readonly #rows = new Map<number, Row>();
  readonly #clientOf = new Map<SessionId, number>();
  readonly #departed = new Map<number, number>();
  /** Client ids without an owner. */
  readonly #held = new Set<number>();

  /** After a wake: what the socket's attachment kept. */
  restore(owner: PresenceOwner, owned: OwnedAwareness, nowMs: number): void {
    this.#rows.set(owned.client, {
      clock: owned.clock,
      ownerClock: owned.clock,
      state: owned.state,
      user: owner.user,
      owner: owner.id,
      heldUntilMs: 0,
      sentMs: nowMs,
    });
    this.#clientOf.set(owner.id, owned.client);
  }

  /** What the attachment of this socket must keep. */
  ownedBy(session: SessionId): OwnedAwareness | undefined {
    const client = this.#clientOf.get(session);
    const row = client === undefined ? undefined : this.#rows.get(client);
    return client === undefined || row === undefined ? undefined : { client, clock: row.clock, state: row.state };
  }

  /** Takes one frame of a socket; entries that are not its own change nothing. */
  apply(owner: PresenceOwner, entries: readonly AwarenessEntry[], nowMs: number): PresenceChange {
    let change: PresenceChange = { kind: "ignored" };
    for (const entry of entries) {
      const next = this.#applyEntry(owner, entry, nowMs);
      if (next.kind === "malformed" || next.kind === "too-large") return next;
      if (next.kind !== "ignored") change = next;
    }
    return change;
  }

  /** A socket is gone: its entry waits `holdMs` for it to come back, then {@link takeDeparted} hands it out. */
  leave(session: SessionId, nowMs: number, holdMs: number): void {
    const client = this.#clientOf.get(session);
    this.#clientOf.delete(session);
    const row = client === undefined ? undefined : this.#rows.get(client);
    // A late close of an old socket: the same person's newer socket owns the entry by now.
    if (client === undefined || row === undefined || row.owner !== session) return;
    row.owner = undefined;
    row.heldUntilMs = nowMs + holdMs;
    this.#held.add(client);
  }

  /** Removes entries whose hold is over; returns what to send: each with state null at clock + 1. */
  takeDeparted(nowMs: number): readonly AwarenessEntry[] {
    const gone: AwarenessEntry[] = [];
    for (const client of this.#held) {
      const row = this.#rows.get(client);
      if (row === undefined || row.heldUntilMs > nowMs) continue;
      this.#rows.delete(client);
      this.#held.delete(client);
      this.#remember(client, row.clock + 1);
      if (row.state !== null) gone.push({ client, clock: row.clock + 1, state: null });
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

  /** Raises the clock of every shown entry that `needsBump` picks, so that stock clients which kept the old clock take it again. */
  bump(needsBump: (owner: SessionId | undefined, sentMs: number) => boolean): readonly number[] {
    const bumped: number[] = [];
    for (const [client, row] of this.#rows) {
      if (row.state === null || !needsBump(row.owner, row.sentMs)) continue;
      row.clock += 1;
      bumped.push(client);
    }
    return bumped;
  }

  /** Current entries of these clients, for sending to everybody. */
  take(clients: Iterable<number>, nowMs: number): readonly AwarenessEntry[] {
    const entries: AwarenessEntry[] = [];
    for (const client of clients) {
      const row = this.#rows.get(client);
      if (row === undefined) continue;
      row.sentMs = nowMs;
      entries.push({ client, clock: row.clock, state: row.state });
    }
    return entries;
  }

  /** Everybody who shows something, held ones included. */
  shown(): readonly AwarenessEntry[] {
    const entries: AwarenessEntry[] = [];
    for (const [client, { clock, state }] of this.#rows) {
      if (state !== null) entries.push({ client, clock, state });
    }
    return entries;
  }

  /** The entry of one client, without counting it as sent to everybody. */
  peek(client: number): readonly AwarenessEntry[] {
    const row = this.#rows.get(client);
    return row === undefined ? [] : [{ client, clock: row.clock, state: row.state }];
  }

  #applyEntry(owner: PresenceOwner, entry: AwarenessEntry, nowMs: number): PresenceChange {
    const owned = this.#clientOf.get(owner.id);
    if (owned !== undefined && owned !== entry.client) return { kind: "ignored" };
    const row = this.#rows.get(entry.client);
    const isMine = row !== undefined && row.owner === owner.id;
    if (!isMine && !this.#mayClaim(owner, entry, row, nowMs)) return { kind: "ignored" };
    if (entry.state !== null && !fits(entry.state)) return { kind: "too-large" };
    if (entry.state !== null && !isState(entry.state)) {
      return { kind: "malformed", reason: "an awareness state is not a JSON object" };
    }
    return isMine && row !== undefined ? update(row, entry) : this.#claim(owner, entry, row, nowMs);
  }

  #mayClaim(owner: PresenceOwner, entry: AwarenessEntry, row: Row | undefined, nowMs: number): boolean {
    // A null state of somebody unknown is the tail of a leave, never a claim.
    if (entry.state === null) return false;
    if (row?.owner !== undefined && row.user !== owner.user) return false;
    const knownClock = row?.clock ?? this.#departed.get(entry.client);
    if (knownClock === undefined || entry.clock > knownClock) return true;
    return nowMs - owner.joinedMs <= CLAIM_WINDOW_MS;
  }

  #claim(owner: PresenceOwner, entry: AwarenessEntry, row: Row | undefined, nowMs: number): PresenceChange {
    const known = row?.clock ?? this.#departed.get(entry.client) ?? 0;
    if (row?.owner !== undefined) this.#clientOf.delete(row.owner);
    this.#departed.delete(entry.client);
    this.#held.delete(entry.client);
    this.#clientOf.set(owner.id, entry.client);
    this.#rows.set(entry.client, {
      clock: Math.max(known, entry.clock) + 1,
      ownerClock: entry.clock,
      state: entry.state,
      user: owner.user,
      owner: owner.id,
      heldUntilMs: 0,
      sentMs: nowMs,
    });
    return { kind: "changed", client: entry.client, toOwner: true };
  }

  #remember(client: number, clock: number): void {
    this.#departed.delete(client);
    this.#departed.set(client, clock);
    if (this.#departed.size <= MAX_DEPARTED) return;
    const [oldest] = this.#departed.keys();
    if (oldest !== undefined) this.#departed.delete(oldest);
  }
}

/** Measured as UTF-8, as it goes over the wire and into the socket attachment. */
function fits(state: string): boolean {
  if (state.length > MAX_AWARENESS_BYTES) return false;
  return state.length * 3 <= MAX_AWARENESS_BYTES || utf8Length(state) <= MAX_AWARENESS_BYTES;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A surrogate pair is four bytes, two for each half.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}

function update(row: Row, entry: AwarenessEntry): PresenceChange {
  // The rule of y-protocols, against what the owner itself said last: a higher clock, or a null at the same clock.
  const isNewer =
    entry.clock > row.ownerClock || (entry.clock === row.ownerClock && entry.state === null && row.state !== null);
  if (!isNewer) return { kind: "ignored" };
  const isSame = row.state === entry.state;
  row.ownerClock = entry.clock;
  row.state = entry.state;
  if (entry.clock > row.clock) {
    row.clock = entry.clock;
    return isSame
      ? { kind: "renewed", client: entry.client }
      : { kind: "changed", client: entry.client, toOwner: false };
  }
  // Sent before the owner heard of a bump (a new state), or its echo of that bump (the same state).
  if (isSame) return { kind: "ignored" };
  row.clock += 1;
  return { kind: "changed", client: entry.client, toOwner: true };
}
