/**
 * Asks for the address of a link.
 * @module
 */
import type { Editor } from "@tiptap/core";
import { elementById } from "./elements.ts";

/** Returns what opens the dialog for the link or selection at the caret; Ctrl+K (⌘K) in the text does too. */
export function wireLinkDialog(editor: Editor): () => void {
  const dialog = elementById("link-dialog", HTMLDialogElement);
  const field = elementById("link-address", HTMLInputElement);
  const error = elementById("link-error", HTMLElement);
  const remove = elementById("link-remove", HTMLButtonElement);

  const open = () => {
    if (!editor.isEditable) return;
    const href: unknown = editor.getAttributes("link").href;
    field.value = typeof href === "string" ? href : "";
    remove.hidden = field.value === "";
    showError(field, error, "");
    dialog.showModal();
    field.select();
  };
  elementById("link-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const href = asAddress(field.value);
    if (href !== undefined && setLink(editor, href)) dialog.close();
    else showError(field, error, "This is no web or mail address.");
  });
  remove.addEventListener("click", () => {
    editor.chain().extendMarkRange("link").unsetLink().run();
    dialog.close();
  });
  elementById("link-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => editor.view.focus());
  editor.view.dom.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    open();
  });
  return open;
}

function showError(field: HTMLInputElement, error: HTMLElement, text: string): void {
  error.textContent = text;
  error.hidden = text === "";
  field.setAttribute("aria-invalid", String(text !== ""));
}

/** `text` as an absolute address; a bare host becomes https, a bare mailbox a mail address. */
function asAddress(text: string): string | undefined {
  const trimmed = text.trim();
  // Browsers disagree on white space in a host: some make it a part of the name.
  if (trimmed === "" || /\s/.test(trimmed)) return undefined;
  if (/^[^\s/:@]+@[^\s/:@]+\.[^\s/:@]+$/.test(trimmed)) return `mailto:${trimmed}`;
  const isAbsolute = /^(https?:\/\/|mailto:|tel:)/i.test(trimmed);
  const address = isAbsolute ? trimmed : `https://${trimmed}`;
  return URL.canParse(address) ? address : undefined;
}

function setLink(editor: Editor, href: string): boolean {
  const { selection } = editor.state;
  if (selection.empty && !editor.isActive("link")) {
    const link = {
      type: "text",
      text: href.replace(/^(https:\/\/|mailto:)/, ""),
      marks: [{ type: "link", attrs: { href } }],
    };
    return editor.chain().insertContent(link).unsetMark("link").run();
  }
  return editor.chain().extendMarkRange("link").setLink({ href }).run();
}
