/**
 * What a shared Hocuspocus socket may make the router keep: frames that wait for their document's room, and sockets on which nobody has
 * been let in anywhere yet. Beside the bounds of one socket there are those of the isolate, whose memory all share.
 * @module
 */
import { MAX_BYTES_BEFORE_HELLO, MAX_HELD_BYTES } from "../protocol/limits.ts";
import { MAX_HOLD_MS, UPGRADES_PER_SECOND, UPGRADE_BURST } from "./upgrade-pace.ts";

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
/** Sockets on which nobody has been let in, of an isolate and of one address. */
const MAX_UNPROVEN = 1_000;
/** As many as come in while the longest wait that there is for the turn of an address (RT93) lasts: an office after a deploy. */
const MAX_UNPROVEN_OF_ADDRESS = UPGRADE_BURST + (UPGRADES_PER_SECOND * MAX_HOLD_MS) / 1_000;

let isolateBytes = 0;
/** The oldest first. Strangers shut nobody out: above a bound the newcomer is let in, and the oldest has had its time. */
const unproven = new Set<Waiting>();
const unprovenOf = new Map<string | null, Set<Waiting>>();

export type WaitingParts = {
  /** Where the client is counted; null where that is not known. */
  readonly from: string | null;
  /** Ends the socket for another one's sake, whose request it is called in: the runtime lets that do nothing to this socket itself. */
  readonly pushOut: () => void;
};

/** The frames of one socket that wait. */
export class Waiting {
  readonly #parts: WaitingParts;
  #isProven = false;
  #isOver = false;
  #bytes = 0;
  #frames = 0;

  constructor(parts: WaitingParts) {
    this.#parts = parts;
    const { from } = parts;
    const sameAddress = unprovenOf.get(from) ?? new Set();
    unprovenOf.set(from, sameAddress.add(this));
    unproven.add(this);
    if (from !== null && sameAddress.size > MAX_UNPROVEN_OF_ADDRESS) Waiting.#pushOutFirst(sameAddress);
    if (unproven.size > MAX_UNPROVEN) Waiting.#pushOutFirst(mostOfOneAddress());
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  /** Somebody was let in. */
  prove(): void {
    if (this.#isProven || this.#isOver) return;
    this.#isProven = true;
    this.#forget();
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
      !this.#makeRoom(bytes);
    if (isTooMuch) return false;
    this.#bytes += bytes;
    this.#frames += 1;
    isolateBytes += bytes;
    return true;
  }

  /** Frames that {@link take} counted wait no longer. */
  release(bytes: number, frames: number): void {
    if (this.#isOver) return;
    this.#bytes -= bytes;
    this.#frames -= frames;
    isolateBytes -= bytes;
  }

  /** The socket is gone, and what waited on it. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    isolateBytes -= this.#bytes;
    this.#forget();
  }

  /** In the isolate: the stranger who holds most gives way, the oldest of several. False where that is this one, or there is none. */
  #makeRoom(bytes: number): boolean {
    while (isolateBytes + bytes > MAX_ISOLATE_BYTES) {
      let [most, mostBytes]: [Waiting | undefined, number] = [undefined, 0];
      for (const one of unproven) {
        const held = one.#bytes + (one === this ? bytes : 0);
        if (held > mostBytes) [most, mostBytes] = [one, held];
      }
      if (most === undefined || most === this) return false;
      most.#pushOut();
    }
    return true;
  }

  static #pushOutFirst(sockets: ReadonlySet<Waiting>): void {
    for (const first of sockets) return first.#pushOut();
  }

  #pushOut(): void {
    this.end();
    this.#parts.pushOut();
  }

  #forget(): void {
    unproven.delete(this);
    const { from } = this.#parts;
    const sameAddress = unprovenOf.get(from);
    sameAddress?.delete(this);
    if (sameAddress?.size === 0) unprovenOf.delete(from);
  }
}

/** Of the address that has most sockets: who comes alone pays for no crowd. */
function mostOfOneAddress(): ReadonlySet<Waiting> {
  let most: ReadonlySet<Waiting> = new Set();
  for (const sockets of unprovenOf.values()) if (sockets.size > most.size) most = sockets;
  return most;
}
