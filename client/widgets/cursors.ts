/**
 * `<roost-cursors>`: where others point, on the same elements of this page as on theirs; touches as ripples.
 * @module
 */
import { type ActorId, CursorPath, type CursorPoint, anchorHash } from "../presence/index.ts";
import { boxOf, boxOfHash, cursorAt, moveTo, placeIn } from "./anchors.ts";
import { flash, make } from "./dom.ts";
import type { Host, Part } from "./element.ts";
import { dress, nameOf } from "./faces.ts";
import type { News } from "./hub.ts";

const TAP = "tap";
/** Before another element's fractions, so that a path over two elements is one. */
const STEP_MS = 50;

type Mark = { readonly element: HTMLElement; path: CursorPath; anchor: number };

export function cursors({ shadow, signal, client, isSeen, changed, listen }: Host): Part {
  const layer = make("div", { "aria-hidden": "true", popover: "manual" });
  const marks = new Map<ActorId, Mark>();
  const calm = matchMedia("(prefers-reduced-motion:reduce)");
  let pointer: PointerEvent | undefined;

  shadow.replaceChildren(layer);
  // The top layer: no transform, clip or z-index of the page is in the way. Where there is none, a fixed layer.
  layer.showPopover?.();
  // Where a pointer is on the page is read with the next frame: events come faster.
  listen(document, "pointermove pointerdown pointerout", (event) => {
    if (!(event instanceof PointerEvent)) return;
    if (event.pointerType !== "touch") {
      pointer = event;
      changed();
    } else if (event.type === "pointerdown") client()?.broadcast(TAP, cursorAt(event));
  });
  listen(window, "scroll resize", changed);
  const sizes = new ResizeObserver(changed);
  sizes.observe(document.documentElement);
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    client()?.setCursor(null);
  });

  const placeOf = ({ path, anchor }: Mark, nowMs: number) => placeIn(boxOfHash(anchor), path.at(nowMs));

  const moved = (actor: ActorId, { anchor, x, y }: CursorPoint) => {
    const nowMs = performance.now();
    let mark = marks.get(actor);
    if (mark === undefined) {
      mark = { element: make("div", {}, make("i"), make("b", { dir: "auto" })), path: new CursorPath(), anchor };
      marks.set(actor, mark);
      layer.append(mark.element);
    }
    if (anchor !== mark.anchor) {
      // From here on in fractions of another element: the way there begins where the cursor is drawn now.
      const from = placeOf(mark, nowMs);
      const box = boxOfHash(anchor);
      mark.anchor = anchor;
      mark.path = new CursorPath();
      if (from && box)
        mark.path.push((from.x - box.left) / box.width, (from.y - box.top) / box.height, nowMs - STEP_MS);
    }
    mark.path.push(x, y, nowMs);
    changed();
  };

  /** What a stranger says; where that is nowhere here, nothing shows. */
  const tapped = (actor: ActorId, { anchor, x, y }: Readonly<Record<string, unknown>>) => {
    const other = client()?.others.get(actor);
    const place = placeIn(boxOfHash(anchorHash(String(anchor ?? ""))), { x: Number(x), y: Number(y) });
    if (!other || !place || !isSeen()) return;
    const ripple = make("s");
    dress(ripple, other);
    moveTo(ripple, place);
    flash(layer, ripple);
  };

  return {
    heard({ actor = 0, position, name, data }: News) {
      if (name === TAP) tapped(actor, Object(data));
      if (position) moved(actor, position);
      else if (position === null) {
        marks.get(actor)?.element.remove();
        marks.delete(actor);
      }
    },
    render(hub) {
      const box = boxOf(null);
      if (box) client()?.setView(-box.top / box.height, (innerHeight - box.top) / box.height);
      if (pointer)
        client()?.setCursor(pointer.type === "pointerout" && !pointer.relatedTarget ? null : cursorAt(pointer));
      pointer = undefined;
      for (const [actor, position] of hub.client?.cursors ?? []) if (!marks.has(actor)) moved(actor, position);
      const nowMs = calm.matches ? Infinity : performance.now();
      // All that is measured before all that is moved: the page is laid out once.
      const places = [...marks].map(([actor, mark]) => [actor, mark, placeOf(mark, nowMs)] as const);
      for (const [actor, { element, path }, place] of places) {
        const other = hub.client?.others.get(actor);
        moveTo(element, other ? place : null);
        if (!path.isAtRest(nowMs)) changed();
        if (!other || !element.lastChild) continue;
        dress(element, other);
        element.lastChild.textContent = nameOf(other.user);
      }
    },
  };
}
