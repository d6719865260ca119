/**
 * A fixed step over uneven times, and whether it goes at all. Rules GM33–GM36 of SPEC.md.
 * @module
 */
import type { GameClock } from "./ports.ts";

/** More steps than these are due after a stall: the rest is left out, as catching up would stall again. */
export const MAX_STEPS = 5;
/** Exceptions in a row, after which nothing is expected of another one. */
const MAX_FAILURES = 10;

export class TickClock {
  /** 0 for a game without ticks. */
  readonly stepMs: number;
  readonly #idleMs: number;
  #activeMs = -Infinity;
  /** The time that the steps have reached; undefined while it stands. */
  #reachedMs: number | undefined;
  #failures = 0;
  ticks = 0;
  skipped = 0;

  constructor(clock: GameClock, idleMs: number) {
    this.stepMs = typeof clock === "object" ? 1_000 / clock.hz : 0;
    this.#idleMs = idleMs;
  }

  get isStopped(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  wants(nowMs: number): boolean {
    return this.stepMs > 0 && !this.isStopped && nowMs < this.#activeMs + this.#idleMs;
  }

  /** Somebody does something. */
  noteActivity(nowMs: number): void {
    this.#activeMs = nowMs;
    if (this.isStopped) this.#failures = 0;
  }

  noteStep(isOk: boolean): void {
    this.ticks += 1;
    this.#failures = isOk ? 0 : this.#failures + 1;
  }

  pause(): void {
    this.#reachedMs = undefined;
  }

  /** Unix ms of the next step, in step with those before: a timer that is late makes none of the next ones late. */
  dueMs(nowMs: number): number {
    this.#reachedMs ??= nowMs;
    return this.#reachedMs + this.stepMs;
  }

  /** Steps to take now. The first is due at once; a timer that is up to half a step early counts as on time. */
  takeSteps(nowMs: number): number {
    this.#reachedMs ??= nowMs - this.stepMs;
    const due = Math.floor((nowMs - this.#reachedMs) / this.stepMs + 0.5);
    if (due <= MAX_STEPS) {
      this.#reachedMs += Math.max(0, due) * this.stepMs;
      return Math.max(0, due);
    }
    this.skipped += due - MAX_STEPS;
    this.#reachedMs = nowMs;
    return MAX_STEPS;
  }
}
