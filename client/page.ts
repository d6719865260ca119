/**
 * What the page around the provider goes through: online, visible, left, brought back. Silent where there is no page.
 * @module
 */

export type PagePorts = {
  /** The network may be back, or changed. */
  readonly online: () => void;
  readonly visible: () => void;
  /** The page is being left; perhaps it is only put aside (bfcache), where an open socket would keep it out. */
  readonly hide: () => void;
  /** It was put aside and is back. */
  readonly restore: () => void;
};

/** Listens until the returned function is called. */
export function watchPage(ports: PagePorts): () => void {
  const abort = new AbortController();
  const options = { signal: abort.signal };
  if (typeof window !== "undefined") {
    window.addEventListener("online", ports.online, options);
    window.addEventListener("pagehide", ports.hide, options);
    const onPageShow = (event: PageTransitionEvent) => {
      if (event.persisted) ports.restore();
    };
    window.addEventListener("pageshow", onPageShow, options);
  }
  if (typeof document !== "undefined") {
    const onVisibilityChange = () => {
      if (document.visibilityState === "visible") ports.visible();
    };
    document.addEventListener("visibilitychange", onVisibilityChange, options);
  }
  return () => abort.abort();
}

/** Asks before the page closes, only while it should: a `beforeunload` listener that stays keeps the page out of the bfcache. */
export class UnloadGuard {
  #isOn = false;

  set(isOn: boolean): void {
    if (isOn === this.#isOn || typeof window === "undefined") return;
    this.#isOn = isOn;
    if (isOn) window.addEventListener("beforeunload", askBeforeUnload);
    else window.removeEventListener("beforeunload", askBeforeUnload);
  }
}

function askBeforeUnload(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
