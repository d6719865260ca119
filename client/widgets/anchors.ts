/**
 * Which element a pointer is on, by a name that pages of every size share; and where such an element is.
 * @module
 */
import { type OwnCursor, anchorHash } from "../presence/index.ts";

/** Page owners name what the same content is on every page; ids serve where they did not, but for those that frameworks count up. */
const ANCHORS = "[data-roost-anchor],[id]";
const STABLE_ID = /^[a-z][\w-]*$/i;
/** A page whose elements come and go is not searched at every cursor. */
const SEARCH_MS = 1_000;

type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

export type Place = { readonly x: number; readonly y: number };

/** Where a point of the window is on what lies there: on the nearest element with a name, or the page. */
export function cursorAt(target: Element, { clientX, clientY }: PointerEvent): OwnCursor | null {
  let element = target.closest("[data-roost-anchor]") ?? target.closest(ANCHORS);
  while (element && !nameOf(element)) element = element.parentElement && element.parentElement.closest(ANCHORS);
  const box = boxOf(element);
  if (!box) return null;
  return { anchor: nameOf(element), x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
}

/** Empty for the page. */
function nameOf(element: Element | null): string {
  const id = element?.id ?? "";
  return element?.getAttribute("data-roost-anchor") ?? (STABLE_ID.test(id) ? id : "");
}

/** In px of the window; null is the page. Undefined where the element shows nowhere. */
export function boxOf(element: Element | null | undefined): Box | undefined {
  if (element === null) {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { left: -scrollX, top: -scrollY, width: scrollWidth, height: scrollHeight };
  }
  const box = element?.getBoundingClientRect();
  return box?.width ? box : undefined;
}

let found = new Map<number, Element>();
let searchedMs = -SEARCH_MS;

/** Where the anchor of this hash is on this page, if it is. */
export function boxOfHash(hash: number): Box | undefined {
  if (hash === 0) return boxOf(null);
  if (!found.get(hash)?.isConnected && performance.now() - searchedMs > SEARCH_MS) {
    searchedMs = performance.now();
    found = new Map(
      [...document.querySelectorAll(ANCHORS)].toReversed().map((element) => [anchorHash(nameOf(element)), element]),
    );
  }
  return boxOf(found.get(hash));
}
