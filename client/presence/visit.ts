/**
 * What the page around a presence room goes through: online, hidden, left, brought back, used. Silent where there is no page.
 * @module
 */
import type { PersonStatus } from "../../src/protocol/presence-messages.ts";

/** Without input for so long, somebody is idle. */
const IDLE_MS = 60_000;
const EVENTS = "online pagehide pageshow visibilitychange pointermove pointerdown keydown wheel".split(" ");

export type VisitPorts = {
  /** The network may be back, or the page is seen again. */
  readonly hurry: () => void;
  /** The page is being left; perhaps it is only put aside (bfcache), where an open socket would keep it out. */
  readonly hide: () => void;
  /** It was put aside and is back. */
  readonly restore: () => void;
  /** How it is now, and each change. */
  readonly attend: (status: PersonStatus) => void;
};

/** Listens until the returned function is called. */
export function watchVisit({ hurry, hide, restore, attend }: VisitPorts): () => void {
  if (typeof document === "undefined") return () => undefined;
  const abort = new AbortController();
  let status: PersonStatus | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const become = (next: PersonStatus) => {
    if (next !== status) attend((status = next));
  };
  const look = ({ type, persisted }: { readonly type?: string; readonly persisted?: boolean }) => {
    const isHidden = document.visibilityState === "hidden";
    clearTimeout(timer);
    if (type === "pagehide") return hide();
    if (persisted) restore();
    if (!isHidden) timer = setTimeout(become, IDLE_MS, "idle");
    if (type === "online" || (type === "visibilitychange" && !isHidden)) hurry();
    become(isHidden ? "away" : "active");
  };
  const options = { signal: abort.signal, passive: true, capture: true };
  for (const name of EVENTS) window.addEventListener(name, look, options);
  look({});
  return () => {
    clearTimeout(timer);
    abort.abort();
  };
}
