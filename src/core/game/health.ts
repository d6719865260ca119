/**
 * A game room for those who ask from outside.
 * @module
 */
import type { GameHealth } from "./engine-options.ts";
import type { GameParts } from "./parts.ts";

export function healthOf({ kind, logic, clock, contain, counts, seats }: GameParts, isTicking: boolean): GameHealth {
  const players = [...seats.all()].filter(({ isSpectator }) => !isSpectator);
  const inState = (wanted: string): number => players.filter(({ state }) => state === wanted).length;
  return {
    game: kind.name,
    clock: typeof logic.clock === "object" ? "tick" : logic.clock,
    isTicking,
    isTickStopped: clock.isStopped,
    ticks: clock.ticks,
    skippedTicks: clock.skipped,
    exceptions: contain.exceptions(),
    lastException: contain.last,
    counts: { ...counts },
    players: { connected: inState("taken"), dropped: inState("dropped"), held: inState("held") },
    spectators: seats.count(true),
  };
}
