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
  for (const attribute in attributes) element.setAttribute(attribute, attributes[attribute] ?? "");
  element.append(...children);
  return element;
}

/** As the page's language writes it. */
export function numberOf(n: number): string {
  return n.toLocaleString(document.documentElement.lang || undefined);
}
