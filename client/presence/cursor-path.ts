/**
 * Cursors that come a few times a second, drawn at every frame of the screen.
 * @module
 */

/** One interval at the fastest pace a server sets; what is slower is learnt. */
const FIRST_INTERVAL_MS = 50;
/** After a rest as long, it is not drawn how a cursor came to where it is. */
const SNAP_MS = 1_000;
/** How much one gap moves what is believed of the pace. */
const LEARN = 0.25;

type Point = { readonly x: number; readonly y: number };

/**
 * A straight way from where the cursor is drawn to where it was heard last, walked in one interval of the pace: it lags by no more than that,
 * and is never anywhere but between two places where it was.
 *
 * @example
 * ```ts
 * const path = new CursorPath();
 * client.on("cursor", ({ position }) => position !== null && path.push(position.x, position.y, performance.now()));
 * const { x, y } = path.at(performance.now());
 * ```
 */
export class CursorPath {
  #from: Point = { x: 0, y: 0 };
  #to: Point = { x: 0, y: 0 };
  #heardMs = -Infinity;
  #intervalMs = FIRST_INTERVAL_MS;

  /** The cursor was heard of here; times are in milliseconds and do not go back. */
  push(x: number, y: number, atMs: number): void {
    const gapMs = atMs - this.#heardMs;
    const to = { x, y };
    this.#from = gapMs >= SNAP_MS ? to : this.at(atMs);
    this.#to = to;
    this.#heardMs = atMs;
    if (gapMs >= SNAP_MS) return;
    // A rest is not a pace: it counts as two intervals.
    this.#intervalMs += (Math.min(gapMs, 2 * this.#intervalMs) - this.#intervalMs) * LEARN;
  }

  /** Where to draw it. */
  at(nowMs: number): Point {
    const part = this.#intervalMs === 0 ? 1 : Math.max(0, Math.min(1, (nowMs - this.#heardMs) / this.#intervalMs));
    const { x, y } = this.#from;
    // The end exactly: sums of fractions miss it.
    return part === 1 ? this.#to : { x: x + (this.#to.x - x) * part, y: y + (this.#to.y - y) * part };
  }

  /** The cursor is where it was heard last: nothing has to be drawn until it is heard again. */
  isAtRest(nowMs: number): boolean {
    return nowMs - this.#heardMs >= this.#intervalMs;
  }
}
