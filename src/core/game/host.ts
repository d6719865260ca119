/**
 * The room as its game sees it.
 * @module
 */
import type { MessageName } from "./events.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Moment } from "./parts.ts";
import type { GameClock, GameHost, Plain, Player } from "./ports.ts";
import type { RoomFacts } from "./room-facts.ts";
import { Seated } from "./seated.ts";
import type { Seats } from "./seats.ts";
import type { Timers } from "./timers.ts";

export type HostParts = {
  readonly roomId: string;
  readonly clock: GameClock;
  readonly seats: Seats;
  readonly timers: Timers;
  readonly facts: RoomFacts;
  readonly outgoing: Outgoing;
  readonly moment: Moment;
};

export class RoomHost implements GameHost {
  readonly #parts: HostParts;

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  get roomId(): string {
    return this.#parts.roomId;
  }

  get players(): ReadonlyMap<string, Player> {
    return this.#parts.seats.players;
  }

  get nowMs(): number {
    return this.#parts.moment.nowMs;
  }

  broadcast(name: MessageName, payload: unknown, except?: Player): void {
    const skipped = except instanceof Seated ? except.session : undefined;
    this.#parts.outgoing.broadcast({ type: "message", name, payload }, skipped);
  }

  gather(name: MessageName, payload: unknown): void {
    this.#parts.outgoing.gather(name, payload);
  }

  setLocked(isLocked: boolean): void {
    this.#parts.facts.change({ isLocked });
  }

  setPrivate(isPrivate: boolean): void {
    this.#parts.facts.change({ isPrivate });
  }

  setMetadata(metadata: Plain): void {
    this.#parts.facts.setMetadata(metadata);
  }

  setTimer(name: string, delayMs: number): void {
    if (this.#parts.clock === "event")
      throw new Error('a game with an "event" clock has no timers: its clock is "alarm"');
    this.#parts.timers.set(name, delayMs, this.nowMs);
  }

  clearTimer(name: string): void {
    this.#parts.timers.clear(name);
  }

  commit(): void {
    this.#parts.moment.isUnsaved = true;
    this.#parts.moment.isUrgent = true;
  }

  dispose(): void {
    this.#parts.moment.isEnding = true;
    this.#parts.moment.isUrgent = true;
  }

  /** Everybody of that name is out, and is not let in again. */
  ban(userId: string): void {
    const { facts, seats } = this.#parts;
    facts.ban(userId);
    for (const seated of seats.all()) {
      if (seated.userId === userId) seated.kick("banned");
    }
  }
}
