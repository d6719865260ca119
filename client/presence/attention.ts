/**
 * Whether somebody looks at this page, and does something there.
 * @module
 */
import type { PersonStatus } from "../../src/protocol/presence-messages.ts";

/** Without input for so long, somebody is idle. */
const IDLE_MS = 60_000;
const INPUTS = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];

/** Tells each change, the first where the page is hidden already; until the returned function is called. Silent where there is no page. */
export function watchAttention(onStatus: (status: PersonStatus) => void): () => void {
  if (typeof document === "undefined" || typeof window === "undefined") return () => undefined;
  const abort = new AbortController();
  const { signal } = abort;
  let status: PersonStatus = "active";
  let seenMs = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const set = (next: PersonStatus) => {
    if (next === status) return;
    status = next;
    onStatus(next);
  };
  /** Moves only the time: input comes often. */
  const watch = () => {
    const leftMs = seenMs + IDLE_MS - performance.now();
    if (leftMs > 0) timer = setTimeout(watch, leftMs);
    else {
      timer = undefined;
      set("idle");
    }
  };
  const seen = () => {
    seenMs = performance.now();
    if (document.visibilityState === "hidden") return;
    set("active");
    if (timer === undefined) watch();
  };
  const turn = () => {
    clearTimeout(timer);
    timer = undefined;
    if (document.visibilityState === "hidden") set("away");
    else seen();
  };
  document.addEventListener("visibilitychange", turn, { signal });
  for (const name of INPUTS) window.addEventListener(name, seen, { signal, passive: true, capture: true });
  turn();
  return () => {
    clearTimeout(timer);
    abort.abort();
  };
}
