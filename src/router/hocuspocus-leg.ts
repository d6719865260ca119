/**
 * One document of a shared Hocuspocus socket: from its first frame, through the decision who it is, to a socket of its own into the
 * document's room.
 * @module
 */
import { type AddressedFrame, HOCUSPOCUS, readAddress, readAuthToken } from "../protocol/hocuspocus-address.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import type { Waiting } from "./hocuspocus-bounds.ts";

export type Frame = Uint8Array | string;

/** Into the room. */
export type LegWire = { readonly send: (frame: Frame) => void; readonly close: (code: number) => void };

/** Out of the room; nothing comes after `ended`. */
export type LegHearer = {
  readonly heard: (frame: Frame) => void;
  readonly ended: (code: number, reason: string) => void;
};

/** Who waits for a room's socket. */
export type LegApplicant = LegHearer & {
  /** False once its client is gone: there is nothing to wait for any more. */
  readonly isWaiting: () => boolean;
};

/** What an address asks for: `token` is null where it has said nothing of that. */
export type Asked = { readonly document: string; readonly token: string | null };

export type LegOpening =
  | { readonly kind: "open"; readonly wire: LegWire }
  /** For this address alone; `reason` is shown to the client. */
  | { readonly kind: "refused"; readonly reason: string }
  /** It should come back, with all its addresses. */
  | { readonly kind: "failed"; readonly close: CloseReason };

/** Rejects never: what is a bug is an opening that failed. */
export type OpenLeg = (asked: Asked, applicant: LegApplicant) => Promise<LegOpening>;

/** Calls once, when an address has said nothing about who it is for long enough; what comes back takes that back. */
export type AfterSilence = (run: () => void) => () => void;

export type LegOwner = {
  readonly waiting: Waiting;
  /** Nobody has to say who they are: the first frame opens, whatever it is. */
  readonly isOpen: boolean;
  readonly openLeg: OpenLeg;
  readonly afterSilence: AfterSilence;
  readonly heard: (frame: Frame) => void;
  readonly opened: (leg: Leg) => void;
  readonly refused: (leg: Leg, reason: string) => void;
  /** A frame that waited behind what was refused, to be looked at as if it came now. */
  readonly again: (frame: Uint8Array) => void;
  readonly ended: (leg: Leg, code: number, reason: string) => void;
  /** It has left. */
  readonly gone: (leg: Leg) => void;
  readonly failed: (close: CloseReason) => void;
  readonly overflowed: () => void;
};

/** Who left says goodbye; who is lost may be back in a moment. */
const GOODBYE = 1000;
/** As somebody hears who shows no token. */
const SHOWED_NOTHING = "Not authorized";

type State = "silent" | "deciding" | "open" | "over";

export class Leg {
  readonly address: string;
  readonly #document: string;
  readonly #owner: LegOwner;
  #state: State = "silent";
  #wire: LegWire | undefined;
  /** In the order of their arrival. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** While it may still say who it is. */
  #endPatience: (() => void) | undefined;
  /** The client has said that it is done: once that is passed on, what comes back is nobody's. */
  #isLeaving = false;

  constructor({ address, document }: AddressedFrame, owner: LegOwner) {
    this.address = address;
    this.#document = document;
    this.#owner = owner;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** A frame of the client, about this address. */
  take(frame: Uint8Array, read: AddressedFrame): void {
    if (this.#state === "over") return;
    if (read.type === HOCUSPOCUS.close) this.#isLeaving = true;
    if (this.#wire !== undefined) {
      this.#wire.send(frame);
      if (this.#isLeaving) this.#depart();
      return;
    }
    if (this.#state === "silent" && this.#isLeaving) return this.#depart();
    if (!this.#hold(frame)) return this.#owner.overflowed();
    if (this.#state !== "silent") return;
    const token = readAuthToken(frame, read);
    if (token === null && !this.#owner.isOpen) {
      // Hocuspocus 2.15 shows none where it has none, and would never hear why nothing comes.
      this.#endPatience ??= this.#owner.afterSilence(() => this.#refused(SHOWED_NOTHING));
      return;
    }
    this.#endPatience?.();
    this.#state = "deciding";
    void this.#decide(token);
  }

  /** The whole socket ends. */
  end(code: number): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#wire?.close(code);
    this.#drop();
  }

  async #decide(token: string | null): Promise<void> {
    const opening = await this.#owner.openLeg(
      { document: this.#document, token },
      {
        heard: (frame) => {
          if (this.#state !== "over") this.#owner.heard(frame);
        },
        ended: (code, reason) => this.#ended(code, reason),
        isWaiting: () => this.#state === "deciding",
      },
    );
    if (opening.kind === "open") return this.#opened(opening.wire);
    if (this.#state === "over") return;
    if (opening.kind === "failed") return this.#owner.failed(opening.close);
    this.#refused(opening.reason);
  }

  #opened(wire: LegWire): void {
    if (this.#state === "over") return wire.close(GOODBYE);
    this.#state = "open";
    this.#wire = wire;
    const held = this.#held;
    this.#drop();
    this.#owner.opened(this);
    for (const frame of held) wire.send(frame);
    if (this.#isLeaving) this.#depart();
  }

  /** Told to the client before anything else; a token that came meanwhile is tried next. */
  #refused(reason: string): void {
    const next = this.#isLeaving ? -1 : this.#held.findIndex((frame, index) => index > 0 && tokenOf(frame) !== null);
    const later = next === -1 ? [] : this.#held.slice(next);
    const token = later[0] === undefined ? null : tokenOf(later[0]);
    this.#drop();
    this.#state = "over";
    this.#owner.refused(this, reason);
    if (token === null) return;
    // Again from the beginning, as if they came now.
    for (const frame of later) this.#owner.again(frame);
  }

  #ended(code: number, reason: string): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#drop();
    this.#owner.ended(this, code, reason);
  }

  /** What it sent is in the room's socket, in order: the room hears the goodbye last. */
  #depart(): void {
    this.#state = "over";
    this.#wire?.close(GOODBYE);
    this.#drop();
    this.#owner.gone(this);
  }

  #hold(frame: Uint8Array): boolean {
    if (!this.#owner.waiting.take(frame.length, this.#heldBytes)) return false;
    this.#held.push(frame);
    this.#heldBytes += frame.length;
    return true;
  }

  #drop(): void {
    this.#endPatience?.();
    this.#owner.waiting.release(this.#heldBytes, this.#held.length);
    this.#held = [];
    this.#heldBytes = 0;
  }
}

function tokenOf(frame: Uint8Array): string | null {
  const read = readAddress(frame);
  return read.ok ? readAuthToken(frame, read.value) : null;
}
