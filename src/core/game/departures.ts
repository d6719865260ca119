/**
 * How people leave: with a goodbye, with their socket, with the end of their grace, or thrown out. Rules GM5–GM9, GM16 and GM62 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { SeatFacts } from "./engine-options.ts";
import type { GameParts } from "./parts.ts";
import type { GameCloseReason } from "./ports.ts";
import type { Seated } from "./seated.ts";
import { HOLD_MS } from "./seats.ts";

/** It takes a look at every seat. */
const LOOK_EVERY_MS = 1_000;

export class Departures {
  readonly #parts: GameParts;
  /** When silence was looked for. */
  #lookedMs = -Infinity;

  constructor(parts: GameParts) {
    this.#parts = parts;
  }

  /** Its socket is gone. */
  drop(seated: Seated): void {
    const { seats, contain, logic, moment, inputs } = this.#parts;
    if (seated.state !== "taken") return;
    // Who never read a token cannot come back with it by itself: its seat is kept no longer than one that was never taken.
    const graceMs = seated.tokenHash === "" ? Math.min(HOLD_MS, logic.reconnectMs) : logic.reconnectMs;
    seats.drop(seated, moment.nowMs + graceMs);
    inputs.delete(seated.session);
    moment.isUrgent = true;
    contain.run("onDrop", () => logic.onDrop(seated));
    // A game without grace.
    if (!(graceMs > 0) && seats.get(seated.session) === seated) this.leave(seated, false);
  }

  /** Its socket is closed by the room; it may come back. */
  disconnect(seated: Seated, reason: GameCloseReason, detail: string): void {
    this.#parts.counts.closedSockets += 1;
    this.#close(seated, reason, detail);
    this.drop(seated);
  }

  /** Its seat is free. A socket that is open is closed for `reason`. */
  leave(seated: Seated, isConsented: boolean, reason: GameCloseReason = "kicked", detail = ""): void {
    const { seats, contain, logic, codec, inputs, moment, shapes } = this.#parts;
    this.#close(seated, reason, detail);
    if (shapes.forget(seated.session)) moment.isUnsaved = true;
    seats.remove(seated);
    inputs.delete(seated.session);
    moment.isUrgent = true;
    contain.run("onLeave", () => logic.onLeave(seated, isConsented));
    // Not before: the game may look at its view once more.
    codec.forget(seated.session);
    this.endIfEmpty();
  }

  kick(session: SessionId, detail: string): void {
    const seated = this.#parts.seats.get(session);
    if (seated !== undefined) this.#throwOut(seated, detail);
  }

  /** How many of whom `isMeant` had a socket. */
  kickAll(isMeant: (seat: SeatFacts) => boolean, detail: string): number {
    const kicked = [...this.#parts.seats.all()].filter(isMeant);
    const connected = kicked.filter(({ link }) => link !== undefined).length;
    for (const seated of kicked) this.#throwOut(seated, detail);
    return connected;
  }

  /** Whose line is dead without a close: the SDK says nothing by itself, so only who pings is known by its silence. */
  dropSilent(): void {
    const { seats, moment, logic } = this.#parts;
    const { nowMs } = moment;
    const lookedMs = this.#lookedMs;
    if (nowMs < lookedMs + LOOK_EVERY_MS) return;
    this.#lookedMs = nowMs;
    const wasDeaf = nowMs - lookedMs > logic.silenceMs / 2;
    for (const seated of seats.all()) {
      const { link } = seated;
      if (link?.pings !== true) continue;
      if (wasDeaf) link.heardMs = nowMs;
      if (nowMs - link.heardMs <= logic.silenceMs) continue;
      this.#close(seated, "unavailable", "");
      this.drop(seated);
    }
  }

  /** Seats that were kept long enough. */
  expire(): void {
    const { seats, moment } = this.#parts;
    for (const seated of seats.expired(moment.nowMs)) {
      if (seats.get(seated.session) !== seated) continue;
      if (seated.state === "held") this.release(seated);
      else this.leave(seated, false);
    }
  }

  /** A seat that nobody sat on. */
  release(seated: Seated): void {
    const { seats, codec, inputs, moment } = this.#parts;
    seats.remove(seated);
    inputs.delete(seated.session);
    codec.forget(seated.session);
    moment.isUrgent = true;
    this.endIfEmpty();
  }

  endIfEmpty(): void {
    const { seats, logic, moment } = this.#parts;
    if (seats.size > 0 || !logic.autoDispose) return;
    moment.isEnding = true;
    moment.isUrgent = true;
  }

  /** Of who has not come yet the game does not know. */
  #throwOut(seated: Seated, detail: string): void {
    if (seated.state === "held") this.release(seated);
    else this.leave(seated, false, "kicked", detail);
  }

  #close({ session, link }: Seated, reason: GameCloseReason, detail: string): void {
    if (link !== undefined) this.#parts.moment.closings.push({ session, link, reason, detail });
  }
}
