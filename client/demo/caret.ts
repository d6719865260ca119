/**
 * The caret of somebody else, as both editors draw it: a line in their colour with their name on top, which fades when
 * they rest so that it covers nothing.
 * @module
 */
import type { DocumentProvider } from "../index.ts";
import { watchActivity } from "./activity.ts";
import { keepLabelsInside } from "./caret-labels.ts";
import { fieldOf } from "./browser-storage.ts";
import { makeElement } from "./elements.ts";
import { cleanName, inkOn, safeColor } from "./identity.ts";

/** What is drawn of a person; made from the input of strangers by {@link readCaretLook}. */
export type CaretLook = { readonly person: string; readonly name: string; readonly color: string };

/** Reads the `user` field of an awareness state, whatever it holds. */
export function readCaretLook(user: unknown, client = 0): CaretLook {
  const id = fieldOf(user, "id");
  return {
    person: typeof id === "string" ? id : "",
    name: cleanName(fieldOf(user, "name")) ?? "Someone",
    color: safeColor(fieldOf(user, "color"), client),
  };
}

/** A new caret. Colours go through the style object: the page's policy refuses style attributes. */
export function makeCaret({ person, name, color }: CaretLook): HTMLElement {
  const label = makeElement("span", { className: "remote-caret-label", text: name });
  label.style.backgroundColor = color;
  label.style.color = inkOn(color);
  const attributes = { "data-testid": "remote-caret", "data-person": person, "aria-hidden": "true" };
  const caret = makeElement("span", { className: "remote-caret", attributes, children: [label] });
  caret.style.borderColor = color;
  return caret;
}

/** Editors keep a caret's element while it moves: puts the present name on it, and shows it again when its owner does something. */
export function wakeCarets(root: Element, provider: DocumentProvider): void {
  keepLabelsInside(root);
  watchActivity(provider, (client) => {
    const { person, name } = readCaretLook(fieldOf(provider.awareness.getStates().get(client), "user"), client);
    if (person === "") return;
    for (const label of root.querySelectorAll(`[data-person="${CSS.escape(person)}"] > .remote-caret-label`)) {
      if (label.textContent !== name) label.textContent = name;
      for (const fading of label.getAnimations()) fading.currentTime = 0;
    }
  });
}
