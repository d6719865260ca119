/**
 * `<roost-cursors>`: where others point, on the same elements of this page as on theirs; touches as ripples.
 * @module
 */
import { type ActorId, anchorHash } from "../presence/index.ts";
import { boxOf, boxOfHash, cursorAt, moveTo, placeIn } from "./anchors.ts";
import { makeMarks } from "./cursor-marks.ts";
import { flash, make } from "./dom.ts";
import type { Host, Part } from "./element.ts";
import { dress } from "./faces.ts";

const TAP = "tap";
export function cursors({ shadow, signal, visit, isSeen, changed, listen }: Host): Part {
  const layer = make("div", { "aria-hidden": "true", popover: "manual" });
  const drawMarks = makeMarks(layer);
  const calm = matchMedia("(prefers-reduced-motion:reduce)");
  let pointer: PointerEvent | undefined;

  shadow.replaceChildren(layer);
  // The top layer: no transform, clip or z-index of the page is in the way. Where there is none, a fixed layer.
  layer.showPopover?.();
  // Where a pointer is on the page is read with the next frame: events come faster.
  listen(document, "pointermove pointerdown pointerout", (event) => {
    if (!isSeen()) visit()?.setCursor(null);
    else if (event.pointerType !== "touch") {
      pointer = event;
      changed();
    } else if (event.type === "pointerdown") visit()?.broadcast(TAP, cursorAt(event));
  });
  listen(window, "scroll resize", changed);
  const sizes = new ResizeObserver(changed);
  sizes.observe(document.documentElement);
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    visit()?.setCursor(null);
  });

  /** What a stranger says; where that is nowhere here, nothing shows. */
  const tapped = (actor: ActorId, { anchor, x, y }: Readonly<Record<string, unknown>>) => {
    const other = visit()?.people.others.get(actor);
    const place = placeIn(boxOfHash(anchorHash(String(anchor ?? ""))), { x: Number(x), y: Number(y) });
    if (!other || !place || !isSeen()) return;
    const ripple = make("s");
    dress(ripple, other);
    moveTo(ripple, place);
    flash(layer, ripple);
  };

  return {
    heard({ actor = 0, name, data }) {
      if (name === TAP) tapped(actor, Object(data));
      changed();
    },
    render(hub) {
      const box = boxOf(null);
      if (box) visit()?.setView(-box.top / box.height, (innerHeight - box.top) / box.height);
      if (pointer)
        visit()?.setCursor(pointer.type === "pointerout" && !pointer.relatedTarget ? null : cursorAt(pointer));
      pointer = undefined;
      if (hub.visit && drawMarks(hub.visit.people, calm.matches)) changed();
    },
  };
}
