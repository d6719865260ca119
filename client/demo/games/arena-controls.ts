/**
 * What the person at the page wants their runner to do: by keys, by mouse or finger on the floor, by the button beside it.
 * @module
 */
import { FULL, type Push } from "../../../src/games/arena-step.ts";

/** Where a finger's stick is at its end, in px. */
const STICK_PX = 56;
/** The mouse points where to run; nearer than this it stands still, in px. */
const NEAR_PX = 12;

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, -1],
  KeyW: [0, -1],
  ArrowDown: [0, 1],
  KeyS: [0, 1],
  ArrowLeft: [-1, 0],
  KeyA: [-1, 0],
  ArrowRight: [1, 0],
  KeyD: [1, 0],
};

export type Point = { readonly x: number; readonly y: number };
/** Of the finger that steers, in px of the floor; for drawing it. */
export type Stick = { readonly from: Point; readonly to: Point };

export class ArenaControls {
  readonly #floor: HTMLElement;
  /** Where the own runner is drawn, in px of the floor. */
  readonly #runnerAt: () => Point | undefined;
  readonly #held = new Set<string>();
  #pointer: { readonly id: number; readonly isTouch: boolean; readonly from: Point; to: Point } | undefined;
  #isDashHeld = false;

  constructor(floor: HTMLElement, dash: HTMLElement, runnerAt: () => Point | undefined) {
    this.#floor = floor;
    this.#runnerAt = runnerAt;
    addEventListener("keydown", (event) => this.#onKey(event));
    addEventListener("keyup", ({ code }) => this.#held.delete(code));
    // What is let go of elsewhere is never heard of.
    addEventListener("blur", () => this.#letGo());
    document.addEventListener("visibilitychange", () => this.#letGo());
    floor.addEventListener("pointerdown", (event) => this.#onDown(event));
    floor.addEventListener("pointermove", (event) => {
      if (this.#pointer?.id === event.pointerId) this.#pointer.to = this.#pointOf(event);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      floor.addEventListener(name, ({ pointerId }) => {
        if (this.#pointer?.id === pointerId) this.#pointer = undefined;
      });
    }
    floor.addEventListener("contextmenu", (event) => event.preventDefault());
    dash.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.#isDashHeld = true;
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"] as const) {
      dash.addEventListener(name, () => {
        this.#isDashHeld = false;
      });
    }
  }

  get stick(): Stick | undefined {
    return this.#pointer?.isTouch === true ? this.#pointer : undefined;
  }

  read(): Push {
    const dash = this.#isDashHeld || this.#held.has("Space") || this.#held.has("ShiftLeft");
    const { x, y } = this.#pointer === undefined ? this.#byKeys() : this.#byPointer(this.#pointer);
    return { x: Math.round(x * FULL), y: Math.round(y * FULL), dash };
  }

  #byKeys(): Point {
    let [x, y] = [0, 0];
    for (const code of this.#held) {
      const [right, down] = KEYS[code] ?? [0, 0];
      x += right;
      y += down;
    }
    return withinOne(Math.sign(x), Math.sign(y));
  }

  #byPointer({ isTouch, from, to }: { readonly isTouch: boolean; readonly from: Point; readonly to: Point }): Point {
    if (isTouch) return withinOne((to.x - from.x) / STICK_PX, (to.y - from.y) / STICK_PX);
    const at = this.#runnerAt();
    if (at === undefined) return { x: 0, y: 0 };
    const [dx, dy] = [to.x - at.x, to.y - at.y];
    const length = Math.hypot(dx, dy);
    return length < NEAR_PX ? { x: 0, y: 0 } : { x: dx / length, y: dy / length };
  }

  #onKey(event: KeyboardEvent): void {
    const isControl = event.target instanceof Element && event.target.closest("a, button, input") !== null;
    const isOurs = event.code in KEYS || event.code === "Space" || event.code === "ShiftLeft";
    if (!isOurs || event.ctrlKey || event.metaKey || event.altKey) return;
    // Space presses a button that has the focus.
    if (isControl && event.code === "Space") return;
    if (event.code !== "ShiftLeft") event.preventDefault();
    this.#held.add(event.code);
  }

  #onDown(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    this.#floor.focus({ preventScroll: true });
    event.preventDefault();
    if (this.#pointer !== undefined) return;
    this.#floor.setPointerCapture(event.pointerId);
    const at = this.#pointOf(event);
    this.#pointer = { id: event.pointerId, isTouch: event.pointerType !== "mouse", from: at, to: at };
  }

  #pointOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top } = this.#floor.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #letGo(): void {
    this.#held.clear();
    this.#pointer = undefined;
    this.#isDashHeld = false;
  }
}

function withinOne(x: number, y: number): Point {
  const length = Math.hypot(x, y);
  return length > 1 ? { x: x / length, y: y / length } : { x, y };
}
