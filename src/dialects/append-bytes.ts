/**
 * Frames in which messages stand one after the other: a frame and more messages is its bytes and theirs.
 * @module
 */
import type { Frame } from "../core/events.ts";

/** The first of `frames` with `more` behind it; `more` alone where there is none. */
export function appendBytes(frames: readonly Frame[], more: Uint8Array<ArrayBuffer>): readonly Frame[] {
  const [first] = frames;
  if (!(first instanceof Uint8Array)) return [more];
  const joined = new Uint8Array(first.length + more.length);
  joined.set(first);
  joined.set(more, first.length);
  return [joined];
}
