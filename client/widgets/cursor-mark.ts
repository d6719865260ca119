/**
 * Somebody's cursor: an arrow and a name, drawn between the places where it was heard of.
 * @module
 */
import { type CursorPoint, CursorPath, type Other } from "../presence/index.ts";
import { type Place, boxOfHash } from "./anchors.ts";
import { make } from "./dom.ts";
import { colorOf, nameOf } from "./faces.ts";

/** Before another element's fractions, so that a path over two elements is one. */
const STEP_MS = 50;

export class CursorMark {
  readonly element = make(
    "div",
    { class: "cursor", part: "cursor" },
    make("u"),
    make("b", { part: "name", dir: "auto" }),
  );
  #path = new CursorPath();
  #point: CursorPoint | undefined;
  #shown: Other | undefined;

  move(point: CursorPoint): void {
    const nowMs = performance.now();
    const at = this.measure(nowMs);
    const box = boxOfHash(point.anchor);
    if (at && box && point.anchor !== this.#point?.anchor) {
      // From here on in fractions of another element: the way there begins where the cursor is drawn now.
      this.#path = new CursorPath();
      this.#path.push((at.x - box.left) / box.width, (at.y - box.top) / box.height, nowMs - STEP_MS);
    }
    this.#point = point;
    this.#path.push(point.x, point.y, nowMs);
  }

  isAtRest(nowMs: number): boolean {
    return this.#path.isAtRest(nowMs);
  }

  /** In px of the window; undefined where this page does not show it. */
  measure(nowMs: number): Place | undefined {
    const box = this.#point && boxOfHash(this.#point.anchor);
    if (!box) return undefined;
    const { x, y } = this.#path.at(nowMs);
    return { x: box.left + x * box.width, y: box.top + y * box.height };
  }

  show(at: Place | undefined, other: Other): void {
    const { element } = this;
    element.hidden = at === undefined;
    if (at) element.style.translate = `${at.x}px ${at.y}px`;
    if (other === this.#shown) return;
    this.#shown = other;
    dress(element, other);
    if (element.lastChild) element.lastChild.textContent = nameOf(other.user.name);
  }
}

/** In the colour of a person, dimmed while they look elsewhere. */
export function dress(element: HTMLElement, { actor, user, status }: Other): void {
  element.style.setProperty("--c", colorOf(user.color, actor));
  element.classList.toggle("idle", status !== "active");
}
