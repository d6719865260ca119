/**
 * What a game room does by itself within seconds: ticks, and flushes that wait for their pace. Nothing is pending in a quiet one.
 * @module
 */
import type { GameEngine } from "../core/game/engine.ts";
import { RoomTimer } from "./room-timer.ts";

export class GamePulse {
  readonly #engine: GameEngine;
  readonly #settle: () => void;
  readonly #timer: RoomTimer;
  /** Set anew for each tick: the runtime's intervals of 50 ms are 53 apart. */
  readonly #ticker: RoomTimer;

  /** `run` contains what is thrown; `settle` ends with {@link rest}. */
  constructor(engine: GameEngine, run: (work: () => void) => void, settle: () => void) {
    this.#engine = engine;
    this.#settle = () => run(settle);
    this.#timer = new RoomTimer(this.#settle);
    this.#ticker = new RoomTimer(() => this.#tick());
  }

  get isTicking(): boolean {
    return this.#ticker.isSet;
  }

  /** After every event. */
  rest(nowMs: number): void {
    this.#ticker.setTo(this.#engine.tickDueMs(nowMs), nowMs);
    this.#timer.setTo(this.#engine.flushDueMs(), nowMs);
  }

  #tick(): void {
    this.#engine.tick(Date.now());
    this.#settle();
  }
}
