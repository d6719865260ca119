/**
 * What the router, the queue consumer and lobbies may ask of a game room over RPC, and what is asked of a lobby. Types only: a caller
 * talks to a stub. Every answer is plain data.
 * @module
 */
import type { GameHealth } from "../core/game/engine-options.ts";
import type { Listing, Plain } from "../core/game/ports.ts";
import type { RefusalTag } from "../protocol/game-refusals.ts";
import type { Result } from "../protocol/result.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import type { KickTarget, LockMode, RoomProblem } from "./room-api.ts";

export type { Plain } from "../core/game/ports.ts";

/** Why somebody gets no seat. `reason` is one sentence that may be shown. */
export type Refusal = { readonly tag: RefusalTag; readonly reason: string };

/** Somebody who wants a seat; `session` is new. */
export type SeatRequest = {
  readonly session: string;
  readonly user: string;
  readonly options: Plain;
  readonly isSpectator: boolean;
  /** The room is made with this seat, unless it is there. `filter`: JSON of the options that it will be found by. */
  readonly creates?: { readonly game: string; readonly filter: string };
};

/** What a lobby has to know of a room. Newer ones have higher versions; `listing` is null for one that has ended. */
export type RoomReport = { readonly version: number; readonly filter: string; readonly listing: Listing | null };

/** A seat that is held for its owner to connect. */
export type HeldSeat = {
  readonly session: string;
  readonly game: string;
  /** How the room is listed from here on, where that is another way than before. */
  readonly report?: RoomReport;
};

export type GameDescription = {
  readonly health: GameHealth;
  readonly listing: Listing;
  readonly sockets: number;
  /** What the lobby has not confirmed yet. */
  readonly isReportPending: boolean;
  /** What this instance refused since it started, by limit. */
  readonly refusals: Readonly<Partial<Record<LimitName, number>>>;
};

export interface GameRoomApi {
  /** Holds a seat for 15 s. Durable when it is answered. */
  reserve(request: SeatRequest): Promise<Result<HeldSeat, Refusal>>;
  /** Whose seat a reconnection token is. */
  findSeat(reconnectionToken: string, user: string): Promise<Result<{ session: string; game: string }, Refusal>>;
  /** Null where there is no room. Creates nothing. */
  gameOf(): Promise<string | null>;
  describeGame(): Promise<Result<GameDescription, RoomProblem>>;
  /** Out for good, seats and all. `closed` counts the sockets. */
  kick(target: KickTarget, reason: string): Promise<Result<{ readonly closed: number }, RoomProblem>>;
  /** `read`: nobody new gets a seat. `closed`: and everybody is out. Outlives sleep. */
  setLock(mode: LockMode): Promise<Result<{ readonly mode: LockMode }, RoomProblem>>;
  /** A user's seats, sockets and bans go. Creates nothing. */
  forgetUser(user: string): Promise<Result<{ readonly hadSeats: boolean }, RoomProblem>>;
  /** Everybody is out, and nothing stays but that something was. `wasThere`: it had not ended. Creates nothing. */
  erase(): Promise<{ readonly wasThere: boolean }>;
}

export type PlaceMethod = "joinOrCreate" | "create" | "join";

export type PlaceRequest = {
  readonly method: PlaceMethod;
  readonly session: string;
  readonly user: string;
  readonly options: Plain;
  readonly isSpectator: boolean;
  /** No room is made where there are so many of the game. */
  readonly maxRooms: number;
};

export type Placement = { readonly room: string; readonly session: string; readonly game: string };

/** A room as everybody may see it. */
export type ListedRoom = {
  readonly roomId: string;
  readonly name: string;
  readonly clients: number;
  readonly maxClients: number;
  readonly locked: boolean;
  readonly metadata: Plain;
  /** Unix ms. */
  readonly createdAt: number;
};

export type RoomList = { readonly rooms: readonly ListedRoom[]; readonly total: number };

export interface LobbyRoomApi {
  /** A room of this game and a seat in it. */
  place(request: PlaceRequest): Promise<Result<Placement, Refusal>>;
  /** Idempotent: older ones than what is known change nothing. */
  report(room: string, report: RoomReport): Promise<void>;
  /** Public rooms, fullest first, at most `limit`; and how many there are. */
  listRooms(limit: number): Promise<Result<RoomList, Refusal>>;
  /** Games of this server, whichever lobby is asked. */
  listGames(): Promise<readonly string[]>;
  /** Ids of rooms behind `after`, private ones too, in their order. */
  knownRooms(after: string, limit: number): Promise<readonly string[]>;
  /** No room is known here any more, and everybody is out. */
  erase(): Promise<void>;
}
