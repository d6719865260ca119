/**
 * What a screen reader says, and the short messages everybody sees.
 * @module
 */
import { elementById, makeElement } from "./elements.ts";

/** A toast can be read this long. */
const TOAST_MS = 4_000;

let toast: HTMLElement | undefined;
let toastTimer: ReturnType<typeof setTimeout> | undefined;

/** Says `text` once, politely, in the page's `#announcer`. */
export function announce(text: string): void {
  const region = elementById("announcer", HTMLElement);
  // The same words twice are no change, and would stay silent.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

/** Shows `text` for a few seconds, and says it. */
export function showToast(text: string): void {
  toast?.remove();
  clearTimeout(toastTimer);
  toast = makeElement("p", { className: "toast", text, attributes: { "data-testid": "toast" } });
  document.body.append(toast);
  announce(text);
  toastTimer = setTimeout(() => toast?.remove(), TOAST_MS);
}
