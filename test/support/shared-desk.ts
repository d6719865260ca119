/**
 * A shared Hocuspocus socket of the router with rooms that a test plays, and the frames of its client.
 * @module
 */
import type { Asked, Frame, LegApplicant, LegOpening } from "../../src/router/hocuspocus-leg.ts";
import { SharedSocket } from "../../src/router/hocuspocus-socket.ts";
import { authFrame, hocuspocusFrame } from "./hocuspocus-frames.ts";

/** What an address has asked for, and what its room hears. */
export class FakeLeg {
  readonly asked: Asked;
  readonly hearer: LegApplicant;
  readonly sent: Frame[] = [];
  closed: number | undefined;
  readonly #answer: (opening: LegOpening) => void;

  constructor(asked: Asked, hearer: LegApplicant, answer: (opening: LegOpening) => void) {
    this.asked = asked;
    this.hearer = hearer;
    this.#answer = answer;
  }

  async answer(opening: LegOpening): Promise<void> {
    this.#answer(opening);
    await turn();
  }

  async open(): Promise<void> {
    await this.answer({
      kind: "open",
      wire: { send: (frame) => this.sent.push(frame), close: (code) => void (this.closed ??= code) },
    });
  }
}

export class Desk {
  readonly legs: FakeLeg[] = [];
  readonly heard: Frame[] = [];
  closed: readonly [number, string] | undefined;
  over = 0;
  readonly socket: SharedSocket;
  /** What waits for {@link passSilence}. */
  readonly #later = new Set<() => void>();

  /** `from`: where its client is counted; nowhere when null. */
  constructor(isOpen = false, from: string | null = null) {
    this.socket = new SharedSocket({
      client: {
        send: (frame) => this.heard.push(frame),
        close: (code, reason) => {
          this.closed = [code, reason];
        },
      },
      isOpen,
      from,
      afterSilence: (run) => {
        this.#later.add(run);
        return () => this.#later.delete(run);
      },
      openLeg: async (asked, hearer) =>
        await new Promise((resolve) => this.legs.push(new FakeLeg(asked, hearer, resolve))),
      over: () => {
        this.over += 1;
      },
    });
  }

  leg(index: number): FakeLeg {
    const leg = this.legs[index];
    if (leg === undefined) throw new Error(`no leg ${index}`);
    return leg;
  }

  /** As long as a socket, or an address, may say nothing about who it is. How many still waited for that. */
  passSilence(): number {
    const due = [...this.#later];
    this.#later.clear();
    for (const run of due) run();
    return due.length;
  }

  /** Comes in at `address`, and is let in. */
  async join(address: string): Promise<FakeLeg> {
    this.socket.receive(auth(address));
    const leg = this.leg(this.legs.length - 1);
    await leg.open();
    return leg;
  }
}

/** Until what waits for a promise has been done. */
export const turn = async () => await new Promise((resolve) => setImmediate(resolve));

export const auth = (address: string, token = "token") => authFrame(address, token);
/** A frame of so many bytes behind its address. */
export function sync(address: string, bytes = 3): Uint8Array {
  const head = hocuspocusFrame(address, "sync");
  const frame = new Uint8Array(head.length + bytes);
  frame.set(head);
  return frame;
}
export const goodbye = (address: string) => hocuspocusFrame(address, "close");
