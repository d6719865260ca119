/**
 * One timer for what is due within seconds: the end of a blip hold, a hello that does not come. None in a quiet room.
 * @module
 */

export class RoomTimer {
  readonly #fire: () => void;
  #set: { readonly dueMs: number; readonly handle: ReturnType<typeof setTimeout> } | undefined;

  constructor(fire: () => void) {
    this.#fire = fire;
  }

  get isSet(): boolean {
    return this.#set !== undefined;
  }

  /** Fires then, and no more at any other time; undefined for never. */
  setTo(dueMs: number | undefined, nowMs: number): void {
    if (dueMs === this.#set?.dueMs) return;
    if (this.#set !== undefined) clearTimeout(this.#set.handle);
    this.#set = undefined;
    if (dueMs === undefined) return;
    const handle = setTimeout(
      () => {
        this.#set = undefined;
        this.#fire();
      },
      Math.max(0, dueMs - nowMs),
    );
    this.#set = { dueMs, handle };
  }
}
