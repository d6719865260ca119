/**
 * Addresses of the games' pages, and the seats this tab has in rooms.
 * @module
 */

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
