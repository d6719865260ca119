/**
 * How much of a room its people are told, chosen by how many they are. Rule PP15.
 * @module
 */
import type { RoomSize } from "../../protocol/presence-messages.ts";

/** Up to how many people a size holds, and from how few on the room comes back to it. */
export type SizeBounds = {
  readonly full: number;
  readonly fullAgain: number;
  readonly sampled: number;
  readonly sampledAgain: number;
};

/** 250 cursors at 20 Hz and 1,000 sockets at 5 Hz are what one deployed object sends (DESIGN §7). */
export const SIZE_BOUNDS: SizeBounds = { full: 250, fullAgain: 200, sampled: 1_000, sampledAgain: 850 };

/** The size for so many people, by hysteresis: between the bounds it stays what it was. */
export function sizeFor(size: RoomSize, people: number, bounds: SizeBounds): RoomSize {
  if (people <= (size === "full" ? bounds.full : bounds.fullAgain)) return "full";
  return people <= (size === "count" ? bounds.sampledAgain : bounds.sampled) ? "sampled" : "count";
}
