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
  #ticking: ReturnType<typeof setInterval> | undefined;

  /** `run` contains what is thrown; `settle` ends with {@link rest}. */
  constructor(engine: GameEngine, run: (work: () => void) => void, settle: () => void) {
    this.#engine = engine;
    this.#settle = () => run(settle);
    this.#timer = new RoomTimer(this.#settle);
  }

  get isTicking(): boolean {
    return this.#ticking !== undefined;
  }

  /** After every event. */
  rest(nowMs: number): void {
    const { stepMs } = this.#engine;
    if (stepMs === undefined || !this.#engine.wantsTicks(nowMs)) this.#stop();
    else this.#ticking ??= setInterval(() => this.#tick(), stepMs);
    this.#timer.setTo(this.#engine.flushDueMs(), nowMs);
  }

  #tick(): void {
    this.#engine.tick(Date.now());
    this.#settle();
  }

  #stop(): void {
    if (this.#ticking !== undefined) clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}
