/**
 * What screen readers are told of an element, where the page asks for it.
 * @module
 */
import { make } from "./dom.ts";

/** Whoever reads something else on the page hears no more. */
const ANNOUNCE_MS = 10_000;

export type Announcer = {
  /** Stands in the shadow root: what {@link Announcer.announce} says. */
  readonly live: HTMLElement;
  /** Not each change: the last one, at most every 10 s, and only where the page said `announce`. */
  readonly announce: (text: string) => void;
};

export function makeAnnouncer(setting: (name: string) => string): Announcer {
  const live = make("p");
  let heldMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const announce = (text: string) => {
    const isTold = setting("announce");
    live.ariaLive = isTold ? "polite" : "off";
    clearTimeout(timer);
    const tell = () => {
      live.textContent = isTold && text;
      heldMs = performance.now() + ANNOUNCE_MS;
    };
    if (live.textContent !== text) timer = setTimeout(tell, heldMs - performance.now());
  };
  return { live, announce };
}
