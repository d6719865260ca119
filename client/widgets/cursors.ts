/**
 * `<roost-cursors>`: where others point, on the same elements of this page as on theirs; touches as ripples.
 * @module
 */
import { type ActorId, anchorHash } from "../presence/index.ts";
import { boxOf, boxOfHash, cursorAt } from "./anchors.ts";
import { CursorMark, dress } from "./cursor-mark.ts";
import { make } from "./dom.ts";
import { RoostElement } from "./element.ts";
import type { Hub, News } from "./hub.ts";

const TAP = "tap";
const MAX_RIPPLES = 20;
/** The longest that its animation in widgets.css takes. */
const RIPPLE_MS = 900;

export class RoostCursors extends RoostElement {
  readonly #layer = make("div", { "aria-hidden": "true", popover: "manual" });
  readonly #marks = new Map<ActorId, CursorMark>();
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #pointer: PointerEvent | undefined;

  override readonly heard = ({ actor = 0, position, name, data }: News): void => {
    if (name === TAP) this.#tapped(actor, data);
    if (position === undefined) return;
    let mark = this.#marks.get(actor);
    if (position === null) {
      mark?.element.remove();
      this.#marks.delete(actor);
      return;
    }
    if (!mark) {
      mark = new CursorMark();
      this.#marks.set(actor, mark);
      this.#layer.append(mark.element);
    }
    mark.move(position);
    this.changed();
  };

  /** It covers the window. */
  protected override get isSeen(): boolean {
    return !document.hidden;
  }

  protected override attached(signal: AbortSignal): void {
    this.shadow.replaceChildren(this.#layer);
    // The top layer: no transform, clip or z-index of the page is in the way. Where there is none, a fixed layer.
    this.#layer.showPopover?.();
    const options = { signal, passive: true, capture: true };
    // Where a pointer is on the page is read with the next frame: events come faster.
    for (const name of ["pointermove", "pointerdown", "pointerout"] as const) {
      document.addEventListener(name, (event) => this.#pointed(event), options);
    }
    for (const name of ["scroll", "resize"]) addEventListener(name, this.changed, options);
    const observer = new ResizeObserver(this.changed);
    observer.observe(document.documentElement);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      this.#clear();
      this.hub?.client?.setCursor(null);
    });
    for (const [actor, position] of this.hub?.client?.cursors ?? []) this.heard({ actor, position });
  }

  protected override render({ client }: Hub): void {
    if (client === undefined) return this.#clear();
    const { top = 0, height = 1 } = boxOf(null) ?? {};
    client.setView(-top / height, (innerHeight - top) / height);
    const pointer = this.#pointer;
    this.#pointer = undefined;
    if (pointer)
      client.setCursor(pointer.relatedTarget === null && pointer.type === "pointerout" ? null : cursorOf(pointer));
    const nowMs = this.#calm.matches ? Infinity : performance.now();
    // All that is measured before all that is moved: the page is laid out once.
    const places = [...this.#marks].map(
      ([actor, mark]) => [mark, client.others.get(actor), mark.measure(nowMs)] as const,
    );
    for (const [mark, other, at] of places) {
      if (other) mark.show(at, other);
      if (!mark.isAtRest(nowMs)) this.changed();
    }
  }

  #pointed(event: PointerEvent): void {
    if (event.pointerType !== "touch") {
      this.#pointer = event;
      this.changed();
    } else if (event.type === "pointerdown") this.hub?.client?.broadcast(TAP, cursorOf(event));
  }

  /** What a stranger says; where that is nowhere here, nothing shows. */
  #tapped(actor: ActorId, data: unknown): void {
    const other = this.hub?.client?.others.get(actor);
    const { anchor, x, y } = Object(data) as Readonly<Record<string, unknown>>;
    const box = typeof anchor === "string" && boxOfHash(anchorHash(anchor));
    if (!other || !box || !this.isSeen || this.#layer.querySelectorAll("s").length >= MAX_RIPPLES) return;
    const ripple = make("s");
    dress(ripple, other);
    ripple.style.translate = `${box.left + Number(x) * box.width}px ${box.top + Number(y) * box.height}px`;
    this.#layer.append(ripple);
    setTimeout(() => ripple.remove(), RIPPLE_MS);
  }

  #clear(): void {
    this.#marks.clear();
    this.#layer.replaceChildren();
  }
}

function cursorOf(event: PointerEvent): ReturnType<typeof cursorAt> {
  return event.target instanceof Element ? cursorAt(event.target, event) : null;
}
