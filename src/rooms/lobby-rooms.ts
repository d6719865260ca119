/**
 * The rooms of one game as its lobby knows them: in memory, and in its storage. What a room says of itself is newer than what was
 * known before, or it is dropped. Rule RO76 of SPEC.md.
 * @module
 */
import type { Listing } from "../core/game/ports.ts";
import type { LobbyStore } from "../storage/room/lobby-store.ts";
import type { ListedRoom, RoomReport } from "./game-api.ts";

/** Reports of rooms that have ended may come late, one by one: so many are remembered. */
const MAX_ENDED = 10_000;

export type KnownRoom = {
  readonly room: string;
  readonly version: number;
  readonly filter: string;
  readonly listing: Listing;
  /** Seats that are being asked for just now. */
  asked: number;
};

/** What became of a room that was told of. Either is undefined where nobody may see it. */
export type ListingChange = {
  readonly room: string;
  readonly before: ListedRoom | undefined;
  readonly after: ListedRoom | undefined;
};

export class LobbyRooms {
  readonly #game: string;
  readonly #store: LobbyStore;
  readonly #rooms = new Map<string, KnownRoom>();
  /** Those with free places that anybody may find, by filter. */
  readonly #open = new Map<string, Map<string, KnownRoom>>();
  readonly #ended = new Set<string>();
  readonly #changed: (change: ListingChange) => void;

  constructor(game: string, store: LobbyStore, changed: (change: ListingChange) => void) {
    this.#game = game;
    this.#store = store;
    this.#changed = changed;
    for (const row of store.rooms()) this.#set({ ...row, asked: 0 });
  }

  get size(): number {
    return this.#rooms.size;
  }

  get(room: string): KnownRoom | undefined {
    return this.#rooms.get(room);
  }

  /** With a free place, for players. */
  openBy(filter: string): Iterable<KnownRoom> {
    return this.#open.get(filter)?.values() ?? [];
  }

  /** Anybody may find them, free places or not. */
  *foundBy(filter: string): Iterable<KnownRoom> {
    for (const known of this.#rooms.values()) {
      const { isPrivate, isLocked } = known.listing;
      if (known.filter === filter && !isPrivate && !isLocked) yield known;
    }
  }

  /** Public ones. */
  *listed(): Iterable<ListedRoom> {
    for (const known of this.#rooms.values()) {
      const shown = this.#shown(known);
      if (shown !== undefined) yield shown;
    }
  }

  take(room: string, { version, filter, listing }: RoomReport): void {
    if (listing === null) return this.end(room);
    const before = this.#rooms.get(room);
    if (this.#ended.has(room) || (before !== undefined && before.version >= version)) return;
    const known = { room, version, filter, listing, asked: before?.asked ?? 0 };
    this.#store.put(known);
    this.#set(known);
    this.#changed({ room, before: this.#shown(before), after: this.#shown(known) });
  }

  /** It is no more. */
  end(room: string): void {
    this.#ended.add(room);
    if (this.#ended.size > MAX_ENDED) this.#forgetOldest();
    const before = this.#rooms.get(room);
    if (before === undefined) return;
    this.#store.remove(room);
    this.#rooms.delete(room);
    this.#close(before);
    this.#changed({ room, before: this.#shown(before), after: undefined });
  }

  /** Behind `after`, in the order of their ids. */
  idsAfter(after: string, limit: number): readonly string[] {
    return [...this.#rooms.keys()]
      .filter((room) => room > after)
      .toSorted()
      .slice(0, limit);
  }

  clear(): void {
    for (const room of [...this.#rooms.keys()]) this.end(room);
  }

  #forgetOldest(): void {
    const [oldest] = this.#ended;
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  #set(known: KnownRoom): void {
    const { room, filter, listing } = known;
    const before = this.#rooms.get(room);
    if (before !== undefined) this.#close(before);
    this.#rooms.set(room, known);
    if (listing.isPrivate || listing.isLocked || listing.clients >= listing.maxClients) return;
    const open = this.#open.get(filter);
    if (open === undefined) this.#open.set(filter, new Map([[room, known]]));
    else open.set(room, known);
  }

  #close({ room, filter }: KnownRoom): void {
    const open = this.#open.get(filter);
    open?.delete(room);
    if (open?.size === 0) this.#open.delete(filter);
  }

  #shown(known: KnownRoom | undefined): ListedRoom | undefined {
    if (known === undefined || known.listing.isPrivate) return undefined;
    const { clients, maxClients, isLocked: locked, metadata, createdMs: createdAt } = known.listing;
    return { roomId: known.room, name: this.#game, clients, maxClients, locked, metadata, createdAt };
  }
}
