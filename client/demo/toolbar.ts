/**
 * The formatting toolbar after the ARIA pattern: one tab stop, arrows inside, Escape back to the text. Alt+F10 in the text
 * goes to it.
 * @module
 */
import type { Editor } from "@tiptap/core";
import { makeElement } from "./elements.ts";
import { makeIcon } from "./icons.ts";
import type { ToolbarItem } from "./toolbar-items.ts";

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

type Control = { readonly item: ToolbarItem; readonly button: HTMLButtonElement };

/** Fills `toolbar` with `groups` and keeps it true to the caret. */
export function wireToolbar(toolbar: HTMLElement, editor: Editor, groups: readonly (readonly ToolbarItem[])[]): void {
  const controls = groups.map((group) => group.map((item) => ({ item, button: makeButton(item) })));
  for (const [index, group] of controls.entries()) {
    if (index > 0)
      toolbar.append(makeElement("span", { className: "tool-gap", attributes: { "aria-hidden": "true" } }));
    toolbar.append(...group.map(({ button }) => button));
  }
  const all = controls.flat();
  roveFocus(toolbar, all, editor);
  for (const { item, button } of all) {
    // The caret stays where it is, and a phone keeps its keyboard.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") item.run(editor);
    });
  }
  const update = oncePerFrame(() => all.forEach((control) => showState(control, editor)));
  editor.on("transaction", update);
  editor.on("update", update);
  update();
}

function makeButton({ name, label, icon, keys, isActive }: ToolbarItem): HTMLButtonElement {
  const button = makeElement("button", {
    className: "icon-button",
    attributes: { type: "button", tabindex: "-1", "aria-label": label, "data-testid": `tool-${name}` },
  });
  button.title = keys === undefined ? label : `${label} (${shownKeys(keys)})`;
  if (keys !== undefined) button.setAttribute("aria-keyshortcuts", keys.replace("Mod", IS_APPLE ? "Meta" : "Control"));
  if (isActive !== undefined) button.setAttribute("aria-pressed", "false");
  button.append(makeIcon(icon));
  return button;
}

function shownKeys(keys: string): string {
  if (!IS_APPLE) return keys.replace("Mod", "Ctrl");
  return keys.replace("Mod", "⌘").replace("Shift", "⇧").replace("Alt", "⌥").replaceAll("+", "");
}

function showState({ item, button }: Control, editor: Editor): void {
  const isEnabled = (editor.isEditable || item.isForReaders === true) && (item.isEnabled?.(editor) ?? true);
  button.setAttribute("aria-disabled", String(!isEnabled));
  if (item.isActive !== undefined) button.setAttribute("aria-pressed", String(item.isActive(editor)));
}

function roveFocus(toolbar: HTMLElement, controls: readonly Control[], editor: Editor): void {
  const buttons = controls.map(({ button }) => button);
  const stopAt = (stop: HTMLButtonElement | undefined) => {
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  };
  stopAt(buttons[0]);
  toolbar.addEventListener("focusin", ({ target }) => stopAt(buttons.find((button) => button === target)));
  toolbar.addEventListener("keydown", (event) => {
    const index = buttons.findIndex((button) => button === document.activeElement);
    if (event.key === "Escape") editor.view.focus();
    const next = nextIndex(event.key, index, buttons.length);
    if (next === undefined) return;
    event.preventDefault();
    buttons[next]?.focus();
  });
  editor.view.dom.addEventListener("keydown", (event) => {
    if (event.key !== "F10" || !event.altKey) return;
    event.preventDefault();
    buttons.find((button) => button.tabIndex === 0)?.focus();
  });
}

function nextIndex(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case "ArrowRight":
      return (index + 1) % count;
    case "ArrowLeft":
      return (index - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** Transactions come many to a frame; the eye needs one answer. */
function oncePerFrame(work: () => void): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      work();
    });
  };
}
