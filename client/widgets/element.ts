/**
 * What all elements have in common: a room, a shadow root, and silence while nobody sees them.
 * @module
 */
import { type Announcer, makeAnnouncer } from "./announcer.ts";
import { safely } from "./faults.ts";
import { type Hub, type HubUser, type Settings, hubFor } from "./hub.ts";
import type { News } from "./people.ts";
import { roomOfPage } from "./room-name.ts";
import type { Visit } from "./visit.ts";
import css from "./widgets.css";

/** The tag that brought this module; without one (it was imported) everything is said on the elements. */
const tag = [...document.querySelectorAll("script")].find(({ src }) => src === import.meta.url);
/** Below which the server is. */
const SERVER = import.meta.url.replace(/(assets\/)?[^/]*$/, "");

/** Events that the page may dispatch on `document`, where it asks its visitors in its own words. */
const ACCEPT = "roost-accept";
const CONSENT_EVENTS = `${ACCEPT} roost-withdraw`;

/** Of this page only: it is asked again, and nothing is kept. */
let isAccepted = false;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** An element in the page, for what it shows. */
export type Host = Announcer & {
  readonly shadow: ShadowRoot;
  /** Ends when it leaves the page. */
  readonly signal: AbortSignal;
  /** What the page's owner said, on the element or as `data-…` of the tag. */
  readonly setting: (name: string, otherwise?: string) => string;
  /** Undefined while the visitor is not to be seen. */
  readonly visit: () => Visit | undefined;
  readonly isSeen: () => boolean;
  /** Calls for a `render` with the next frame, if somebody sees it. */
  readonly changed: () => void;
  /** Several events at once, of which only those of pointers have what pointers have, until the element leaves. */
  readonly listen: (target: EventTarget, names: string, listener: (event: PointerEvent) => void) => void;
};

/** What an element does. */
export type Part = {
  readonly render: (hub: Hub) => void;
  /** Something of the room that is not kept. */
  readonly heard?: (news: News) => void;
};

/** Defines `<roost-name>`; `setUp` runs each time that it enters a page. Where a page loads the module twice, the first one stays. */
export function define(name: string, setUp: (host: Host) => Part): void {
  if (customElements.get(`roost-${name}`)) return;
  const element = class extends HTMLElement {
    #end: AbortController | undefined;

    connectedCallback(): void {
      this.#end = new AbortController();
      safely(mount)(this, this.#end.signal, setUp);
    }

    disconnectedCallback(): void {
      this.#end?.abort();
    }
  };
  customElements.define(`roost-${name}`, element);
}

function mount(element: HTMLElement, signal: AbortSignal, setUp: (host: Host) => Part): void {
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  let hub: Hub | undefined;
  let frame = 0;

  const setting: Host["setting"] = (name, otherwise = "") =>
    element.getAttribute(name) ?? tag?.getAttribute(`data-${name}`) ?? otherwise;
  const settings: Settings = (...names) =>
    Object.fromEntries(names.map((name) => [name, setting(name)]).filter(([, value]) => value));
  const isAsked = () => !isAccepted && setting("consent") === "required";
  const isPassive = () => element.hasAttribute("passive");
  const isSeen = () => isOnScreen() && !document.hidden;
  const draw = safely(() => hub && part.render(hub));
  // Frames stop in hidden pages.
  const changed = () => {
    cancelAnimationFrame(frame);
    if (isSeen()) frame = requestAnimationFrame(draw);
  };
  const listen: Host["listen"] = (target, names, listener) => {
    for (const name of names.split(" ")) {
      // SAFETY: whoever listens names events that fit.
      target.addEventListener(name, safely(listener) as EventListener, { signal, passive: true, capture: true });
    }
  };
  const user: HubUser = { isAsked, isPassive, settings, changed, heard: safely((news: News) => part.heard?.(news)) };

  /** Of the room that is meant now; the first one, or another one. */
  const join = () => {
    const last = hub;
    hub = hubFor({
      url: SERVER,
      room: roomOfPage(location.href, document.querySelector('link[rel~="canonical"]')?.getAttribute("href")),
      ...settings("url", "room", setting("token") ? "token" : "key"),
    });
    hub.add(user);
    if (hub !== last) last?.remove(user, true);
    changed();
  };

  const stopMoves = watchMoves(element, listen, join);
  listen(document, CONSENT_EVENTS, ({ type }) => {
    isAccepted = type === ACCEPT;
    join();
  });
  const isOnScreen = watchSight(element, signal, changed);
  shadow.adoptedStyleSheets = [sheet];
  const part = setUp({
    shadow,
    signal,
    setting,
    visit: () => hub?.visit,
    isSeen,
    changed,
    listen,
    ...makeAnnouncer(setting),
  });
  join();
  // Once unseen, when the hub has joined: what has a size of its own has it from the start.
  queueMicrotask(draw);
  signal.addEventListener("abort", () => {
    stopMoves();
    hub?.remove(user, false);
    hub = undefined;
  });
}

/** Whether it is on the screen, as the browser last said; calls back when that is new. */
function watchSight(element: HTMLElement, signal: AbortSignal, changed: () => void): () => boolean {
  let isOnScreen = false;
  const sight = new IntersectionObserver((entries) => {
    isOnScreen = entries.some(({ isIntersecting }) => isIntersecting);
    changed();
  });
  sight.observe(element);
  signal.addEventListener("abort", () => sight.disconnect());
  return () => isOnScreen;
}

/** Calls back when the page may be another one, or the element says something else. */
function watchMoves(element: HTMLElement, listen: Host["listen"], moved: () => void): () => void {
  const moves = new MutationObserver(moved);
  moves.observe(document.head, { childList: true, subtree: true, attributeFilter: ["href"] });
  moves.observe(element, { attributes: true });
  listen(window, "popstate", moved);
  // Nothing of the page is patched; where there is no `navigation`, the head tells, which routers change.
  if ("navigation" in window) listen(navigation, "currententrychange", moved);
  return () => moves.disconnect();
}

/** The visitor agrees to be seen on this page. */
export function accept(): void {
  document.dispatchEvent(new Event(ACCEPT));
}
