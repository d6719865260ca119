/**
 * Addresses of the games' pages, and the seats this tab has in rooms.
 * @module
 */

import { fieldOf } from "../browser-storage.ts";

export type GameName = "board" | "arena" | "relay";

export type GameRequest = {
  /** Without one any open room will do. */
  readonly room: string | undefined;
  readonly isNew: boolean;
  readonly watches: boolean;
  /** Reversi only; 0 is no clock. */
  readonly turnSeconds: number;
};

export type GameLink = Partial<GameRequest>;

/** Ids that the lobby makes. */
const ROOM_ID = /^[A-Za-z0-9]{1,64}$/;
const SEAT = "roost.seat.";

export function gameAddress(game: GameName, { room, isNew, watches, turnSeconds }: GameLink = {}): string {
  const query = new URLSearchParams();
  if (room !== undefined) query.set("room", room);
  if (isNew === true) query.set("new", "1");
  if (watches === true) query.set("watch", "1");
  if (turnSeconds !== undefined && turnSeconds > 0) query.set("turn", String(turnSeconds));
  const text = query.toString();
  return text === "" ? `./${game}` : `./${game}?${text}`;
}

/** What the address of this page asks for. */
export function readGameRequest(): GameRequest {
  const query = new URLSearchParams(location.search);
  const room = query.get("room") ?? "";
  const turnSeconds = Number(query.get("turn") ?? 0);
  return {
    room: ROOM_ID.test(room) ? room : undefined,
    isNew: query.get("new") === "1",
    watches: query.get("watch") === "1",
    turnSeconds: Number.isInteger(turnSeconds) && turnSeconds > 0 ? turnSeconds : 0,
  };
}

/** The token that brings this tab back to its seat; a tab, not a browser: two of them may play each other. */
export function readSeat(room: string): string | undefined {
  try {
    return sessionStorage.getItem(SEAT + room) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Undefined forgets it. */
export function writeSeat(room: string, token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(SEAT + room);
    else sessionStorage.setItem(SEAT + room, token);
  } catch {
    // Without storage a reload takes a new seat.
  }
}

const CONSENTED = 4000;
const FORBIDDEN = 4403;
const ENDED = 4404;
/** What the server says with 4403 where the seat waits for who comes back as new. */
const GAME_CHANGED = "The game has changed since: load it anew.";
/** By HTTP, and by the socket: not yours, not there, ended, over. */
const OVER: ReadonlySet<unknown> = new Set([403, 404, 410, 522, 524]);

/** Whether nobody comes back after this close: given back, thrown out, taken over by another tab, or the room is gone. */
export function endsSeat(code: number, reason: string | undefined): boolean {
  if (code === FORBIDDEN) return reason !== GAME_CHANGED;
  return code === CONSENTED || code === ENDED;
}

/** Whether this answer to who wants to come back says that there is no seat any more. A server that cannot be reached says nothing. */
export function isSeatOver(error: unknown): boolean {
  return OVER.has(fieldOf(error, "code"));
}
