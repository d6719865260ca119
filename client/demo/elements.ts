/**
 * The page's own elements, by id and type: a page that lacks one is a bug and says which.
 * @module
 */

/** The element `#id`, of class `kind`. Throws when the page has none. */
export function elementById<T extends Element>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

export type ElementFacts = {
  readonly className?: string;
  readonly text?: string;
  /** Set as attributes; a `style` here would be refused by the page's content security policy. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly Node[];
};

/** A new element with `text` as text, never as markup. */
export function makeElement<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { className, text, attributes = {}, children = [] }: ElementFacts = {},
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className !== undefined) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}
