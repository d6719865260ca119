/**
 * Frames for a client of a simulated room, as the shell makes them of shared and own messages.
 * @module
 */
import type { Dialect, RoomMessage } from "../../src/core/events.ts";

/** Throws on a text frame: no dialect of the simulations sends any. */
export function binaryFrames(
  dialect: Dialect,
  shared: readonly RoomMessage[],
  own: readonly RoomMessage[] = [],
): readonly Uint8Array[] {
  const encoded = shared.length === 0 ? [] : dialect.encode(shared);
  return dialect.append(encoded, own).map((frame) => {
    if (typeof frame === "string") throw new TypeError("a text frame");
    return frame;
  });
}
