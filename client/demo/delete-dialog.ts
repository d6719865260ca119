/**
 * Asks before a document is erased for everybody.
 * @module
 */
import { elementById } from "./elements.ts";

/** True when the person said yes; Escape and Cancel say no. */
export async function askDelete(title: string): Promise<boolean> {
  const dialog = elementById("delete-dialog", HTMLDialogElement);
  elementById("delete-heading", HTMLElement).textContent = `Delete “${title}”?`;
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "delete";
}
