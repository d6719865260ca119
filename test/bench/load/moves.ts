/**
 * Cursors that move, as awareness and as a room of people: the number of a move is where it goes, so whoever hears it knows which one it was.
 * @module
 */
import { decodeAwareness, encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { encodePresenceClientFrame } from "../../../src/protocol/presence-client-frames.ts";

/** `sender` is the index of a client, `number` counts its moves from 1. */
export type Move = { readonly sender: number; readonly number: number };

const FIRST_CLIENT = 5_000;
/** Its number begins the state that a client shows: a server may count clocks its own way. */
const STATE_START = '{"n":';
/** Of one coordinate of a cursor. */
const FRACTIONS = 0x1_0000;
/** Any element's. */
const ANCHOR = 1;

/** An awareness update that shows the move. */
export function awarenessOf(sender: number, number: number): Uint8Array {
  const state = JSON.stringify({
    n: number,
    user: { name: `Person ${sender}`, color: "#3b6ea5" },
    cursor: { x: (number * 7 + sender) % 1_920, y: (number * 3 + sender) % 1_080 },
  });
  return encodeAwareness([{ client: FIRST_CLIENT + sender, clock: number, state }]);
}

export function movesIn(update: Uint8Array): readonly Move[] {
  const decoded = decodeAwareness(update);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value.flatMap(({ client, state }) => {
    if (state?.startsWith(STATE_START) !== true) return [];
    return [{ sender: client - FIRST_CLIENT, number: Number.parseInt(state.slice(STATE_START.length), 10) }];
  });
}

/** The frame of a move in a room of people; the first one names the element. */
export function cursorFrame(number: number): Uint8Array {
  const at = { x: number % FRACTIONS, y: Math.floor(number / FRACTIONS) };
  return encodePresenceClientFrame([{ type: "cursor", ...at, ...(number === 1 && { anchor: ANCHOR }) }]);
}

/** The inverse of {@link cursorFrame}, of a cursor as it is heard. */
export function cursorNumber({ x, y }: { readonly x: number; readonly y: number }): number {
  return y * FRACTIONS + x;
}
