/**
 * What a shared Hocuspocus socket may make the router keep: frames that wait for their document's room, and sockets on which nobody has
 * been let in anywhere yet. Beside the bounds of one socket there are those of the isolate, whose memory all share.
 * @module
 */
import { MAX_BYTES_BEFORE_HELLO, MAX_HELD_BYTES } from "../protocol/limits.ts";

/** Of one socket, each of them a room that it holds open. */
export const MAX_ADDRESSES = 100;
/** Of a socket on which no address has been let in, whatever became of them. */
export const MAX_UNPROVEN_FRAMES = 1_000;
/** Frames that wait, of all addresses of a socket; a hundred documents open with three each. */
const MAX_WAITING_FRAMES = 1_000;
/** And their bytes: a state vector may have 12 KB, and each address sends one before it hears anything. */
const MAX_UNPROVEN_BYTES = 0x10_0000;
const MAX_WAITING_BYTES = 0x40_0000;
/** A quarter of what an isolate has. */
const MAX_ISOLATE_BYTES = 0x200_0000;
/** Each may hold MAX_UNPROVEN_BYTES for as long as MS_UNTIL_PROVEN, within MAX_ISOLATE_BYTES. */
const MAX_UNPROVEN_SOCKETS = 1_000;

let isolateBytes = 0;
let unprovenSockets = 0;

/** True where one more socket may be taken that has shown nothing yet. */
export function hasRoomForUnproven(): boolean {
  return unprovenSockets < MAX_UNPROVEN_SOCKETS;
}

/** The frames of one socket that wait. */
export class Waiting {
  #isProven = false;
  #isOver = false;
  #bytes = 0;
  #frames = 0;

  constructor() {
    unprovenSockets += 1;
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  /** Somebody was let in. */
  prove(): void {
    if (this.#isProven || this.#isOver) return;
    this.#isProven = true;
    unprovenSockets -= 1;
  }

  /** One more frame, of an address of which so many bytes wait already. False where that is too much; then nothing is counted. */
  take(bytes: number, ofAddress: number): boolean {
    const perAddress = this.#isProven ? MAX_HELD_BYTES : MAX_BYTES_BEFORE_HELLO;
    const perSocket = this.#isProven ? MAX_WAITING_BYTES : MAX_UNPROVEN_BYTES;
    const isTooMuch =
      this.#isOver ||
      ofAddress + bytes > perAddress ||
      this.#bytes + bytes > perSocket ||
      this.#frames >= MAX_WAITING_FRAMES ||
      isolateBytes + bytes > MAX_ISOLATE_BYTES;
    if (isTooMuch) return false;
    this.#bytes += bytes;
    this.#frames += 1;
    isolateBytes += bytes;
    return true;
  }

  /** Frames that {@link take} counted wait no longer. */
  release(bytes: number, frames: number): void {
    this.#bytes -= bytes;
    this.#frames -= frames;
    isolateBytes -= bytes;
  }

  /** The socket is gone. What waited on it is released by whoever held it. */
  end(): void {
    if (this.#isOver) return;
    if (!this.#isProven) unprovenSockets -= 1;
    this.#isOver = true;
  }
}
