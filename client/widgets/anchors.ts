/**
 * Which element a pointer is on, by a name that pages of every size share; and where such an element is.
 * @module
 */
import { type OwnCursor, anchorHash } from "../presence/index.ts";

/** Page owners name what the same content is on every page; ids serve where they did not, but for those that frameworks count up. */
const NAMED = "[data-roost-anchor]";
const ANCHORS = `${NAMED},[id]`;
const STABLE_ID = /^[a-z][\w-]*$/i;
/** A page whose elements come and go is not searched at every cursor. */
const SEARCH_MS = 1_000;

type Box = Pick<DOMRect, "left" | "top" | "width" | "height">;
export type Place = { readonly x: number; readonly y: number };

/** Where the point of an event is on what lies there: on the nearest element with a name, or the page. */
export function cursorAt({ target, clientX, clientY }: PointerEvent): OwnCursor | null {
  let element = target instanceof Element ? (target.closest(NAMED) ?? target.closest(ANCHORS)) : null;
  while (element && !(nameOf(element) && boxOf(element))) element = element.parentElement?.closest(ANCHORS) ?? null;
  const box = boxOf(element);
  return box && { anchor: nameOf(element), x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
}

/** Empty for the page. Cut where more would be more than an event may say. */
function nameOf(element: Element | null): string {
  return (element?.getAttribute("data-roost-anchor") ?? STABLE_ID.exec(element?.id ?? "")?.[0] ?? "").slice(0, 999);
}

/** In px of the window; that of null is the page's. Null where the element shows nowhere. */
export function boxOf(element: Element | null | undefined): Box | null {
  if (element === null) {
    const { scrollWidth, scrollHeight, clientWidth } = document.documentElement;
    // From right to left a page that is too wide goes on to the left of where it begins.
    const left = getComputedStyle(document.body).direction === "rtl" ? clientWidth - scrollWidth : 0;
    return { left: left - scrollX, top: -scrollY, width: scrollWidth, height: scrollHeight };
  }
  const box = element?.getBoundingClientRect();
  return box?.width ? box : null;
}

let found = new Map<number, Element>();
let searchedMs = -SEARCH_MS;

/** Where a part of the anchor with this hash is on this page, in px of the window; null where nowhere. */
export function boxOfHash(hash: number): Box | null {
  const nowMs = performance.now();
  if (hash !== 0 && !found.get(hash)?.isConnected && nowMs - searchedMs > SEARCH_MS) {
    searchedMs = nowMs;
    found = new Map();
    for (const element of document.querySelectorAll(ANCHORS)) {
      const known = anchorHash(nameOf(element));
      if (!found.has(known)) found.set(known, element);
    }
  }
  return boxOf(hash === 0 ? null : found.get(hash));
}

/** In px of the window. */
export function placeIn(box: Box | null, { x, y }: Place): Place | null {
  return box && { x: box.left + x * box.width, y: box.top + y * box.height };
}

/** Out of sight where there is no place. */
export function moveTo(element: HTMLElement, place: Place | null): void {
  element.style.translate = place ? `${place.x}px ${place.y}px` : "-99in";
}
