/**
 * How the Colyseus family is told that somebody is not let in: its codes, and the frame that says one with a text.
 * @module
 */

/** Why somebody is not let in. */
export type RefusalTag =
  /** There is no such room. */
  | "not-found"
  | "unreadable"
  | "gone"
  | "full"
  | "locked"
  | "banned"
  | "seat-taken"
  | "no-seat"
  | "not-yours"
  | "forbidden"
  | "refused"
  /** There is no such game. */
  | "no-game"
  /** No room of the game fits what was asked for. */
  | "no-match"
  /** The project has as many as it may have. */
  | "no-more-rooms"
  /** Too many at once, or a room that does not answer: for now. */
  | "busy";

/** Codes of its matchmaking (ErrorCode of @colyseus/shared-types). */
export const REFUSAL_CODES: Readonly<Record<RefusalTag, number>> = {
  "no-game": 520,
  "no-match": 521,
  "not-found": 522,
  gone: 522,
  full: 522,
  locked: 522,
  "no-more-rooms": 523,
  unreadable: 523,
  "seat-taken": 523,
  busy: 523,
  "no-seat": 524,
  "not-yours": 524,
  banned: 525,
  forbidden: 525,
  refused: 525,
};
/** Said with a final close to who knows the game by a shape that has changed: the seat is kept for who comes back as new. */
export const GAME_CHANGED = "The game has changed since: load it anew.";

/** Of a refusal that is none of these. */
export const UNHANDLED_CODE = 523;
export const AUTH_FAILED_CODE = 525;

const ERROR = 11;
const UINT16 = 0xcd;
const STRING_16 = 0xda;

/** `ERROR • number(code) • string(message)`, both as @colyseus/schema writes them. */
export function gameErrorFrame(code: number, message: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(message);
  const frame = new Uint8Array(7 + text.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, ERROR);
  view.setUint8(1, UINT16);
  view.setUint16(2, code, true);
  view.setUint8(4, STRING_16);
  view.setUint16(5, text.length, true);
  frame.set(text, 7);
  return frame;
}
