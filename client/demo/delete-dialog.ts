/**
 * Asks before a document is erased for everybody.
 * @module
 */
import { elementById } from "./elements.ts";

/** Settles what was asked before, if it is still open. */
let drop = (): void => undefined;

/** True when the person said yes; Escape, Cancel and a further question say no. */
export async function askDelete(title: string): Promise<boolean> {
  drop();
  const dialog = elementById("delete-dialog", HTMLDialogElement);
  elementById("delete-heading", HTMLElement).textContent = `Delete “${title}”?`;
  dialog.returnValue = "";
  dialog.showModal();
  return await new Promise((resolve) => {
    const onClose = () => {
      // Of the question before: the event comes a moment after the closing, which fast fingers are ahead of.
      if (!dialog.open) settle(dialog.returnValue === "delete");
    };
    const settle = (isYes: boolean) => {
      dialog.removeEventListener("close", onClose);
      resolve(isYes);
    };
    dialog.addEventListener("close", onClose);
    drop = () => settle(false);
  });
}
