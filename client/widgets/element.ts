/**
 * What all elements have in common: a room, a face, a shadow root, and silence while nobody sees them.
 * @module
 */
import type { Face } from "../presence/index.ts";
import { type Hub, type HubUser, type News, hubFor } from "./hub.ts";
import { roomOfPage } from "./room-name.ts";
import css from "./widgets.css";

/** The tag that brought this module; without one (it was imported) everything is said on the elements. */
const tag = [...document.scripts].find(({ src }) => src === import.meta.url);
/** Below which the server is. */
const SERVER = import.meta.url.replace(/(assets\/)?[^/]*$/, "");

/** Events that the page may dispatch on `document`, where it asks its visitors in its own words. */
const ACCEPT = "roost-accept";
const WITHDRAW = "roost-withdraw";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** Of this page only: it is asked again, and nothing is kept. */
let isAccepted = false;

export function accept(): void {
  document.dispatchEvent(new Event(ACCEPT));
}

for (const name of [ACCEPT, WITHDRAW]) {
  document.addEventListener(name, () => {
    isAccepted = name === ACCEPT;
  });
}

export abstract class RoostElement extends HTMLElement implements HubUser {
  static readonly observedAttributes =
    "room key token url consent name color avatar max names for label passive announce".split(" ");

  /** While it is in the page. */
  protected hub: Hub | undefined;
  protected readonly shadow = this.attachShadow({ mode: "open" });
  #life = new AbortController();
  #isSeen = false;
  #frame = 0;

  constructor() {
    super();
    this.shadow.adoptedStyleSheets = [sheet];
  }

  connectedCallback(): void {
    const { signal } = (this.#life = new AbortController());
    const update = () => this.attributeChangedCallback();
    const move = new MutationObserver(update);
    move.observe(document.head, { childList: true, subtree: true, attributeFilter: ["href"] });
    const see = new IntersectionObserver(([entry]) => {
      this.#isSeen = entry?.isIntersecting === true;
      this.changed();
    });
    see.observe(this);
    signal.addEventListener("abort", () => {
      move.disconnect();
      see.disconnect();
    });
    // Nothing of the page is patched to learn where it is now; where there is no `navigation`, the head tells, which routers change.
    addEventListener("popstate", update, { signal });
    if ("navigation" in window) (navigation as EventTarget).addEventListener("currententrychange", update, { signal });
    for (const name of [ACCEPT, WITHDRAW]) document.addEventListener(name, update, { signal });
    this.#join();
    this.attached(signal);
    // Once unseen: what has a size of its own has it from the start.
    if (this.hub) this.render(this.hub);
  }

  disconnectedCallback(): void {
    this.#life.abort();
    this.hub?.remove(this);
    this.hub = undefined;
  }

  attributeChangedCallback(): void {
    if (this.hub === undefined) return;
    this.#join();
    this.hub.update();
    this.changed();
  }

  get wantsSocket(): boolean {
    return this.isAllowed;
  }

  /** How the visitor is called, as far as the page knows. */
  get face(): Face {
    return this.#settings("name", "color", "avatar");
  }

  /** Draws with the next frame, if somebody sees it. Frames stop in hidden pages. */
  readonly changed = (): void => {
    cancelAnimationFrame(this.#frame);
    if (this.isSeen) this.#frame = requestAnimationFrame(() => this.hub && this.render(this.hub));
  };

  /** Something of the room that is not kept. */
  readonly heard = (_news: News): void => {};

  /** True while the visitor is asked, or was not, whether to be seen. */
  protected get isAllowed(): boolean {
    return isAccepted || this.setting("consent") !== "required";
  }

  protected get isSeen(): boolean {
    return this.#isSeen && !document.hidden;
  }

  /** The attribute of the element, or `data-…` of the tag. */
  protected setting(name: string): string {
    return this.getAttribute(name) ?? tag?.getAttribute(`data-${name}`) ?? "";
  }

  /** In the page from now on, until `signal`. */
  protected attached(_signal: AbortSignal): void {}

  protected abstract render(hub: Hub): void;

  #settings(...names: readonly string[]): Record<string, string> {
    return Object.fromEntries(names.map((name) => [name, this.setting(name)]).filter(([, value]) => value));
  }

  /** Of the room that is meant now; the first one, or another one. */
  #join(): void {
    const canonical = document.querySelector('link[rel~="canonical"]')?.getAttribute("href");
    const hub = hubFor({
      url: SERVER,
      room: roomOfPage(location.href, canonical),
      ...this.#settings("url", "room", this.setting("token") ? "token" : "key"),
    });
    if (hub === this.hub) return;
    const last = this.hub;
    this.hub = hub;
    hub.add(this);
    last?.remove(this, true);
  }
}
