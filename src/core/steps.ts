/**
 * Long work in steps of some ten milliseconds: it yields where whoever drives it may let others in. No clock, no timer here.
 * @module
 */

/** Yields after each step and returns the result at the end. What it reads must not change in between. */
export type Steps<T> = Generator<undefined, T>;

/** When a step of so many small things is over, whatever loops they are in. */
export class Pace {
  readonly #stepLength: number;
  #count = 0;

  constructor(stepLength: number) {
    this.#stepLength = stepLength;
  }

  /** Called after each of them. */
  isStepOver(): boolean {
    this.#count = (this.#count + 1) % this.#stepLength;
    return this.#count === 0;
  }
}

/** All steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
