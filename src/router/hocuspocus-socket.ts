/**
 * A Hocuspocus socket that carries many documents. Of each frame only the address is read; what follows goes to that document's room as
 * it came, and what the rooms say comes back as it is. Rules RT130–RT139 of SPEC.md.
 * @module
 */
import { CLOSE_FRAMES, type CloseReason, isFinalCloseCode } from "../protocol/close-codes.ts";
import {
  type AddressedFrame,
  HOCUSPOCUS,
  isHeartbeat,
  permissionDenied,
  readAddress,
} from "../protocol/hocuspocus-address.ts";
import { MAX_ADDRESSES, MAX_UNPROVEN_FRAMES, Waiting } from "./hocuspocus-bounds.ts";
import { type AfterSilence, type Frame, Leg, type OpenLeg } from "./hocuspocus-leg.ts";

/** The client's end. Neither method throws. */
export type ClientEnd = {
  readonly send: (frame: Frame) => void;
  readonly close: (code: number, reason: string) => void;
};

export type SharedSocketParts = {
  readonly client: ClientEnd;
  readonly isOpen: boolean;
  /** Where its client is counted; null where that is not known. */
  readonly from: string | null;
  readonly openLeg: OpenLeg;
  readonly afterSilence: AfterSilence;
  /** Called once, when the socket is over, whoever ended it. */
  readonly over: () => void;
};

const PONG = Uint8Array.of(HOCUSPOCUS.pong);
const GOODBYE = 1000;
const LOST = 1001;
/** Codes that are made up where no close frame came, and may not be sent. */
const UNSAID: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015]);

export class SharedSocket {
  readonly #parts: SharedSocketParts;
  readonly #waiting: Waiting;
  readonly #legs = new Map<string, Leg>();
  /** Their client has said goodbye, and what it said before is still on its way. */
  readonly #leaving = new Set<Leg>();
  /** Only a token opens these again; what else their clients send is nobody's. */
  readonly #refused = new Set<string>();
  #unprovenFrames = 0;
  /** Some frame was about some document. */
  #hasAsked = false;
  #isOver = false;

  constructor(parts: SharedSocketParts) {
    this.#parts = parts;
    this.#waiting = new Waiting({ from: parts.from, pushOut: inOwnTurn(() => this.end("unavailable")) });
  }

  receive(frame: Frame): void {
    if (this.#isOver) return;
    if (!this.#waiting.isProven) {
      this.#unprovenFrames += 1;
      if (this.#unprovenFrames > MAX_UNPROVEN_FRAMES) return this.end("too-fast");
    }
    if (isHeartbeat(frame)) return this.#answer(frame);
    const read = readAddress(frame);
    if (!read.ok) return this.end("malformed", read.error.reason);
    // Text has no address.
    if (typeof frame === "string") return;
    const leg = this.#legs.get(read.value.address) ?? this.#begin(read.value);
    if (leg === undefined) return;
    this.#hasAsked = true;
    leg.take(frame, read.value);
    if (leg.isLeaving) this.#letLeave(leg);
  }

  /** The client's socket has closed, or is lost. */
  closed(isGoodbye: boolean): void {
    this.#finish(isGoodbye ? GOODBYE : LOST);
  }

  /** Long enough for the first word about a document. What its address says of who it is has its own time. */
  endIfSilent(): void {
    if (!this.#hasAsked) this.end("hello-late");
  }

  /** Long enough for somebody to be let in somewhere. */
  endIfUnproven(): void {
    if (!this.#waiting.isProven) this.end("unauthorized");
  }

  /** Closes the client's socket, with all its documents. */
  end(close: CloseReason, detail = ""): void {
    const { code, reason } = CLOSE_FRAMES[close];
    this.#endWith(code, detail === "" ? reason : `${reason}: ${detail}`);
  }

  #endWith(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#finish(LOST);
    this.#parts.client.close(code, reason);
  }

  #finish(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const leg of [...this.#legs.values(), ...this.#leaving]) leg.end(code);
    this.#legs.clear();
    this.#leaving.clear();
    this.#waiting.end();
    this.#parts.over();
  }

  /** Undefined where the frame is for nobody. */
  #begin(read: AddressedFrame): Leg | undefined {
    const { address, type } = read;
    if (type === HOCUSPOCUS.close) {
      this.#refused.delete(address);
      return undefined;
    }
    const isAuth = type === HOCUSPOCUS.auth;
    if (this.#refused.has(address) && !isAuth) return undefined;
    if (this.#legs.size + this.#leaving.size >= MAX_ADDRESSES) {
      if (isAuth) this.#deny(address, `One socket carries ${MAX_ADDRESSES} documents.`);
      return undefined;
    }
    this.#refused.delete(address);
    const leg = new Leg(read, {
      waiting: this.#waiting,
      isOpen: this.#parts.isOpen,
      openLeg: this.#parts.openLeg,
      afterSilence: this.#parts.afterSilence,
      heard: (frame) => this.#parts.client.send(frame),
      opened: () => this.#waiting.prove(),
      refused: (one, reason) => {
        this.#forget(one);
        if (!one.isLeaving) this.#deny(address, reason);
      },
      again: (frame) => this.receive(frame),
      ended: (one, code, reason) => this.#legEnded(one, code, reason),
      gone: (one) => this.#forget(one),
      failed: (close) => this.end(close),
      overflowed: () => this.end("too-fast"),
    });
    this.#legs.set(address, leg);
    return leg;
  }

  /** The room has closed one document's socket, and its last words have been passed on. */
  #legEnded(leg: Leg, code: number, reason: string): void {
    this.#forget(leg);
    if (code !== GOODBYE && !isFinalCloseCode(code)) {
      const { unavailable } = CLOSE_FRAMES;
      return UNSAID.has(code) ? this.#endWith(unavailable.code, unavailable.reason) : this.#endWith(code, reason);
    }
    this.#refuse(leg.address);
  }

  #deny(address: string, reason: string): void {
    this.#refuse(address);
    this.#parts.client.send(permissionDenied(address, reason));
  }

  #refuse(address: string): void {
    this.#refused.add(address);
    // The one that was refused first: its client is likely to have given up.
    if (this.#refused.size > MAX_ADDRESSES) for (const first of this.#refused) return void this.#refused.delete(first);
  }

  #letLeave(leg: Leg): void {
    if (this.#legs.get(leg.address) !== leg) return;
    this.#legs.delete(leg.address);
    this.#leaving.add(leg);
  }

  #forget(leg: Leg): void {
    this.#leaving.delete(leg);
    if (this.#legs.get(leg.address) === leg) this.#legs.delete(leg.address);
  }

  #answer(frame: Frame): void {
    if (frame[0] === HOCUSPOCUS.ping) this.#parts.client.send(PONG);
  }
}

/**
 * For others to call: their request may not touch this one's sockets. What follows a promise runs in the request that waits for it, whoever
 * keeps it (compatibility date 2024-10-14, `handle_cross_request_promise_resolution`).
 */
function inOwnTurn(run: () => void): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  void promise.then(run);
  return resolve;
}
