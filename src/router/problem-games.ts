/**
 * Why somebody gets no seat in a game, as problem+json: the status that fits, with a sentence that may be shown.
 * @module
 */
import type { RefusalTag } from "../protocol/game-refusals.ts";

export type GameRefused = { readonly tag: "game-refused"; readonly refusal: RefusalTag; readonly reason: string };

type Wire = { readonly status: number; readonly title: string };

/** So long whoever finds the door crowded is asked to wait. */
export const BUSY_RETRY_AFTER_SECONDS = 2;

export const GAME_PROBLEMS: Readonly<Record<RefusalTag, Wire>> = {
  "no-game": { status: 404, title: "No such game" },
  "no-match": { status: 404, title: "No room fits" },
  "not-found": { status: 404, title: "No such room" },
  gone: { status: 410, title: "Room ended" },
  "no-more-rooms": { status: 403, title: "No more rooms" },
  full: { status: 409, title: "Room full" },
  locked: { status: 423, title: "Room locked" },
  unreadable: { status: 409, title: "Room cannot be opened" },
  "seat-taken": { status: 409, title: "Seat taken" },
  "no-seat": { status: 410, title: "Seat over" },
  "not-yours": { status: 403, title: "Not your seat" },
  banned: { status: 403, title: "Banned" },
  forbidden: { status: 403, title: "Not allowed" },
  refused: { status: 403, title: "Refused by the game" },
  busy: { status: 503, title: "Try again later" },
};
