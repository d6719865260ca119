/**
 * Long work in steps of some ten milliseconds: it yields where whoever drives it may let others in. No clock, no timer here.
 * @module
 */

/** Yields after each step and returns the result at the end. What it reads must not change in between. */
export type Steps<T> = Generator<undefined, T>;

/** All steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
