/**
 * Elements without markup: names of strangers are text, whatever is in them.
 * @module
 */

/** A new element; children that are strings become text. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const attribute of Object.entries(attributes)) element.setAttribute(...attribute);
  element.append(...children);
  return element;
}

/** Shows it for as long as its animation in widgets.css takes, and not more than 24 of one place at a time. */
export function flash(parent: ParentNode, element: HTMLElement): void {
  if (parent.querySelectorAll(element.localName).length >= MAX_FLASHES) return;
  parent.append(element);
  setTimeout(() => element.remove(), FLASH_MS);
}

/** More at once is a blur, and work for a phone. */
const MAX_FLASHES = 24;
const FLASH_MS = 1_700;

/** As the page's language writes it, where that is one. */
export function numberOf(n: number): string {
  try {
    return n.toLocaleString(document.documentElement.lang || undefined);
  } catch {
    return String(n);
  }
}
